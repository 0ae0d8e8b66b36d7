"""Columns with one value a day are found among all, and only those."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from assay.core.interval import Interval
from assay.core.monitoring.calendar_columns import calendar_rule
from assay.core.run_status import RunStatus
from assay.spark.profiling.daily_values import one_value_a_day
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.stages.training.training_columns import columns_of_the_calendar, training_profile
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

PARCELS = Path(__file__).parent.parent / "projects" / "parcels"
DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(28)]


def test_only_columns_that_are_alike_within_every_day_come_back_with_their_values(spark: SparkSession) -> None:
    day = [day for day in DAYS for _ in range(5)]
    chance = np.random.default_rng(1)
    frame = spark.createDataFrame(
        pa.table(
            {
                "day": day,
                "name of day": [f"{at:%a}" for at in day],
                "weekend": [at.weekday() >= 5 for at in day],
                "number": [at.day for at in day],
                "price": [float(at.toordinal() % 5) for at in day],
                "weight": chance.normal(0, 1, len(day)),
                "nearly": [n == 7 for n in range(len(day))],
            }
        )
    )
    columns = ["name of day", "weekend", "number", "price", "weight", "nearly"]
    values_by_column = one_value_a_day(frame, "day", columns, DAYS[-1])
    assert {name: len(values) for name, values in values_by_column.items()} == dict.fromkeys(columns[:4], 28)
    rules = {name: calendar_rule(values) for name, values in values_by_column.items()}
    assert rules == {"name of day": "weekday", "weekend": "weekday", "number": "date", "price": None}
    assert one_value_a_day(frame, "day", ["weight"], DAYS[-1]) == {}


def test_a_training_notes_which_of_its_features_only_follow_the_calendar(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    ctx = Context(load_pipeline(open_project(PARCELS), "parcels"))
    whole = Interval(DAYS[0], DAYS[-1] + timedelta(days=1))
    states = {
        str(day): PartitionState(PartitionStatus.PUBLISHED, PartitionFingerprint("parcels", str(day), "", "", ""))
        for day in DAYS
    }
    ctx.ledger.append(ctx.record("c1", "clean", "parcels", whole, RunStatus.DONE, partitions=states))
    day = [day for day in DAYS for _ in range(5)]
    frame = spark.createDataFrame(
        pa.table(
            {
                "ship_date": day,
                "weekday": [f"{at:%a}" for at in day],
                "holes": [None if n % 9 == 0 else at.weekday() for n, at in enumerate(day)],
                "frozen": [17.0] * len(day),
                "weight": np.random.default_rng(1).normal(0, 1, len(day)),
                "shipped": day,
            }
        )
    )
    features = ["weekday", "holes", "frozen", "weight", "shipped"]
    profile = training_profile(ctx, frame, features)
    assert columns_of_the_calendar(ctx, frame, profile, whole) == {"weekday": "weekday"}
