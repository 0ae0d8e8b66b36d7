"""One day of flights cleaned, scored and monitored with polars and delta-rs, as a script by hand.

It does the same work as the reference pipeline. Of Assay it uses only the bundle's predictor: the model behind its
encoder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from assay.models.bundle.predictor import load_predictor
from bench.by_hand import refuse_unless, write_day

ZONE = ZoneInfo("America/New_York")
DAY = "flight_date"
KEY = [DAY, "carrier", "flight", "origin"]
TYPES: Mapping[str, Any] = {
    "flight_date": pl.Date,
    **dict.fromkeys(("carrier", "origin", "dest", "tailnum"), pl.String),
    **dict.fromkeys(("flight", "sched_dep_time", "sched_arr_time", "distance"), pl.Int32),
}
COLUMNS = [
    *("flight_date", "carrier", "flight", "origin", "dest", "tailnum"),
    *("sched_dep_time", "sched_arr_time", "distance", "sched_dep"),
]
CARRIERS = ["9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV"]
AIRPORTS = ["EWR", "JFK", "LGA"]
LATE, WORST, PRIOR, EVENING, NEWEST = 15, 180, 5, 6, 2
LOOKBACK, SETTLED = 7, 3


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and the model that the script uses.

    - `landing` is where the files landed.
    - `own` holds the script's own tables, `shared` the outcomes and the weather that it reads.
    - `bundle` is the model's bundle.
    - `reference` has the deciles of the model's training data.
    """

    landing: Path
    own: Path
    shared: Path
    bundle: Path
    reference: Mapping[str, list[float]]


def run_day(places: Places, day: date) -> dict[str, Any]:
    """Clean, score and monitor the day, and return the result of monitoring."""
    rows = clean(places, day)
    outcomes, weather = past_outcomes(places, day), past_weather(places, day)
    made = features(rows, outcomes, weather, day)
    scored = score(places, made, day)
    return monitor(places, made, scored, day)


def clean(places: Places, day: date) -> pl.DataFrame:
    """Write the day's good rows to the table and return them; unreadable and repeated rows go to quarantine."""
    file = places.landing / "schedule" / str(day) / "schedule.csv"
    raw = pl.read_csv(file, infer_schema=False, null_values=["", "NA"])
    when = pl.col("sched_dep").str.to_datetime("%Y-%m-%dT%H:%M:%S%#z", strict=False, time_unit="us", time_zone="UTC")
    casts = [pl.col(name).cast(kind, strict=False) for name, kind in TYPES.items()]
    typed = raw.with_columns(*casts, when)
    unread = pl.any_horizontal(raw[name].is_not_null() & typed[name].is_null() for name in COLUMNS)
    judged = typed.with_columns(
        raw=raw.select(pl.concat_str(pl.all().fill_null(""), separator=",")).to_series(),
        reason=pl.when(unread)
        .then(pl.lit("unread"))
        .when(pl.any_horizontal(pl.col(name).is_null() for name in KEY))
        .then(pl.lit("null_key")),
    ).filter(pl.col("reason").is_not_null() | (pl.col("origin") != pl.col("dest")).fill_null(True))
    twice = pl.struct(KEY).is_first_distinct().over(pl.col("reason").is_null()).not_()
    reason = pl.when(pl.col("reason").is_null() & twice).then(pl.lit("duplicate")).otherwise(pl.col("reason"))
    judged = judged.with_columns(reason=reason)
    refused = judged.filter(pl.col("reason").is_not_null())
    good = judged.filter(pl.col("reason").is_null()).select(COLUMNS)
    refuse_unless(checks(good))
    if not refused.is_empty():
        write_day(refused.select(pl.lit(day).alias(DAY), "reason", "raw"), places.own / "quarantine", DAY, day)
    write_day(good, places.own / "flights", DAY, day)
    return good


def checks(rows: pl.DataFrame) -> dict[str, tuple[bool, bool]]:
    """Return for each check of the day whether it blocks, and whether it holds; one pass of aggregates."""
    column, size = pl.col, pl.len()

    def between(name: str, low: float, high: float) -> pl.Expr:
        return column(name).is_between(low, high).fill_null(True).all()

    blocking = {
        "rows": size.is_between(550, 1150),
        **{
            f"{name} not null": column(name).is_not_null().all()
            for name in ("carrier", "flight", "origin", "dest", "sched_dep_time", "distance", "sched_dep")
        },
        "origin known": column("origin").is_in(AIRPORTS).fill_null(True).all(),
        "all origins": column("origin").filter(column("origin").is_in(AIRPORTS)).n_unique() == len(AIRPORTS),
        "carrier length": (column("carrier").str.len_chars() == 2).all(),
        "dest": column("dest").str.contains("^[A-Z]{3}$").all(),
        "flight": between("flight", 1, 9999),
        "sched_dep_time": between("sched_dep_time", 0, 2359),
        "sched_arr_time": between("sched_arr_time", 0, 2359),
        "distance": between("distance", 10, 5000),
    }
    telling = {
        "rows usual": size.is_between(650, 1050),
        "carriers known": column("carrier").is_in(CARRIERS).fill_null(True).all(),
        "mean distance": column("distance").mean().is_between(970, 1120),
        "median distance": column("distance").median().is_between(700, 1100),
        "tailnum given": (column("tailnum").is_not_null().mean() >= 0.95),
        "tailnum": column("tailnum").str.contains("^N[0-9][0-9A-Z]{2,4}$").all(),
    }
    outcomes = rows.select(**blocking, **telling).row(0, named=True)
    holds = {name: (name in blocking, bool(value)) for name, value in outcomes.items()}
    return {
        "columns": (True, rows.columns == COLUMNS),
        "sched_dep type": (True, rows.schema["sched_dep"] == pl.Datetime("us", "UTC")),
        **holds,
    }


def past_outcomes(places: Places, day: date) -> pl.DataFrame:
    """The outcomes of the week before the day that were known when it began."""
    return (
        pl.scan_delta(str(places.shared / "outcomes"))
        .filter(pl.col("flight_date").is_between(day - timedelta(days=LOOKBACK), day))
        .filter(pl.col("landed_at") < midnight(day))
        .select(*KEY, "arr_delay")
        .collect()
    )


def past_weather(places: Places, day: date) -> pl.DataFrame:
    """The weather of the day before, known when the day began."""
    return (
        pl.scan_delta(str(places.shared / "weather"))
        .filter(pl.col("flight_date").is_between(day - timedelta(days=1), day))
        .filter(pl.col("time_hour") < midnight(day))
        .collect()
    )


def features(rows: pl.DataFrame, outcomes: pl.DataFrame, weather: pl.DataFrame, day: date) -> pl.DataFrame:
    """A row of features per flight."""
    past = outcomes.select(
        *KEY,
        late=(pl.col("arr_delay") > LATE).cast(pl.Int32),
        lost=pl.col("arr_delay").is_null().cast(pl.Int32),
        delay=pl.when(pl.col("arr_delay") > WORST).then(WORST).otherwise(pl.col("arr_delay")),
    )
    newest = pl.col("flight_date") >= day - timedelta(days=NEWEST)
    late, delay = pl.col("late"), pl.col("delay")
    airports = past.group_by("origin").agg(
        airport_late_share=late.mean(),
        airport_mean_delay=delay.mean(),
        airport_lost_share=pl.col("lost").mean(),
        airport_newest_late_share=late.filter(newest).mean(),
    )
    airlines = past.group_by("carrier", "origin").agg(airline_late_share=late.mean(), airline_mean_delay=delay.mean())
    flights = past.group_by(KEY[1:]).agg(
        _late=late.sum(), flight_seen=late.count().cast(pl.Float64), flight_mean_delay=delay.mean()
    )
    seen, share = pl.col("flight_seen").fill_null(0.0), pl.col("airline_late_share")
    return (
        plan(rows)
        .join(airports, on="origin", how="left")
        .join(airlines, on=["carrier", "origin"], how="left")
        .join(flights, on=KEY[1:], how="left")
        .join(evening(weather), on="origin", how="left")
        .with_columns(flight_late_share=(pl.col("_late").fill_null(0) + PRIOR * share) / (seen + PRIOR))
        .drop("_late")
    )


def plan(rows: pl.DataFrame) -> pl.DataFrame:
    """The features that follow from a flight's plan alone."""
    departs, arrives = (pl.col(name) // 100 * 60 + pl.col(name) % 100 for name in ("sched_dep_time", "sched_arr_time"))
    return rows.select(
        *KEY,
        airport=pl.col("origin"),
        airline=pl.col("carrier"),
        sched_hour=departs / 60,
        day_of_week=pl.col("flight_date").dt.strftime("%a"),
        distance=pl.col("distance").cast(pl.Float64),
        sched_block=((arrives - departs + 1440) % 1440).cast(pl.Float64),
        departures_in_hour=pl.len().over("origin", pl.col("sched_dep_time") // 100).cast(pl.Float64),
    )


def evening(weather: pl.DataFrame) -> pl.DataFrame:
    """The last weather before midnight at each airport."""
    hours = weather.sort("time_hour").with_columns(last=pl.col("time_hour").max().over("origin"))
    late = pl.col("time_hour") > pl.col("last") - pl.duration(hours=EVENING)
    pressure = pl.col("pressure").drop_nulls()
    return hours.group_by("origin").agg(
        evening_temp=pl.col("temp").drop_nulls().last(),
        evening_humid=pl.col("humid").drop_nulls().last(),
        evening_wind=pl.col("wind_speed").filter(late).mean().round(4),
        evening_rain=pl.col("precip").filter(late).sum().round(4),
        evening_visib=pl.col("visib").filter(late).min(),
        evening_pressure=pressure.last(),
        pressure_change=pressure.last() - pressure.first(),
    )


def score(places: Places, made: pl.DataFrame, day: date) -> pl.DataFrame:
    """Write the day's predictions to their table and return them."""
    scores = load_predictor(places.bundle)(made.drop(KEY).to_arrow())
    scored = made.select(
        *KEY,
        score=pl.Series(scores),
        model_version=pl.lit(1, pl.Int32),
        run_id=pl.lit(f"score-{day}"),
        scored_at=pl.lit(datetime.now(UTC)),
    )
    write_day(scored, places.own / "predictions", DAY, day)
    return scored


def monitor(places: Places, made: pl.DataFrame, scored: pl.DataFrame, day: date) -> dict[str, Any]:
    """Return the AUC of what was served and is known by now, and the PSI of each number against the training."""
    from sklearn.metrics import roc_auc_score

    since = day - timedelta(days=SETTLED)
    served = pl.scan_delta(str(places.own / "predictions")).filter(pl.col("flight_date").is_between(since, day))
    known = (
        pl.scan_delta(str(places.shared / "outcomes"))
        .filter(pl.col("flight_date").is_between(since, day))
        .filter(pl.col("landed_at") < midnight(day + timedelta(days=1)))
        .select(*KEY, late=pl.col("arr_delay") > LATE)
    )
    joined = served.join(known, on=KEY).filter(pl.col("late").is_not_null()).select("late", "score").collect()
    numbers = made.with_columns(score=scored["score"])
    measures = {
        "rows": joined.height,
        "auc": float(roc_auc_score(joined["late"].to_numpy(), joined["score"].to_numpy())),
        "psi": {name: psi(numbers[name], edges) for name, edges in places.reference.items()},
    }
    (places.own / f"monitor-{day}.json").write_text(json.dumps(measures))
    return measures


def psi(values: pl.Series, edges: list[float]) -> float:
    """Return the population stability index over bins that held equal shares in training; nulls are left out."""
    import numpy as np

    counts = np.bincount(np.searchsorted(edges, values.drop_nulls().to_numpy()), minlength=len(edges) + 1)
    now, then = (counts + 0.5) / (counts + 0.5).sum(), 1 / (len(edges) + 1)
    return float(((now - then) * np.log(now / then)).sum())


def midnight(day: date) -> datetime:
    """The instant at which the day begins in New York."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
