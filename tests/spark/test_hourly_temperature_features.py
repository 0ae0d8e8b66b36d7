"""The second reference pipeline's features on real days, against the same written down again in pandas."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from assay.core.interval import Interval
from assay.spark.features.point_in_time import AsOfPolicy, build_features, check_features
from hourly_temperature.features import KEY, features
from hourly_temperature.landing import write_drops

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ZONE = ZoneInfo("America/New_York")
DAYS = Interval(date(2013, 3, 10), date(2013, 3, 12))
"""The day without its third hour, and the one after it."""
TYPES = {
    "hours": "origin string, time_hour timestamp",
    "observations": "origin string, time_hour timestamp, temp double, dewp double, humid double, wind_speed double, "
    "pressure double",
}


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("landing")
    write_drops(folder, DAYS.start - timedelta(days=7), DAYS.end)
    return folder


def frame(spark: SparkSession, landing: Path, table: str) -> DataFrame:
    paths = [str(path) for path in sorted(landing.glob(f"{table}/*/*.csv"))]
    rows = spark.read.csv(paths, schema=TYPES[table], header=True, nullValue="NA")
    return rows.selectExpr(
        "*", "to_date(convert_timezone('UTC', 'America/New_York', to_timestamp_ntz(time_hour))) AS day"
    )


@pytest.fixture(scope="module")
def made(spark: SparkSession, landing: Path) -> pd.DataFrame:
    hours = frame(spark, landing, "hours")
    seen = AsOfPolicy("day", list(KEY), {"observations": 7}, {"observations": "time_hour"}, time(0), ZONE)
    result = build_features(
        features, hours, {"observations": frame(spark, landing, "observations")}, seen=seen, dates=DAYS
    )
    check_features(
        result, hours, key=list(KEY), partition="day", name="hourly_temperature.features:features", dates=DAYS
    )
    return result.toPandas().assign(at=lambda rows: rows["time_hour"].dt.tz_localize("UTC").dt.tz_convert(ZONE))


@pytest.fixture(scope="module")
def observed(landing: Path) -> pd.DataFrame:
    parts = [pd.read_csv(path, na_values=["NA"]) for path in landing.glob("observations/*/*.csv")]
    whole = pd.concat(parts, ignore_index=True)
    at = pd.to_datetime(whole["time_hour"]).dt.tz_convert(ZONE)
    return whole.assign(at=at, date=at.dt.date, hour=at.dt.hour).sort_values("at")


def records(made: pd.DataFrame) -> list[Any]:
    """The rows by their columns' names; what pandas knows of a value's type is any scalar."""
    return list(made.itertuples())


def test_each_hour_knows_the_same_hour_of_the_days_before(made: pd.DataFrame, observed: pd.DataFrame) -> None:
    assert len(made) == 3 * (23 + 24)
    for row in records(made):
        ago = (pd.Timestamp(row.day) - pd.to_datetime(observed["date"])).dt.days
        alike = observed[
            (observed["origin"] == row.origin) & (observed["hour"] == row.at.hour) & (ago >= 1) & (ago <= 7)
        ]
        yesterday = alike.loc[alike["date"] == row.day - timedelta(days=1), "temp"]
        assert row.hour == row.at.hour
        assert row.week_temp == pytest.approx(alike["temp"].mean(), abs=1e-4)
        if len(yesterday):
            assert row.same_hour_temp == yesterday.max()
        else:
            assert pd.isna(row.same_hour_temp), "nothing was observed in an hour that the clocks left out"


def test_each_day_knows_the_newest_and_how_it_changed(made: pd.DataFrame, observed: pd.DataFrame) -> None:
    days = made.drop_duplicates(["day", "origin"])
    assert len(days) == 6
    for row in records(days):
        here = observed[observed["origin"] == row.origin]
        one, two = (here[here["date"] == row.day - timedelta(days=n)] for n in (1, 2))
        for name, column in (("temp", "newest_temp"), ("dewp", "newest_dewp"), ("wind_speed", "newest_wind")):
            assert getattr(row, column) == one[name].dropna().iloc[-1]
        assert row.warming == pytest.approx(one["temp"].dropna().iloc[-1] - two["temp"].dropna().iloc[-1])
        pressures = [part["pressure"].dropna().iloc[-1] for part in (one, two)]
        assert row.newest_pressure == pressures[0]
        assert row.pressure_change == pytest.approx(pressures[0] - pressures[1])
        assert (row.yesterday_high, row.yesterday_low) == (one["temp"].max(), one["temp"].min())
