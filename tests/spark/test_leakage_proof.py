"""Functions that leak, each in its own way, are caught by the framework's proof; an honest one passes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from assay.errors import InputError
from assay.spark.features.leakage_proof import LATER, LATER_KNOWN, NOT_REPEATABLE, PAST, Leak, prove_no_lookahead
from assay.spark.features.perturbation import differences
from assay.spark.features.point_in_time import AsOfPolicy

from ..expect_errors import missing_data, raises_code

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.window import WindowSpec

NEW_YORK = ZoneInfo("America/New_York")
FIRST = date(2013, 3, 1)
DAYS = 20
SAMPLE = [date(2013, 3, 9), date(2013, 3, 11)]
KEY = ["day", "carrier", "flight"]


@dataclass(frozen=True)
class Lake:
    """The plan of each day, and what became of it, known a day or two later, on disk."""

    spark: SparkSession
    outcomes: str

    def prove(self, function: Callable[..., DataFrame], sample: list[date] = SAMPLE) -> list[Leak]:
        return prove_no_lookahead(
            function,
            self.spark.read.parquet(self.outcomes.replace("outcomes", "plan")),
            {"outcomes": self.spark.read.parquet(self.outcomes)},
            seen=AsOfPolicy("day", KEY, {"outcomes": 4}, {"outcomes": "landed_at"}, time(), NEW_YORK),
            sample_dates=sample,
        )


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("lake")
    planned, became = [], []
    for n in range(DAYS):
        day = FIRST + timedelta(days=n)
        for flight in range(40):
            carrier = "AB"[flight % 2]
            planned.append((day, carrier, flight, 5 + (flight * 7 + n) % 18))
            known = datetime.combine(day, time(12), tzinfo=UTC) + timedelta(days=1 + flight % 2)
            delay = None if flight == 3 else 0.1 * ((flight * 37 + n * 11) % 91) - 2
            became.append((day, carrier, flight, delay, flight % 5 == 0, known))
    place = {"plan": str(folder / "plan"), "outcomes": str(folder / "outcomes")}
    schema = "day date, carrier string, flight int"
    spark.createDataFrame(planned, f"{schema}, hour int").write.partitionBy("day").parquet(place["plan"])
    became_schema = f"{schema}, delay double, gate_change boolean, landed_at timestamp"
    spark.createDataFrame(became, became_schema).write.partitionBy("day").parquet(place["outcomes"])
    return Lake(spark, place["outcomes"])


def honest(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:
    history = outcomes.groupBy("day", "carrier").agg(
        F.avg("delay").alias("mean_delay"), F.count("*").alias("seen"), F.count_if("gate_change").alias("changes")
    )
    busy = Window.partitionBy("day", "carrier").orderBy("hour", "flight")
    ahead = F.lead("hour").over(busy).alias("next_hour")  # of the same day's plan, which is known
    return rows.join(history, ["day", "carrier"], "left").select(*KEY, "hour", "mean_delay", "seen", "changes", ahead)


def test_an_honest_function_passes(lake: Lake) -> None:
    assert lake.prove(honest) == []


def test_a_window_over_later_dates_is_caught_with_an_example(lake: Lake) -> None:
    def leads(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        onward = Window.partitionBy("carrier", "flight").orderBy("day")
        return rows.select(*KEY, "hour", F.lead("hour").over(onward).alias("tomorrow"))

    leaks = lake.prove(leads)

    assert {(leak.how, leak.column, leak.date) for leak in leaks} == {
        (how, "tomorrow", day) for how in (LATER, LATER_KNOWN) for day in SAMPLE
    }
    first = str(leaks[0])
    assert missing_data(first, "tomorrow", LATER, "2013-03-09..2013-03-16", leaks[0].key, "None", leaks[0].after) == []
    assert (leaks[0].key, leaks[0].before) == ("day=2013-03-09, carrier=A, flight=0", "None")


OVER_DATES: dict[str, tuple[Callable[[WindowSpec, WindowSpec], Column], set[str]]] = {
    "row_number": (lambda onward, _: F.row_number().over(onward), {PAST}),
    "lag": (lambda onward, _: F.lag("hour").over(onward), {PAST}),
    "first": (lambda onward, _: F.first("hour").over(onward), {PAST}),
    "count so far": (lambda onward, _: F.count("*").over(onward), {PAST}),
    "last": (
        lambda onward, _: F.last("hour").over(onward.rowsBetween(0, Window.unboundedFollowing)),
        {LATER, LATER_KNOWN},
    ),
    "rank of all": (lambda _, all_: F.rank().over(all_.orderBy("hour", "flight")), {PAST, LATER, LATER_KNOWN}),
    "count of all": (lambda _, all_: F.count("*").over(all_), {PAST, LATER, LATER_KNOWN}),
    "share of all": (lambda _, all_: F.col("hour") / F.sum("hour").over(all_), {PAST, LATER, LATER_KNOWN}),
}


@pytest.mark.parametrize("name", OVER_DATES)
def test_a_feature_that_looks_at_the_other_dates_of_the_batch_is_caught(lake: Lake, name: str) -> None:
    made, hows = OVER_DATES[name]

    def looks(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        onward, everything = Window.partitionBy("carrier", "flight").orderBy("day"), Window.partitionBy()
        return rows.select(*KEY, "hour", made(onward, everything).alias("beside"))

    leaks = lake.prove(looks, SAMPLE[:1])
    assert {(leak.how, leak.column) for leak in leaks} == {(how, "beside") for how in hows}


def test_a_total_of_the_batch_that_is_joined_back_is_caught(lake: Lake) -> None:
    def totals(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        total = rows.groupBy("carrier").agg(F.count("*").alias("flights"))
        return rows.join(total, "carrier").select(*KEY, "hour", "flights")

    assert {leak.how for leak in lake.prove(totals, SAMPLE[:1])} == {PAST, LATER, LATER_KNOWN}


@pytest.mark.parametrize(
    ("how", "named"),
    [
        (lambda rows: rows.where("flight % 10 <> 3"), ["4 lost"]),
        (lambda rows: rows.unionByName(rows.where("flight = 7")), ["1 doubled"]),
        (lambda rows: rows.join(rows.select("day", F.col("hour").alias("other")), "day"), ["40 doubled"]),
        (lambda rows: rows.withColumn("flight", F.col("flight") + 1), ["40 lost", "40 invented"]),
    ],
    ids=["dropped", "doubled", "fanned out", "other keys"],
)
def test_features_that_are_not_one_row_per_key_are_refused(
    lake: Lake, how: Callable[[DataFrame], DataFrame], named: list[str]
) -> None:
    def broken(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        return how(rows).select(*KEY, "hour")

    with raises_code(InputError, "features-keys", "broken", *named):
        lake.prove(broken, SAMPLE[:1])


def test_a_sum_of_doubles_in_another_order_is_the_same_and_a_whole_number_is_exact() -> None:
    keys = {"day": ["a", "b"]}
    one, two = 0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1
    assert one != two
    before = pa.table({**keys, "sum": [one, 1.0], "count": [2**60, 1]})
    assert differences(before, pa.table({**keys, "sum": [two, 1.0], "count": [2**60, 1]}), ["day"]) == []
    [difference] = differences(before, pa.table({**keys, "sum": [two, 1.0], "count": [2**60 + 1, 1]}), ["day"])
    assert difference.column == "count"
    [difference] = differences(before, pa.table({**keys, "sum": [one, 1 + 2e-9], "count": [2**60, 1]}), ["day"])
    assert (difference.column, difference.key) == ("sum", "day=b")


@pytest.mark.parametrize(
    ("kind", "before", "after", "same"),
    [
        (pa.float64(), 1e-17, 0.0, True),  # what is left of terms that cancel
        (pa.float64(), 1e-3, 0.0, False),
        (pa.float32(), 0.1, 0.10000001, True),
        (pa.float32(), 0.1, 0.1001, False),
        (pa.float64(), 5.0, math.inf, False),
        (pa.float64(), -math.inf, math.inf, False),
        (pa.float64(), math.inf, math.inf, True),
        (pa.float64(), math.nan, math.nan, True),
        (pa.float64(), None, 0.0, False),
        (pa.bool_(), True, False, False),
        (pa.string(), "a", "a", True),
    ],
)
def test_what_counts_as_the_same_value(kind: pa.DataType, before: object, after: object, same: bool) -> None:
    other = {pa.bool_(): True, pa.string(): "x"}.get(kind, 5.0)
    one, two = (
        pa.table({"day": [1, 2, 3], "value": pa.array([value, other, other], kind)}) for value in (before, after)
    )
    assert (differences(one, two, ["day"]) == []) is same


def test_a_join_that_forgets_the_date_finds_the_outcomes_of_the_row_itself(lake: Lake) -> None:
    def own(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:
        delays = outcomes.groupBy("observed_date", "carrier", "flight").agg(F.max("delay").alias("delay"))
        return rows.join(delays.withColumnRenamed("observed_date", "day"), KEY, "left").select(*KEY, "hour", "delay")

    assert {(leak.how, leak.column) for leak in lake.prove(own, SAMPLE[:1])} == {
        (LATER, "delay"),
        (LATER_KNOWN, "delay"),
    }


def test_a_count_without_the_date_is_caught_too(lake: Lake) -> None:
    def counts(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:
        seen = outcomes.groupBy("carrier").agg(F.count("*").alias("seen"))
        return rows.join(seen, "carrier", "left").select(*KEY, "hour", "seen")

    assert {leak.column for leak in lake.prove(counts, SAMPLE[:1])} == {"seen"}


@pytest.mark.parametrize("way", ["join", "subquery", "cached"])
def test_a_table_that_the_function_reads_by_itself_is_caught_by_its_path(lake: Lake, way: str) -> None:
    table = lake.spark.read.schema("day date, carrier string, flight int, delay double").parquet(lake.outcomes)

    def reads(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        if way == "subquery":
            table.createOrReplaceTempView("behind_the_back")
            total = F.expr("(SELECT max(delay) FROM behind_the_back)")
            return rows.select(*KEY, "hour", total.alias("worst"))
        return rows.join(table, KEY, "left").select(*KEY, "hour", "delay")

    if way == "cached":
        table.persist().count()  # the optimised plan would show memory where the analysed one shows the files
    leaks = lake.prove(reads, SAMPLE[:1])
    table.unpersist()

    assert len(leaks) == 1
    assert leaks[0].column is None
    assert missing_data(str(leaks[0]), f"file:{lake.outcomes}") == []


def test_a_function_that_runs_a_job_to_look_is_caught(lake: Lake) -> None:
    def looks(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        worst = rows.sparkSession.read.parquet(lake.outcomes).agg(F.max("delay")).first()
        assert worst is not None
        return rows.select(*KEY, "hour", F.lit(worst[0]).alias("worst"))

    leaks = lake.prove(looks, SAMPLE[:1])
    assert [(leak.column, leak.date) for leak in leaks] == [(None, None)]
    assert missing_data(str(leaks[0]), 3, "Spark") == []


def test_chance_is_caught_by_name_and_by_its_effect(lake: Lake) -> None:
    def dice(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        return rows.select(*KEY, "hour", F.rand().alias("luck"))

    leaks = lake.prove(dice, SAMPLE[:1])

    assert [(leak.how, leak.column) for leak in leaks][1:] == [(NOT_REPEATABLE, "luck")]
    assert missing_data(str(leaks[0]), "rand()") == []


@pytest.mark.parametrize("clock", ["current_date()", "now()", "monotonically_increasing_id()"])
def test_a_clock_is_caught_even_where_the_day_does_not_change_it(lake: Lake, clock: str) -> None:
    def late(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        return rows.select(*KEY, F.hash(F.expr(clock)).alias("when"))

    name = clock.removesuffix("()")
    assert any(missing_data(str(leak), f"{name}()") == [] for leak in lake.prove(late, SAMPLE[:1]))


def test_a_small_table_of_the_code_itself_is_no_foreign_read(lake: Lake) -> None:
    def holidays(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        known = rows.sparkSession.createDataFrame([("A", 1.5), ("B", 2.5)], "carrier string, weight double")
        return rows.join(F.broadcast(known), "carrier", "left").select(*KEY, "weight")

    assert lake.prove(holidays, SAMPLE[:1]) == []


def test_nothing_is_proved_on_a_date_without_rows_or_without_anything_before_or_after_it(lake: Lake) -> None:
    with raises_code(InputError, "nothing-to-prove", "2013-02-27"):
        lake.prove(honest, [date(2013, 2, 27)])
    last = FIRST + timedelta(days=DAYS - 1)
    with raises_code(InputError, "nothing-to-prove", last):
        prove_no_lookahead(
            lambda rows: rows.select(*KEY, "hour"),
            lake.spark.read.parquet(lake.outcomes.replace("outcomes", "plan")),
            {},
            seen=AsOfPolicy("day", KEY, {}, {}, time(), NEW_YORK),
            sample_dates=[last],
        )
    with raises_code(InputError, "nothing-to-prove", "2013-03-01"):
        lake.prove(honest, [FIRST])
