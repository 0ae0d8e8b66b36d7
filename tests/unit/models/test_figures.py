from __future__ import annotations

import sys
import threading

import pytest

from assay.models.mlflow.figures import (
    calibration_figure,
    importance_figure,
    importances,
    pr_figure,
    predicted_figure,
    residual_figure,
    roc_figure,
)
from assay.models.training.contenders import FittedContender

CURVES = {"linear": [(0.0, 0.0), (0.2, 0.6), (1.0, 1.0)], "_boosted $x": [(0.0, 0.0), (0.1, 0.7), (1.0, 1.0)]}


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_each_figure_is_a_png_that_fits_a_page() -> None:
    pictures = [
        roc_figure(CURVES, "ROC on the holdout"),
        pr_figure(CURVES, "precision and recall", base_rate=0.2),
        calibration_figure(CURVES, "calibration $"),
        importance_figure({f"f{n}": n / 10 for n in range(40)}, "importance"),
        predicted_figure({"linear": [(-4.0, -3.0), (60.0, 75.5)]}, "predicted and actual"),
        residual_figure({"linear": [(-2.5, 0.4), (2.5, 0.6)], "constant": [(0.0, 1.0)]}, "errors"),
    ]
    for picture in pictures:
        assert size(picture) == (572, 506)
    assert len(set(pictures)) == 6


def test_a_figure_of_nothing_is_still_a_figure() -> None:
    for picture in (roc_figure({}, ""), importance_figure({}, ""), predicted_figure({}, ""), residual_figure({}, "")):
        size(picture)


def test_the_same_points_give_the_same_picture_in_any_thread() -> None:
    drawn_figures: list[bytes] = []
    threads = [threading.Thread(target=lambda: drawn_figures.append(roc_figure(CURVES, "ROC"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn_figures) == 4
    assert set(drawn_figures) == {roc_figure(CURVES, "ROC")}
    assert "matplotlib.pyplot" not in sys.modules


@pytest.mark.parametrize("name", ["linear", "boosted", "forest"])
def test_importances_are_shares_of_the_encoder_s_columns(name: str, contenders: dict[str, FittedContender]) -> None:
    shares = importances(contenders[name])
    assert tuple(shares) == contenders[name].encoder.names
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares["wind"] > shares["holiday=(other)"] == 0.0


def test_a_constant_leans_on_nothing(contenders: dict[str, FittedContender]) -> None:
    assert importances(contenders["constant"]) == {}
