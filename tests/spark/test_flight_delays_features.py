"""The reference pipeline's features on real days, against the same written down again in pandas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from assay.core.interval import Interval
from assay.spark.features.point_in_time import AsOfPolicy, build_features, check_features
from flight_delays.cleaning import outcomes as clean_outcomes
from flight_delays.features import KEY, features
from flight_delays.landing import write_drops

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ZONE = ZoneInfo("America/New_York")
DAYS = Interval(date(2013, 2, 12), date(2013, 2, 14))
"""After a storm: cancelled flights in the history, and the wind of 1,048 miles per hour the night before the second."""
TYPES = {
    "schedule": "flight_date date, carrier string, flight int, origin string, dest string, tailnum string, "
    "sched_dep_time int, sched_arr_time int, distance int, sched_dep timestamp",
    "weather": "origin string, time_hour timestamp, temp double, dewp double, humid double, wind_dir double, "
    "wind_speed double, wind_gust double, precip double, pressure double, visib double",
    "outcomes": "flight_date date, carrier string, flight int, origin string, dep_time int, dep_delay int, "
    "arr_time int, arr_delay int, air_time int, distance int, landed_at timestamp",
}


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("landing")
    write_drops(folder, DAYS.start - timedelta(days=7), DAYS.end)
    return folder


def frame(spark: SparkSession, landing: Path, table: str) -> DataFrame:
    rows = spark.read.csv(
        [str(path) for path in sorted(landing.glob(f"{table}/*/*.csv"))],
        schema=TYPES[table],
        header=True,
        nullValue="NA",
    )
    return rows if table != "weather" else rows.selectExpr("*", f"to_date({local('time_hour')}) flight_date")


def local(instant: str) -> str:
    return f"convert_timezone('UTC', 'America/New_York', to_timestamp_ntz({instant}))"


def read(landing: Path, table: str) -> pd.DataFrame:
    parts = [pd.read_csv(path, na_values=["NA"], keep_default_na=False) for path in landing.glob(f"{table}/*/*.csv")]
    return pd.concat(parts, ignore_index=True)


def built(spark: SparkSession, landing: Path, dates: Interval) -> DataFrame:
    return build_features(
        features,
        frame(spark, landing, "schedule"),
        {name: frame(spark, landing, name) for name in ("outcomes", "weather")},
        seen=AsOfPolicy(
            "flight_date",
            list(KEY),
            {"outcomes": 7, "weather": 1},
            {"outcomes": "landed_at", "weather": "time_hour"},
            time(0),
            ZONE,
        ),
        dates=dates,
    )


@pytest.fixture(scope="module")
def made(spark: SparkSession, landing: Path) -> Iterator[pd.DataFrame]:
    result = built(spark, landing, DAYS).persist()
    check_features(
        result,
        frame(spark, landing, "schedule"),
        key=list(KEY),
        partition="flight_date",
        name="flight_delays.features:features",
        dates=DAYS,
    )
    yield result.toPandas()
    result.unpersist()


def known(landing: Path, day: date) -> pd.DataFrame:
    """The outcomes of the last seven days that had landed at midnight of `day`, in pandas."""
    seen = read(landing, "outcomes")
    seen["of"] = pd.to_datetime(seen.flight_date)
    midnight = pd.Timestamp(day, tz=ZONE)
    ago = (pd.Timestamp(day) - seen.of).dt.days
    seen = seen[(ago >= 1) & (ago <= 7) & (pd.to_datetime(seen.landed_at) < midnight)].assign(ago=ago)
    late = (seen.arr_delay > 15).astype(float).where(seen.arr_delay.notna())
    lost = seen.arr_delay.isna().astype(float)
    outcomes: pd.DataFrame = seen.assign(late=late, delay=seen.arr_delay.clip(upper=180), lost=lost)
    return outcomes


def same(feature: pd.Series, expected: pd.Series) -> None:
    assert feature.notna().any()
    pd.testing.assert_series_equal(
        feature.reset_index(drop=True).astype(float), expected.reset_index(drop=True).astype(float), check_names=False
    )


@pytest.mark.parametrize("day", DAYS.dates())
def test_history_is_what_had_landed_by_midnight_of_the_last_seven_days(
    made: pd.DataFrame, landing: Path, day: date
) -> None:
    on_day, past = made[made.flight_date == day], known(landing, day)
    for by, name in ((["origin"], "airport"), (["carrier", "origin"], "airline")):
        expected = past.groupby(by, as_index=False).agg(late=("late", "mean"), delay=("delay", "mean"))
        both = on_day.merge(expected, on=by, how="left")
        same(both[f"{name}_late_share"], both["late"])
        same(both[f"{name}_mean_delay"], both["delay"])
    airports = past.groupby("origin").agg(lost=("lost", "mean"))
    airports["newest"] = past[past.ago <= 2].groupby("origin")["late"].mean()
    both = on_day.merge(airports, on="origin", how="left")
    same(both["airport_lost_share"], both["lost"])
    same(both["airport_newest_late_share"], both["newest"])


@pytest.mark.parametrize("day", DAYS.dates())
def test_a_flights_own_share_is_drawn_towards_its_airlines_and_never_divides_by_zero(
    made: pd.DataFrame, landing: Path, day: date
) -> None:
    on_day, past = made[made.flight_date == day], known(landing, day)
    expected = past.groupby(["carrier", "flight", "origin"], as_index=False).agg(
        sum_late=("late", "sum"), seen=("late", "count"), delay=("delay", "mean")
    )
    both = on_day.merge(expected, on=["carrier", "flight", "origin"], how="left")
    never = both["seen"].isna()
    assert never.any()
    drawn = (both["sum_late"].fillna(0) + 5 * both["airline_late_share"]) / (both["seen"].fillna(0) + 5)
    same(both["flight_late_share"], drawn)
    same(both["flight_seen"], both["seen"])
    same(both["flight_mean_delay"], both["delay"])
    same(both[never]["flight_late_share"], both[never]["airline_late_share"])


@pytest.mark.parametrize("day", DAYS.dates())
def test_the_weather_is_that_of_the_evening_before(made: pd.DataFrame, landing: Path, day: date) -> None:
    weather = read(landing, "weather")
    weather["at"] = pd.to_datetime(weather["time_hour"])
    midnight, before = pd.Timestamp(day, tz=ZONE), pd.Timestamp(day - timedelta(days=1), tz=ZONE)
    seen = weather[(weather["at"] >= before) & (weather["at"] < midnight)].sort_values("at")
    evening = seen[seen["at"] >= midnight - pd.Timedelta(hours=6)]
    assert len(evening) == 18
    by = seen.groupby("origin")  # first and last of pandas skip what is missing
    expected = pd.DataFrame(
        {
            "evening_temp": by["temp"].last(),
            "evening_humid": by["humid"].last(),
            "evening_wind": evening.groupby("origin")["wind_speed"].mean().round(4),
            "evening_rain": evening.groupby("origin")["precip"].sum().round(4),
            "evening_visib": evening.groupby("origin")["visib"].min(),
            "evening_pressure": by["pressure"].last(),
            "pressure_change": by["pressure"].last() - by["pressure"].first(),
        }
    )
    columns = list(expected)
    on_day = made[made.flight_date == day].groupby("origin")[columns]
    assert (on_day.nunique() == 1).all().all()
    pd.testing.assert_frame_equal(on_day.first(), expected)
    assert expected["evening_wind"].max() < 100


def test_the_plan_alone_gives_the_hour_the_block_time_and_the_crowd(made: pd.DataFrame, landing: Path) -> None:
    plan = read(landing, "schedule")
    plan["flight_date"] = pd.to_datetime(plan.flight_date).dt.date
    both = made.merge(plan, on=list(KEY), suffixes=("", "_plan"))
    assert len(both) == len(made) == len(plan[plan.flight_date.isin(DAYS.dates())])
    leaves, lands = (both[name] // 100 * 60 + both[name] % 100 for name in ("sched_dep_time", "sched_arr_time"))
    same(both["sched_hour"], leaves / 60)
    same(both["sched_block"], (lands - leaves) % 1440)
    same(both["distance"], both["distance_plan"])
    crowd = both.groupby(["flight_date", "origin", both["sched_dep_time"] // 100])["flight"].transform("size")
    same(both["departures_in_hour"], crowd)
    assert (both["day_of_week"] == pd.to_datetime(both["flight_date"]).dt.day_name().str[:3]).all()
    assert (both["airport"] == both["origin"]).all() and (both["airline"] == both["carrier"]).all()


def test_a_day_alone_has_the_features_that_it_has_among_others(
    spark: SparkSession, landing: Path, made: pd.DataFrame
) -> None:
    day = DAYS.dates()[1]
    alone = built(spark, landing, Interval.of(day)).toPandas().sort_values(list(KEY), ignore_index=True)
    among = made[made.flight_date == day].sort_values(list(KEY), ignore_index=True)
    pd.testing.assert_frame_equal(alone, among)


def test_without_any_past_every_flight_is_still_there(spark: SparkSession, landing: Path) -> None:
    first = DAYS.start - timedelta(days=7)
    result = built(spark, landing, Interval.of(first)).toPandas()
    assert len(result) == len(read(landing, "schedule").query(f"flight_date == '{first}'"))
    assert result[["airport_late_share", "flight_late_share", "evening_temp", "pressure_change"]].isna().all().all()
    assert result[["sched_hour", "distance", "airport", "day_of_week"]].notna().all().all()


def test_midnight_is_cleaned_to_zero_and_nothing_else_changes(spark: SparkSession) -> None:
    dirty = spark.createDataFrame([(2400, 1), (5, 2400), (None, None), (2359, 2359)], "dep_time int, arr_time int")
    cleaned = clean_outcomes(dirty)
    assert [tuple(row) for row in cleaned.collect()] == [(0, 1), (5, 0), (None, None), (2359, 2359)]
    assert cleaned.dtypes == dirty.dtypes
