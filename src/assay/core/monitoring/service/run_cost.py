"""The cost of a stage's newest run beside that of its earlier runs, and of a model beside the model before it.

Like is compared with like: the same number of days, rows within a factor of two, the same kind of place. The cost of a
run is between a fixed one and one that is proportional to its rows. So more rows explain as much more cost as they are
more, and fewer rows explain no less. The spread is robust: the median absolute deviation of logarithms (Hampel 1974).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from statistics import median
from typing import Any

from assay.core.check import Finding, Severity, Status
from assay.core.model_versions import ModelVersion
from assay.core.text import quantity

EARLIER_RUNS = 28
"""The most earlier runs that a run is compared with, the newest ones."""

MIN_RUNS = 7
"""The least number of earlier runs for a comparison: fewer do not show their spread."""

FACTOR = 1.5
"""The least factor by which a single run is dearer or slower before it is a warning."""

WEEK = 7
"""The number of newest runs whose median is compared too."""

WEEK_FACTOR = 1.25
"""The least factor by which the median of WEEK runs or more is dearer before it is a warning."""

MAX_Z = 4.0
"""The number of standard deviations of the earlier runs beyond which a run is unlike them."""

MIN_SPREAD = 0.05
"""The least standard deviation of the logarithm of an amount: no machine repeats itself better."""

VERSION = "cost.version"
"""The check of a model's cost beside that of the model before it."""


class CostMeasure(StrEnum):
    """The measure of a run: CPU seconds of all processes, seconds of the wall clock, or bytes of memory."""

    CPU = "CPU"
    WALL = "wall clock"
    MEMORY = "memory"


LEAST = {CostMeasure.CPU: 1.0, CostMeasure.WALL: 1.0, CostMeasure.MEMORY: 1e8}
"""The least amount beyond the earlier runs' that is worth a word: seconds, and bytes."""


@dataclass(frozen=True, slots=True)
class StageRun:
    """A run of a stage on some subject: its days, its rows (at least one), and what it took.

    - `shared` is True where other tables were at work in its process, and `cluster` where Spark ran on one.
    - `version` is the model that scored; None for other stages.
    """

    run_id: str
    days: int
    rows: int
    duration_seconds: float
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    version: ModelVersion | None = None
    shared: bool = False
    cluster: bool = False

    def like(self, that: StageRun) -> bool:
        """Return whether the cost of both may be compared."""
        same = (self.days, self.shared, self.cluster) == (that.days, that.shared, that.cluster)
        return same and self.rows <= 2 * that.rows and that.rows <= 2 * self.rows

    def amount(self, measure: CostMeasure) -> float | None:
        """Return the amount of a measure, None where it was not measured or is zero."""
        match measure:
            case CostMeasure.CPU:  # that of a shared process has the work of other tables
                return None if self.shared else self.cpu_seconds or None
            case CostMeasure.WALL:
                return self.duration_seconds or None
            case CostMeasure.MEMORY:
                return self.peak_memory or None


@dataclass(frozen=True, slots=True)
class Growth:
    """The factor by which the median of runs is above earlier ones, beyond what rows explain, and its z score."""

    measure: CostMeasure
    factor: float
    z: float
    amount: float
    runs: int
    earlier: int

    @property
    def shown(self) -> bool:
        """True for a factor that is large, that the earlier runs' spread does not explain, and that is worth a word."""
        more, least = self.amount * (1 - 1 / self.factor), FACTOR if self.runs < WEEK else WEEK_FACTOR
        return self.factor >= least and self.z > MAX_Z and more >= LEAST[self.measure]


def judge_stage_cost(stage: str, subject: str, runs: Sequence[StageRun]) -> Finding | None:
    """Return the finding about the newest of a stage's runs, which are in their order; None without a run.

    It is a warning where the newest run, or the median of the newest week of runs, is dearer or slower than the earlier
    ones like it. Its severity is INFO for a single run, which chance explains, and WARNING for a week or for two runs
    in a row.
    """
    if not runs:
        return None
    growths = _growths(runs, 1)
    if not growths:
        return _not_compared(stage, subject, runs)
    grown = [growth for growth in growths if growth.shown]
    like = [run for run in runs[:-1] if run.like(runs[-1])]
    before = {growth.measure for growth in _growths(like, 1) if growth.shown}
    weeks = _growths(runs, WEEK)
    lasting = [*(one for one in grown if one.measure in before), *(one for one in weeks if one.shown)]
    # The largest size of a process is that of its largest stage: it is noted, and never a warning.
    lasting = [one for one in lasting if one.measure is not CostMeasure.MEMORY]
    reported = (lasting or grown or growths)[0]
    since = ", for the second run in a row" if reported in grown and lasting else ""
    what = f"{stage} of {subject}" if reported.runs == 1 else f"The newest {reported.runs} runs of {stage} of {subject}"
    beside = f"{quantity(reported.earlier, 'earlier run')} like it"
    return Finding(
        f"cost.{stage}",
        Status.WARN if grown or lasting else Status.PASS,
        f"{_clause(what, reported, beside)}{since}.",
        Severity.WARNING if lasting else Severity.INFO,
        subject,
        round(reported.factor, 3),
        f"less than {FACTOR:g} times, and less than {WEEK_FACTOR:g} times over {quantity(WEEK, 'run')}",
        {"run": runs[-1].run_id, "rows": runs[-1].rows, "days": runs[-1].days} | _as_json(growths, weeks),
    )


def _not_compared(stage: str, subject: str, runs: Sequence[StageRun]) -> Finding:
    like = sum(runs[-1].like(run) for run in runs[:-1])
    sentence = f"The cost of {stage} is not compared: {quantity(like, 'earlier run')} like it, of {MIN_RUNS}."
    return Finding(
        f"cost.{stage}", Status.WARN, sentence, Severity.INFO, column=subject, expected=quantity(MIN_RUNS, "run")
    )


def judge_version_cost(runs: Sequence[StageRun]) -> Finding | None:
    """Return the finding about the cost of scoring by the newest version beside that of the version before it.

    The result is None without a version before, once the version has more than EARLIER_RUNS runs, and while either has
    fewer than MIN_RUNS runs that are like each other.
    """
    versions = list(dict.fromkeys(run.version for run in reversed(runs) if run.version is not None))
    if len(versions) < 2:
        return None
    now, then = ([run for run in runs if run.version == version] for version in versions[:2])
    if len(now) > EARLIER_RUNS:
        return None
    now = [run for run in now if run.like(now[-1])]
    then = [run for run in then if run.like(now[-1])][-EARLIER_RUNS:]
    if min(len(now), len(then)) < MIN_RUNS:
        return None
    growths = [growth for measure in CostMeasure if (growth := _growth(measure, now, then)) is not None]
    if not growths:
        return None
    reported = next((growth for growth in growths if growth.shown), growths[0])
    clause = _clause(f"Scoring by version {versions[0]}", reported, f"version {versions[1]}")
    status, severity = (Status.WARN, Severity.WARNING) if reported.shown else (Status.PASS, Severity.INFO)
    details = {"version": versions[0], "before": versions[1]} | _as_json(growths)
    expected = f"less than {WEEK_FACTOR:g} times"
    return Finding(VERSION, status, f"{clause}.", severity, None, round(reported.factor, 3), expected, details)


def _growths(runs: Sequence[StageRun], newest: int) -> list[Growth]:
    """Return the growth of the newest runs like the last one by each measure that enough earlier ones have."""
    if not runs:
        return []
    like = [run for run in runs if run.like(runs[-1])]
    now, then = like[-newest:], like[:-newest][-EARLIER_RUNS:]
    growths = [_growth(measure, now, then) for measure in CostMeasure] if len(now) == newest else []
    return [growth for growth in growths if growth is not None]


def _growth(measure: CostMeasure, now: Sequence[StageRun], then: Sequence[StageRun]) -> Growth | None:
    """Return the growth of some runs against earlier ones; None where too few earlier ones were measured so."""
    late, early = ([(x, run.rows) for run in runs if (x := run.amount(measure)) is not None] for runs in (now, then))
    if not late or len(early) < MIN_RUNS:
        return None
    excess = median(median(_excess(one, two) for two in early) for one in late)
    # The error of a median is sqrt(pi / 2) times that of a mean.
    of_late = math.pi / (2 * len(late)) if len(late) > 1 else 1.0
    error = _spread(early) * math.sqrt(of_late + math.pi / (2 * len(early)))
    return Growth(
        measure, math.exp(excess), excess / error, median(amount for amount, _ in late), len(late), len(early)
    )


def _excess(one: tuple[float, int], two: tuple[float, int]) -> float:
    """Return the logarithm of the ratio of two amounts, less what more rows explain."""
    return math.log(one[0] / two[0]) - max(0.0, math.log(one[1] / two[1]))


def _spread(runs: Sequence[tuple[float, int]]) -> float:
    """Return the deviation of the logarithm of the amount, or of the amount per row where that is smaller."""

    def deviation(of: Callable[[float, int], float]) -> float:
        values = [math.log(of(amount, rows)) for amount, rows in runs]
        middle = median(values)
        return 1.4826 * median(abs(value - middle) for value in values)

    return max(MIN_SPREAD, min(deviation(lambda amount, _: amount), deviation(lambda amount, rows: amount / rows)))


def _clause(what: str, growth: Growth, beside: str) -> str:
    amounts = {
        CostMeasure.CPU: f"{growth.amount:,.1f} s of CPU",
        CostMeasure.WALL: f"{growth.amount:,.1f} s by the clock",
        CostMeasure.MEMORY: f"{growth.amount / 1e6:,.0f} MB of memory",
    }
    return f"{what} took {amounts[growth.measure]}, {growth.factor:.2f} times what {beside} took"


def _as_json(*growths: Sequence[Growth]) -> dict[str, Any]:
    return {"growths": [asdict(growth) | {"measure": growth.measure.value} for some in growths for growth in some]}
