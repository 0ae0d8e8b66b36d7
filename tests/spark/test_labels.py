"""A row's label is what was known of its outcome in time, an event or a number."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.spark.features.labels import with_label

from ..expect_errors import raises_code

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def label(
    spark: SparkSession, before: datetime | None, when: str = "delay > 15", available_at: str | None = "at"
) -> dict[str, int | None]:
    monday = date(2013, 3, 11)
    rows = spark.createDataFrame([(monday, key) for key in "abcdef"], "day date, key string")
    outcomes = spark.createDataFrame(
        [
            (monday, "a", 20, datetime(2013, 3, 12, tzinfo=UTC)),
            (monday, "b", 5, datetime(2013, 3, 12, tzinfo=UTC)),
            (monday, "c", None, datetime(2013, 3, 12, tzinfo=UTC)),
            (monday, "d", 20, datetime(2013, 3, 13, tzinfo=UTC)),
            (monday, "e", 5, datetime(2013, 3, 12, tzinfo=UTC)),
            (monday, "e", 50, datetime(2013, 3, 13, tzinfo=UTC)),
            (date(2013, 3, 12), "f", 50, datetime(2013, 3, 12, tzinfo=UTC)),
        ],
        "day date, key string, delay int, at timestamp",
    )
    labelled = with_label(
        rows,
        outcomes,
        key=["key"],
        sql=when,
        name="late",
        known_before=before,
        available_at=available_at,
        partition="day",
    )
    assert labelled.columns == ["day", "key", "late"]
    assert labelled.schema["late"].dataType.simpleString() == "int"
    labelled_rows = labelled.collect()
    assert len(labelled_rows) == 6  # the doubled outcome of e multiplies nothing
    return {row["key"]: row["late"] for row in labelled_rows}


@pytest.mark.usefixtures("odd_zone")
def test_a_label_is_null_where_it_is_unknown_or_known_too_late(spark: SparkSession) -> None:
    all_known = {"a": 1, "b": 0, "c": None, "d": 1, "e": 1, "f": None}
    assert label(spark, None) == all_known
    assert label(spark, datetime(2013, 3, 13, 0, 0, 0, 1, tzinfo=UTC)) == all_known
    assert label(spark, datetime(2013, 3, 13, tzinfo=UTC)) == {**all_known, "d": None, "e": 0}
    assert label(spark, datetime(2013, 3, 12, tzinfo=UTC)) == dict.fromkeys("abcdef")


def test_a_label_that_is_no_condition_or_cannot_be_cut_is_refused(spark: SparkSession) -> None:
    with raises_code(InputError, "label-condition", "delay", "int"):
        label(spark, None, when="delay")
    with raises_code(InputError, "label-condition", "dely > 15", "dely"):
        label(spark, None, when="dely > 15")
    with raises_code(InputError, "no-available-at", "available_at"):
        label(spark, datetime(2013, 3, 12, tzinfo=UTC), available_at=None)


def test_the_label_of_a_regression_is_the_number_that_its_sql_gives(spark: SparkSession) -> None:
    day = date(2013, 3, 11)
    rows = spark.createDataFrame([(day, key) for key in "abcdx"], "day date, key string")
    outcomes = spark.createDataFrame(
        [(day, "a", 30.0, 4), (day, "b", None, 4), (day, "c", float("nan"), 4), (day, "d", 5.0, 0)],
        "day date, key string, miles double, hours int",
    )
    options: Any = {"key": ["key"], "name": "speed", "known_before": None, "available_at": None, "partition": "day"}
    with_speeds = with_label(rows, outcomes, sql="miles / hours", task=TaskType.REGRESSION, **options)
    assert with_speeds.schema["speed"].dataType.simpleString() == "double"
    speeds = {row["key"]: row["speed"] for row in with_speeds.collect()}
    assert math.isnan(speeds.pop("c"))
    assert speeds == {"a": 7.5, "b": None, "d": None, "x": None}
    with raises_code(InputError, "label-value", "miles > 4", "boolean"):
        with_label(rows, outcomes, sql="miles > 4", task=TaskType.REGRESSION, **options)
