"""Rules in their order, on rows on which they can, and cannot, be evaluated."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from assay.spark.cleaning.deduplicate import one_per_key
from assay.spark.cleaning.rules import apply_rules, widen
from assay.spark.expressions import lenient
from assay.spark.landing.row_columns import FILE, RAW, REASON
from assay.spec.schema.pipeline import CleaningRule

TYPES = "n int, distance int, air_time int, origin string, day date"


def rule(name: str, when: str, action: str = "quarantine") -> CleaningRule:
    return CleaningRule.model_validate({"name": name, "when": when, "action": action})


def flights(spark: SparkSession, *rows: tuple[Any, ...]) -> DataFrame:
    """Rows of (distance, air_time, origin) that are still good."""
    numbered = [(n, *row, None, None, f"line {n}", "f.csv") for n, row in enumerate(rows)]
    return spark.createDataFrame(numbered, f"{TYPES}, {REASON} string, {RAW} string, {FILE} string")


def reasons(frame: DataFrame) -> list[str | None]:
    return [row[0] for row in frame.orderBy("n").select(REASON).collect()]


def test_the_first_rule_that_is_true_decides(spark: SparkSession) -> None:
    frame = flights(spark, (10, 1, "JFK"), (100, 1, "LGA"), (1, 1, "EWR"))
    rules = [
        rule("far", "distance >= 10", "drop"),
        rule("fast", "distance / air_time > 50"),
        rule("newark", "origin = 'EWR'"),
    ]
    assert reasons(apply_rules(frame, rules)) == ["drop:far", "drop:far", "quarantine:newark"]
    assert reasons(apply_rules(frame, rules[::-1])) == ["drop:far", "quarantine:fast", "quarantine:newark"]


def test_a_zero_divisor_is_not_evaluable_and_a_null_does_not_apply(spark: SparkSession) -> None:
    frame = flights(spark, (10, 0, "JFK"), (10, None, "JFK"), (None, 0, "JFK"), (10, 10, None))
    ruled = apply_rules(frame, [rule("fast", "distance / air_time > 10")])
    assert reasons(ruled) == ["quarantine:fast:not_evaluable", None, None, None]


@pytest.mark.parametrize(
    "when",
    [
        "CAST(origin AS INT) > 1",
        "origin > 1",
        "to_date(origin) > DATE'2013-01-01'",
        "to_timestamp(origin, 'yyyy') IS NOT NULL AND distance % air_time = 1",
        "array(1, 2)[distance] = 1",
        "element_at(map('a', 1), origin) = 1",
        "distance DIV air_time > 1",
        "mod(distance, air_time) > 1",
        "make_date(distance, 13, 1) > DATE'2013-01-01'",
        "CAST(1e300 * distance AS DECIMAL(10, 2)) > 1",
        "log(air_time) > 1",
    ],
)
def test_no_expression_ends_the_job_whether_cached_optimised_or_read_later(spark: SparkSession, when: str) -> None:
    assert spark.conf.get("spark.sql.ansi.enabled") == "true"
    frame = flights(spark, (10, 0, "JFK"), (10, 0, "LGA"))
    ruled = apply_rules(widen(frame), [rule("wild", when), rule("again", f"NOT ({when})")])
    cached = ruled.persist()
    try:
        for view in (ruled, cached.where("n >= 0").select("n", REASON), cached.repartition(2)):
            reason_names = set(reasons(view))
            assert reason_names <= {"quarantine:wild:not_evaluable", "quarantine:again"}, reason_names
        assert cached.groupBy(REASON).count().count() == 1
    finally:
        cached.unpersist()
    assert spark.conf.get("spark.sql.ansi.enabled") == "true"


def test_ansi_mode_is_back_after_a_rule_that_cannot_be_analysed(spark: SparkSession) -> None:
    with pytest.raises(Exception, match="airtime"):
        apply_rules(flights(spark, (1, 1, "JFK")), [rule("typo", "airtime > 1")])
    assert spark.conf.get("spark.sql.ansi.enabled") == "true"
    with pytest.raises(RuntimeError), lenient(spark):
        raise RuntimeError
    assert spark.conf.get("spark.sql.ansi.enabled") == "true"


def test_a_product_of_ints_does_not_wrap_around(spark: SparkSession) -> None:
    frame = flights(spark, (3_000_000, 1, "JFK"))
    assert reasons(apply_rules(widen(frame), [rule("far", "distance * 1000 > 0")])) == ["quarantine:far"]


def test_a_product_of_longs_wraps_around_which_is_the_stated_limit(spark: SparkSession) -> None:
    frame = flights(spark, (3_000_000, 1, "JFK"))
    huge = rule("far", "distance * 4000000000000L > 0")
    assert reasons(apply_rules(widen(frame), [huge])) == [None]


def test_a_column_named_like_a_function_is_not_taken_for_one_that_is_read(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, "x", None, None)], f"n int, time string, hour int, {REASON} string")
    assert reasons(apply_rules(frame, [rule("late", "hour(to_timestamp(time)) > 1")])) == [
        "quarantine:late:not_evaluable"
    ]


def test_a_row_that_has_a_reason_keeps_it(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, "quarantine:malformed")], f"n int, {REASON} string")
    assert reasons(apply_rules(frame, [rule("all", "true", "drop")])) == ["quarantine:malformed"]


KEYED = f"n int, day date, carrier string, landed int, {REASON} string, {RAW} string, {FILE} string"


def keyed(spark: SparkSession, *rows: tuple[Any, ...]) -> DataFrame:
    """Rows of (day, carrier, landed, reason, raw, file)."""
    return spark.createDataFrame([(n, *row) for n, row in enumerate(rows)], KEYED).selectExpr(
        "n", "day", "carrier", "landed", REASON, RAW, FILE
    )


def test_of_a_key_the_first_in_the_stated_order_stays(spark: SparkSession) -> None:
    frame = keyed(
        spark,
        (None, "AA", 1, None, "a", "z.csv"),
        (None, "AA", 3, None, "b", "a.csv"),
        (None, "AA", None, None, "c", "z.csv"),
        (None, "UA", 1, None, "d", "a.csv"),
    )
    for order in (["landed DESC"], ["carrier", "landed desc nulls last"], ["-landed ASC NULLS LAST"]):
        kept = one_per_key(frame, ["carrier"], "day", order)
        assert reasons(kept) == ["quarantine:duplicate", None, "quarantine:duplicate", None]


def test_without_an_order_the_file_whose_name_sorts_last_wins(spark: SparkSession) -> None:
    frame = keyed(spark, (None, "AA", 1, None, "a", "1.csv"), (None, "AA", 2, None, "b", "2.csv"))
    assert reasons(one_per_key(frame, ["day", "carrier"], "day", [])) == ["quarantine:null_key"] * 2
    assert reasons(one_per_key(frame, ["carrier"], "day", [])) == ["quarantine:duplicate", None]


def test_ties_are_broken_the_same_way_whatever_the_order_of_the_rows(spark: SparkSession) -> None:
    rows = [(None, "AA", 1, None, f"line {n}", "1.csv") for n in range(50)]
    winners = set()
    for shift in (0, 17, 33):
        frame = keyed(spark, *rows[shift:], *rows[:shift]).repartition(5)
        kept = one_per_key(frame, ["carrier"], "day", []).where(f"{REASON} IS NULL")
        winners.add(tuple(row[RAW] for row in kept.collect()))
    assert len(winners) == 1
    assert len(winners.pop()) == 1


def test_a_refused_row_beats_no_good_one_and_a_null_key_is_set_aside(spark: SparkSession) -> None:
    frame = keyed(
        spark,
        (None, "AA", 9, "quarantine:late", "a", "9.csv"),
        (None, "AA", 1, None, "b", "1.csv"),
        (None, None, 1, None, "c", "1.csv"),
        (None, None, 1, "drop:x", "d", "1.csv"),
    )
    assert reasons(one_per_key(frame, ["carrier"], "day", ["landed DESC"])) == [
        "quarantine:late",
        None,
        "quarantine:null_key",
        "drop:x",
    ]
