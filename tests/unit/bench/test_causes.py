"""The bench of causes, on a few runs: the true part of a cause is where the fall was made."""

from __future__ import annotations

import pytest

from assay.core.monitoring.attribution.change import Cause
from bench.causes import FALLS, change, judged


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("other mix", Cause.MIX),
        ("other relation", Cause.RELATION),
        ("three broken days", Cause.INCIDENT),
        ("other code from day 14", Cause.CODE),
    ],
)
def test_most_of_a_fall_is_the_part_that_made_it(name: str, cause: Cause) -> None:
    [fall] = [one for one in FALLS if one.name == name]
    split = change(fall, "roc_auc", 0.0, 1, rows=3_000, effect=0.0)
    assert split.part(cause).gain < 0
    assert min(split.parts, key=lambda part: part.gain).cause is cause


def test_each_part_has_a_line_with_the_share_of_runs_that_hold_the_true_one() -> None:
    lines = list(judged(FALLS[0], "roc_auc", 0.0, 3))
    assert len(lines) == 2
    assert all("held" in line and "shown" in line for line in lines)
