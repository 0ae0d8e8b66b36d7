"""The notes on folds: a contender that could not be recalibrated in a fold is named with it."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from assay.core.evaluation.fold_grid import Fold
from assay.core.interval import Interval
from assay.models.estimators.calibrator import Platt, Reach
from assay.models.estimators.calibrator_fit import Recalibrated
from assay.stages.features.feature_rows import FeatureRows
from assay.stages.runtime.context import Context
from assay.stages.training.fit import Contenders
from assay.stages.training.folds import FoldWork, compute_folds

from ...expect_errors import missing_data

BLOCK = Interval(date(2024, 1, 11), date(2024, 1, 18))
FOLD = Fold(BLOCK, Interval(date(2024, 1, 1), date(2024, 1, 10)))
FEW, MANY = Recalibrated(None, "42 positive rows"), Recalibrated(Platt(Reach(-1, 1), 1.0, 0.0), "done")


def fitted(**recalibrated: Recalibrated | None) -> Any:
    contenders = [SimpleNamespace(name=name, recalibrated=one, rows=10) for name, one in recalibrated.items()]
    return Contenders(cast(Any, contenders), cast(Any, None))


def test_a_contender_that_is_not_recalibrated_in_a_fold_is_noted_with_the_fold(
    parcels: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = fitted(constant=None, linear=FEW, boosted=MANY, other=FEW)
    folder = "assay.stages.training.folds"
    monkeypatch.setattr(f"{folder}.training_profile", lambda *_: None)
    monkeypatch.setattr(f"{folder}.fit_window", lambda *_, **__: made)
    monkeypatch.setattr(f"{folder}._score", lambda *_: {})
    rows = cast(FeatureRows, SimpleNamespace(labelled=lambda *_, **__: None, names=[]))
    work = FoldWork(date(2024, 2, 8), {"boosted": "r"}, {}, {FOLD: "i"})
    [note] = compute_folds(parcels, rows, work, {FOLD: ["constant", "linear", "boosted"]})
    assert missing_data(note, str(BLOCK), 42) == []
