"""small: one day of some 900 flights, cleaned, scored and monitored in a warm session, against polars by hand."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from deltalake import write_deltalake

from assay.core.evaluation.metrics import METRICS
from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import merge_outcomes
from assay.stages.ingest.clean import clean
from assay.stages.monitoring.monitor import monitor
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.scoring.score import score
from assay.store.filesystem.storage_path import StoragePath
from bench import flights_by_hand as by_hand
from bench.crossover import crossover
from bench.measure import Way
from bench.proof import UnequalError, same_scores, same_table
from bench.reaper import ROOT
from bench.served import opened, serve
from bench.setting import Setting
from bench.table import BenchComparison, Row, Target

PIPELINE = "flight_delays"
DAY = date(2013, 6, 20)
HISTORY = 35
"""Days before it: five to train on, 20 of two folds, three until outcomes are settled, and some for lookbacks."""

SHORT = {
    "window: all": "window: 5 days",
    "trials: 6": "trials: 1",
    "fold: 28 days": "fold: 10 days",
    "folds: 3": "folds: 2",
    "at_least: 0.58": "at_least: 0.5",
    "margin: 0.01 ": "margin: 0.0001 ",
    'train: "0 3 1 1-11/2 *"': f'train: "0 3 {DAY.day} {DAY.month} *"',
}
"""What the bench changes in the reference pipeline, so that a month of history is enough for a champion."""

AUC_APART = 3e-3
"""Ours comes from histograms of 4,096 bins, theirs from the rows."""


def run(setting: Setting) -> list[Row]:
    """Time the day by the stages and by the script, then find the number of rows a day at which Spark is as fast."""
    ctx, places = prepare(setting)
    stage_outcomes, hand = _by_stages(ctx), by_hand.run_day(places, DAY)
    _prove(ctx, stage_outcomes, places, hand)
    ways = [
        Way("ours", lambda: _by_stages(ctx)),
        Way("hand", lambda: by_hand.run_day(places, DAY)),
    ]
    for way in ways:
        way.run()
    costs = setting.time(ways)
    what = f"{stage_outcomes[0].numbers['in']:,} flights of one day: clean, score, monitor"
    first = BenchComparison("small", what, costs["ours"], "peer", "polars and delta-rs", costs["hand"], Target(3))
    return [first, *crossover(setting)]


def _by_stages(ctx: Context) -> list[StageOutcome]:
    """Run the day's three stages again, although they were done."""
    alone = Interval.of(DAY)
    return [clean(ctx, "flights", alone), score(ctx, alone), monitor(ctx, alone)]


def prepare(setting: Setting) -> tuple[Context, by_hand.Places]:
    """Return the reference pipeline with a month of history and a champion, and the same champion for the script."""
    from flight_delays.landing import write_drops

    root, home = setting.place("small-project"), setting.place("small-home")
    shutil.copytree(ROOT / "conf", root / "conf")
    spec = root / "conf" / "pipelines" / f"{PIPELINE}.yaml"
    spec.write_text(_shortened(spec.read_text()))
    start, end = DAY - timedelta(days=HISTORY), DAY + timedelta(days=1)
    setting.say(f"a month of flights up to {DAY}, and a champion")
    write_drops(home / "landing", start, end, arrived_before=end)
    _with_faults(home / "landing" / "schedule" / str(DAY) / "schedule.csv")
    ctx = opened(setting, root, home, PIPELINE, force=False)
    bundle = serve(ctx, Interval(start, end))
    ctx.force = True
    own = setting.place("small-hand")
    own.mkdir()
    places = by_hand.Places(home / "landing", own, Path(str(ctx.lake / "clean")), bundle, _reference(ctx, start))
    _share_served(ctx, places)
    return ctx, places


def _shortened(text: str) -> str:
    for old, new in SHORT.items():
        if old not in text:
            raise UnequalError(f"the reference pipeline no longer has: {old}")
        text = text.replace(old, new)
    return text


def _with_faults(file: Path) -> None:
    """Add a flight that goes nowhere, a flight that is repeated, and one whose number is no number."""
    lines = file.read_text().splitlines()
    origin = lines[1].split(",")[3]
    nowhere, broken = lines[1].split(","), lines[2].split(",")
    nowhere[2], nowhere[4], broken[2] = "9998", origin, "none"
    file.write_text("\n".join([*lines, lines[3], ",".join(nowhere), ",".join(broken)]) + "\n")


def _reference(ctx: Context, start: date) -> dict[str, list[float]]:
    """The inner deciles of the champion's training data, by the pipeline's own features."""
    from assay.api import PipelineHandle

    frame = PipelineHandle(ctx).features(start + timedelta(days=2), start + timedelta(days=12)).toPandas()
    numbers = frame.select_dtypes("number").drop(columns=["flight"])
    tenths = np.linspace(0.1, 0.9, 9)
    deciles = {str(name): np.unique(numbers[name].dropna().quantile(tenths)).tolist() for name in numbers}
    return {**deciles, "score": tenths.tolist()}


def _share_served(ctx: Context, places: by_hand.Places) -> None:
    """Write the scores of the days before, as if the script had written them."""
    since = DAY - timedelta(days=by_hand.SETTLED)
    scan = pl.scan_delta(str(ctx.lake / "predictions" / PIPELINE))
    served = scan.filter(pl.col("flight_date").is_between(since, DAY, closed="left")).collect()
    write_deltalake(places.own / "predictions", served.to_arrow(), partition_by=["flight_date"])


def _prove(ctx: Context, stage_outcomes: list[StageOutcome], places: by_hand.Places, hand: dict[str, Any]) -> None:
    """Check for the same rows, as many refused, scores within 1e-6, and an AUC within the precision of bins."""
    lake = ctx.lake
    day = ("flight_date", DAY)
    same_table(lake / "clean" / "flights", places.own / "flights", by_hand.KEY, "the flights by hand", day=day)
    counts = stage_outcomes[0].numbers
    refused = pl.scan_delta(str(places.own / "quarantine")).filter(pl.col("flight_date") == DAY).collect().height
    if (counts["quarantined"], counts["dropped"]) != (refused, 1):
        raise UnequalError(f"by hand {refused} rows are refused and 1 is dropped; ours: {counts}")
    same_scores(_scores(lake / "predictions" / PIPELINE), _scores(places.own / "predictions"), "the scores by hand")
    profiles = ctx.profiles.read("outcomes", f"{PIPELINE}.score", str(stage_outcomes[2].run_id))
    auc = METRICS["roc_auc"].function(merge_outcomes(profiles.values()).overall)
    if auc is None or abs(auc - hand["auc"]) > AUC_APART:
        raise UnequalError(f"by hand the AUC is {hand['auc']}, ours {auc}")


def _scores(table: StoragePath) -> tuple[Any, Any]:
    day_rows = pl.scan_delta(str(table)).filter(pl.col("flight_date") == DAY).sort(by_hand.KEY).collect()
    keys = day_rows.select(pl.concat_str(by_hand.KEY, separator="|")).to_series()
    return keys.to_numpy(), day_rows["score"].to_numpy()
