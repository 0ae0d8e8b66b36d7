"""Functions that leak, each in its own way, are caught by the framework's proof; an honest one passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from assay.errors import InputError
from assay.spark.asof import Seen
from assay.spark.proof import LATER_KNOWN, NOT_REPEATABLE, TOGETHER, Leak, prove_no_lookahead

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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
            seen=Seen("day", KEY, {"outcomes": 4}, {"outcomes": "landed_at"}, time(), NEW_YORK),
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
        (how, "tomorrow", day) for how in (TOGETHER, LATER_KNOWN) for day in SAMPLE
    }
    first = str(leaks[0])
    assert first.startswith("The feature 'tomorrow' of 2013-03-09 changes when later dates are computed together")
    assert "of day=2013-03-09, carrier=A, flight=0 it was None, then " in first


def test_a_join_that_forgets_the_date_finds_the_outcomes_of_the_row_itself(lake: Lake) -> None:
    def own(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:
        told = outcomes.groupBy("observed_date", "carrier", "flight").agg(F.max("delay").alias("delay"))
        return rows.join(told.withColumnRenamed("observed_date", "day"), KEY, "left").select(*KEY, "hour", "delay")

    assert {(leak.how, leak.column) for leak in lake.prove(own, SAMPLE[:1])} == {
        (TOGETHER, "delay"),
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
    assert str(leaks[0]).startswith("The features function reads file:/")
    assert "/outcomes by itself" in str(leaks[0])


def test_a_function_that_runs_a_job_to_look_is_caught(lake: Lake) -> None:
    def looks(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        worst = rows.sparkSession.read.parquet(lake.outcomes).agg(F.max("delay")).first()
        assert worst is not None
        return rows.select(*KEY, "hour", F.lit(worst[0]).alias("worst"))

    leaks = lake.prove(looks, SAMPLE[:1])
    assert len(leaks) == 1
    assert "Spark job(s) while it is called, and what they read is not seen" in str(leaks[0])


def test_chance_is_caught_by_name_and_by_its_effect(lake: Lake) -> None:
    def dice(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        return rows.select(*KEY, "hour", F.rand().alias("luck"))

    leaks = lake.prove(dice, SAMPLE[:1])

    assert [(leak.how, leak.column) for leak in leaks][1:] == [(NOT_REPEATABLE, "luck")]
    assert "calls rand()" in str(leaks[0])


@pytest.mark.parametrize("clock", ["current_date()", "now()", "monotonically_increasing_id()"])
def test_a_clock_is_caught_even_where_the_day_does_not_change_it(lake: Lake, clock: str) -> None:
    def late(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        return rows.select(*KEY, F.hash(F.expr(clock)).alias("when"))

    name = clock.removesuffix("()")
    assert any(f"calls {name}()" in str(leak) for leak in lake.prove(late, SAMPLE[:1]))


def test_a_small_table_of_the_code_itself_is_no_foreign_read(lake: Lake) -> None:
    def holidays(rows: DataFrame, *, outcomes: DataFrame) -> DataFrame:  # noqa: ARG001
        known = rows.sparkSession.createDataFrame([("A", 1.5), ("B", 2.5)], "carrier string, weight double")
        return rows.join(F.broadcast(known), "carrier", "left").select(*KEY, "weight")

    assert lake.prove(holidays, SAMPLE[:1]) == []


def test_nothing_is_proved_on_a_date_without_rows_or_without_anything_after_it(lake: Lake) -> None:
    with pytest.raises(InputError, match=r"no rows on 2013-02-27|no row after") as caught:
        lake.prove(honest, [date(2013, 2, 27)])
    assert caught.value.code == "nothing-to-prove"
    with pytest.raises(InputError, match="has no row after the instant of 2013-04-20"):
        lake.prove(honest, [date(2013, 4, 20)])
