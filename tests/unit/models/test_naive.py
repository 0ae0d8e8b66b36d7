"""A naive baseline predicts a feature as it is, the mean label where there is none, and is stored like any model."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import root_mean_squared_error

from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.models.bundle.bundle import Provenance, verify_bundle, write_bundle
from assay.models.bundle.predictor import load_predictor
from assay.models.estimators.naive import NaiveForecast, forecast_encoder
from assay.models.estimators.serialization import from_bytes
from assay.models.training.contenders import FittedContender, TrainingJob
from assay.models.training.local_trainer import fit_contenders

from ...expect_errors import missing_data, raises_code

FEATURES = ["last_week", "yesterday", "shop", "never"]
SECONDS = 1.4e9
"""Labels of this size lose seven bits in single precision."""


def make_sales(days: int = 20, per_day: int = 30) -> pa.Table:
    """Sales of shops that are about those of a week ago; some forecasts are null, NaN, infinite or huge."""
    random = np.random.default_rng(3)
    n = days * per_day
    last_week = SECONDS + random.normal(0, 5, n)
    label = last_week + random.normal(0, 1, n)
    last_week[:3] = np.nan, np.inf, -1e200
    return pa.table(
        {
            "day": pa.array([date(2013, 1, 1) + timedelta(days=int(i // per_day)) for i in range(n)]),
            "item": pa.array(np.arange(n) % per_day),
            "last_week": pa.array(last_week, mask=random.random(n) < 0.1),
            "yesterday": pa.array(np.full(n, 7, dtype=np.int64)),
            "shop": pa.array(random.choice(np.array(["north", "south"], dtype=object), n), pa.string()),
            "never": pa.array([None] * n, pa.float64()),
            "sold": pa.array(label),
        }
    )


SALES = make_sales()
LABELS = SALES["sold"].to_numpy()


@pytest.fixture(scope="module")
def seen(profiled: Callable[[pa.Table], TableProfile]) -> TableProfile:
    return profiled(SALES.select(FEATURES))


def fit(seen: TableProfile, *naive: str, **options: Any) -> dict[str, FittedContender]:
    job = TrainingJob(
        features=FEATURES, label="sold", partition="day", profile=seen, metric="rmse", naive=naive,
        candidates={"lasso": lasso}, trials=1, batch=1, validation_days=5, order=["item"],
    )  # fmt: skip
    return {fitted.name: fitted for fitted in fit_contenders(SALES, replace(job, **options))}


def lasso(_trial: Any) -> Any:
    from sklearn.linear_model import Lasso

    return Lasso()


def test_a_naive_baseline_predicts_the_feature_and_the_mean_where_it_has_no_value(seen: TableProfile) -> None:
    scores = fit(seen, "last_week")["naive last_week"].score(SALES)
    forecasts = SALES["last_week"].to_numpy()
    good = np.abs(forecasts) < 1e150
    assert 0.05 < 1 - good.mean() < 0.2
    np.testing.assert_allclose(scores[good], forecasts[good], atol=1e-5, rtol=0)
    assert scores[~good] == pytest.approx(np.full((~good).sum(), LABELS.mean()), abs=1e-6)


def test_it_is_measured_with_the_mean_of_the_days_before_the_validation_block(seen: TableProfile) -> None:
    forecasts = SALES["last_week"].to_numpy()
    late = np.arange(len(LABELS)) >= 15 * 30
    early_mean = LABELS[~late].mean()
    expected = np.where(np.abs(forecasts) < 1e150, forecasts, early_mean)
    error = root_mean_squared_error(LABELS[late], expected[late])
    assert fit(seen, "last_week")["naive last_week"].validation == pytest.approx(error, rel=1e-5)


def test_the_ladder_has_naive_baselines_between_the_constant_and_the_linear_one(seen: TableProfile) -> None:
    ladder = [(one.name, one.kind, one.complexity) for one in fit(seen, "last_week", "yesterday").values()]
    assert ladder == [
        ("constant", "constant", 0), ("naive last_week", "naive", 1), ("naive yesterday", "naive", 1),
        ("linear", "linear", 2), ("lasso", "candidate", 3),
    ]  # fmt: skip
    assert [one.complexity for one in fit(seen).values()] == [0, 2, 3], "the others keep their places"


def test_a_feature_that_is_always_the_same_or_never_there_is_a_forecast_too(seen: TableProfile) -> None:
    fitted = fit(seen, "yesterday", "never")
    assert fitted["naive yesterday"].score(SALES) == pytest.approx(np.full(len(LABELS), 7.0))
    assert fitted["naive never"].score(SALES) == pytest.approx(np.full(len(LABELS), LABELS.mean()))
    assert fitted["naive yesterday"].notes == ()
    [note] = fitted["naive never"].notes
    assert missing_data(note, "naive never", "100%") == []


@pytest.mark.parametrize(
    ("feature", "code", "hint"),
    [("lastweek", "unknown-feature", "last_week"), ("shop", "feature-type", "forecast")],
)
def test_a_forecast_that_is_no_number_feature_is_refused(
    seen: TableProfile, feature: str, code: str, hint: str
) -> None:
    with raises_code(InputError, code, feature) as refused:
        fit(seen, feature)
    assert missing_data(refused.value.hint, hint) == []


def test_it_is_stored_without_code_and_read_back_to_the_same_scores(seen: TableProfile, tmp_path: Path) -> None:
    fitted = fit(seen, "last_week")["naive last_week"]
    info = write_bundle(
        tmp_path / "naive last_week", fitted, profile=seen, features=FEATURES, canary=SALES,
        code_zip=b"PK\x05\x06" + bytes(18), environment_lock="", origin=Provenance("r", "c", "s", {}, "ann", "weekly"),
    )  # fmt: skip
    verify_bundle(info.path, info.digest)
    assert json.loads((info.path / "model.json").read_bytes()).keys() == {"center", "mean"}
    np.testing.assert_array_equal(load_predictor(info.path, info.digest)(SALES), fitted.score(SALES))


@pytest.mark.parametrize(
    "numbers", ['{"mean": 1.0, "center": NaN}', '{"mean": Infinity, "center": 0}', '{"center": 0}']
)
def test_a_stored_forecast_that_cannot_be_scored_with_is_refused(numbers: str) -> None:
    with raises_code(InputError, "model-format"):
        from_bytes("model.json", numbers.encode(), task=TaskType.REGRESSION)


def test_the_matrix_is_centred_so_that_large_forecasts_keep_their_digits(seen: TableProfile) -> None:
    matrix = forecast_encoder(seen, "last_week").encode(SALES)
    assert matrix.shape == (len(LABELS), 1)
    assert float(np.nanstd(matrix)) == pytest.approx(5, rel=0.1)
    model = NaiveForecast.of(forecast_encoder(seen, "last_week"), 0.0)
    assert model.predict(np.array([[np.nan], [0.0]], dtype=np.float32)).tolist() == [0.0, model.center]


@pytest.mark.parametrize("name", ["constant", "linear", "naive last_week", "naive anything"])
def test_a_candidate_cannot_have_the_name_of_a_baseline(seen: TableProfile, name: str) -> None:
    with raises_code(InputError, "candidate-name", name):
        fit(seen, candidates={name: lasso})
