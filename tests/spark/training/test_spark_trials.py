"""Trials that run as Spark tasks choose what the driver's choose, and fail as they do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from assay.core.profiles.table_profile import TableProfile
from assay.errors import InputError
from assay.models.estimators.calibrator import Recalibration
from assay.models.estimators.serialization import to_bytes
from assay.models.training.executors.spark_trials import on_executors

from .flight_contenders import CLASSIFICATION, here

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_trials_on_executors_choose_the_same_parameters_and_the_same_model(
    spark: SparkSession, table: pa.Table, profile: TableProfile
) -> None:
    options = {"trials": 5, "batch": 3, "recalibrate": Recalibration.PLATT}
    one = here(table, profile, CLASSIFICATION, **options)
    two = here(table, profile, CLASSIFICATION, **options, runner=partial(on_executors, spark))
    for name in ("boosted", "forest"):
        local_trials, spark_trials = (
            [(t.number, t.parameters, t.value) for t in side[name].trials] for side in (one, two)
        )
        assert spark_trials == local_trials
        assert two[name].parameters == one[name].parameters
        assert two[name].recalibrated == one[name].recalibrated
        assert one[name].recalibrated is not None
        np.testing.assert_array_equal(two[name].score(table), one[name].score(table))
    assert to_bytes(two["boosted"].estimator, "")[1] == to_bytes(one["boosted"].estimator, "")[1]


def test_a_trial_that_fails_on_an_executor_is_named_as_on_the_driver(
    spark: SparkSession, table: pa.Table, profile: TableProfile
) -> None:
    from sklearn.ensemble import RandomForestClassifier

    candidates = {"odd": lambda _: RandomForestClassifier(n_estimators=-1)}
    with pytest.raises(InputError) as here_:
        here(table, profile, CLASSIFICATION, candidates=candidates)
    with pytest.raises(InputError) as there_:
        here(table, profile, CLASSIFICATION, candidates=candidates, runner=partial(on_executors, spark))
    assert there_.value.to_json() == here_.value.to_json()
