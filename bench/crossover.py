"""Find the number of rows a day from which on the stages are as fast as polars.

Days that grow tenfold are cleaned and scored.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from assay.core.interval import Interval
from assay.models.bundle.predictor import load_predictor
from assay.stages.ingest.clean import clean
from assay.stages.runtime.context import Context
from assay.stages.scoring.score import score
from bench.by_hand import refuse_unless, write_day
from bench.data import DAY, FEATURES, FIRST, KEY
from bench.landing import PROJECT, drop, landed
from bench.loop import DAYS
from bench.measure import Way
from bench.proof import same_scores, same_table, scores_in
from bench.served import opened, serve
from bench.setting import Setting
from bench.table import BenchComparison, Row, TableNote

HISTORY = 300
"""Rows of each day that the champion is trained on: enough that it is better than the constant."""

TENFOLD, ROUNDS = 10, 3
LARGE = 200_000
"""Days of more rows take so long that they run once."""

LEAST, QUICK = 1_000, (500, 1_000)
FIRST_DAY = FIRST + timedelta(days=DAYS + 7)


def crossover(setting: Setting) -> list[Row]:
    """Return a row per size, and the size at which the ratio of the wall times crosses one."""
    sizes = QUICK if setting.quick else _tenfold(setting.rows // 2)
    home, days = setting.place("crossover"), [FIRST_DAY + timedelta(days=n) for n in range(len(sizes))]
    bundle = _prepare(setting, home, dict(zip(days, sizes, strict=True)))
    ctx = opened(setting, PROJECT, home, "bench", force=True)
    own = setting.place("crossover-hand")
    ways: list[Way] = []
    for size, day in zip(sizes, days, strict=True):
        rounds = 1 if size > LARGE else ROUNDS
        ways += [
            Way(f"ours {size}", lambda day=day: _by_stages(ctx, day), most=rounds),  # type: ignore[misc]
            Way(f"hand {size}", lambda day=day: _by_hand(home, own, bundle, day), most=rounds),  # type: ignore[misc]
        ]
    for way in ways:
        way.run()
    for day in days:
        where = f"polars on {day}"
        same_table(ctx.lake / "clean" / "measurements", own / "measurements", [KEY], where, day=(DAY, day))
        by_stages, hand = ctx.lake / "predictions" / "bench", own / "predictions"
        same_scores(scores_in(by_stages, day=day), scores_in(hand, day=day), where)
    costs = setting.time(ways)
    comparisons = [
        BenchComparison(
            "small",
            f"{size:,} rows a day: clean, score",
            costs[f"ours {size}"],
            "peer",
            "polars and delta-rs",
            costs[f"hand {size}"],
        )
        for size in sizes
    ]
    ratios = [comparison.ratio("wall").middle for comparison in comparisons]
    return [*comparisons, TableNote("small", "rows a day from which on ours is as fast", crossing(sizes, ratios))]


def crossing(sizes: Sequence[int], ratios: Sequence[float]) -> str:
    """Return the size at which ours / theirs falls to one, interpolated straight between logarithms.

    Where it does not within the sizes, the text reports that.

    >>> crossing([1_000, 100_000], [10.0, 0.1])
    '10,000'
    >>> crossing([1_000, 100_000], [10.0, 2.0])
    'more than 100,000'
    """
    if ratios[0] <= 1:
        return f"fewer than {sizes[0]:,}"
    for n in range(1, len(sizes)):
        if ratios[n] <= 1:
            part = math.log(ratios[n - 1]) / math.log(ratios[n - 1] / ratios[n])
            return f"{round(sizes[n - 1] * (sizes[n] / sizes[n - 1]) ** part):,}"
    return f"more than {sizes[-1]:,}"


def _tenfold(most: int) -> tuple[int, ...]:
    """The sizes: 1,000, ten times as many, and so on, up to `most`, which is the last."""
    sizes = [LEAST]
    while sizes[-1] * TENFOLD < most:
        sizes.append(sizes[-1] * TENFOLD)
    return (*sizes, most) if most > sizes[-1] else tuple(sizes)


def _prepare(setting: Setting, home: Path, days: dict[date, int]) -> Path:
    """Prepare a home with a champion and the days landed, and return the path of the champion's bundle."""
    source = landed(setting, rows=HISTORY * DAYS, days=DAYS, outcomes=True)
    shutil.copytree(source / "landing", home / "landing")
    bundle = serve(opened(setting, PROJECT, home, "bench"), Interval(FIRST, FIRST + timedelta(days=DAYS)))
    for day, size in days.items():
        drop(setting, home, rows=size, day=day)
    return bundle


def _by_stages(ctx: Context, day: date) -> None:
    clean(ctx, "measurements", Interval.of(day))
    score(ctx, Interval.of(day))


def _by_hand(home: Path, own: Path, bundle: Path, day: date) -> None:
    """Do the same with polars: parse, the rule, duplicates, the checks, write; then score and write."""
    file = home / "landing" / "measurements" / str(day) / "rows.csv"
    raw = pl.read_csv(file, infer_schema=False, null_values=[""])
    names = [DAY, KEY, *FEATURES]
    typed = raw.with_columns(
        pl.col(DAY).cast(pl.Date, strict=False),
        pl.col(KEY).cast(pl.Int64, strict=False),
        pl.col(*FEATURES).cast(pl.Float64, strict=False),
    )
    unread = pl.any_horizontal(raw[name].is_not_null() & typed[name].is_null() for name in names)
    judged = typed.with_columns(refused=unread | pl.col(KEY).is_null() | pl.col(DAY).is_null())
    judged = judged.filter((pl.col("f01") >= 0).fill_null(True) | pl.col("refused"))
    refused = judged.filter("refused")
    good = judged.filter(~pl.col("refused")).drop("refused")
    twice = good.filter(~pl.struct(DAY, KEY).is_first_distinct())
    if not (refused.is_empty() and twice.is_empty()):
        write_day(pl.concat([refused.drop("refused"), twice]), own / "quarantine", DAY, day)
    good = good.unique([DAY, KEY], keep="first")
    refuse_unless(_checks(good))
    write_day(good, own / "measurements", DAY, day)
    scores = pl.Series(load_predictor(bundle)(good.select(FEATURES).to_arrow()))
    write_day(good.select(DAY, KEY, score=scores), own / "predictions", DAY, day)


def _checks(rows: pl.DataFrame) -> dict[str, tuple[bool, bool]]:
    """The suite of the benches' project, as one pass of aggregates."""
    shares = {f"{name} given": pl.col(name).is_not_null().mean() >= 0.95 for name in FEATURES}
    means = {f"mean of {name}": pl.col(name).mean().is_between(-10, 10) for name in FEATURES}
    outcomes = rows.select(rows=pl.len().is_between(1, 10_000_000), **shares, **means).row(0, named=True)
    return {name: (True, bool(holds)) for name, holds in outcomes.items()}
