"""The expected duration of a stage, from the durations of its earlier runs."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

NEWEST_RUNS = 20
"""The number of past runs that an estimate uses: older ones had other code and other machines."""


@dataclass(frozen=True, slots=True)
class TimedRun:
    """A past run of a stage: the days that it worked on, 1 or more, its seconds, and its rows if it worked on any."""

    days: int
    seconds: float
    rows: int | None = None


def expected_seconds(runs: Sequence[TimedRun], days: int) -> float | None:
    """Return the seconds that a run of `days` days probably takes; None without a past run, 0 for no days.

    A run has a fixed part, such as the planning of Spark's jobs, and a part per day. Where past runs had different
    numbers of days, both parts are the Theil-Sen line through the newest NEWEST_RUNS runs (Sen 1968, doi
    10.1080/01621459.1968.10480934). A line that falls is replaced by the median. The median of the seconds per day
    counts where all runs had as many days, and where the line would begin below 0.

    >>> expected_seconds([TimedRun(1, 11.0), TimedRun(1, 13.0), TimedRun(10, 30.0)], 4)
    18.0
    >>> expected_seconds([TimedRun(1, 11.0)], 4), expected_seconds([], 4)
    (44.0, None)
    """
    if days == 0:
        return 0.0
    newest = runs[-NEWEST_RUNS:]
    if not newest:
        return None
    slopes = [
        (one.seconds - other.seconds) / (one.days - other.days)
        for one, other in combinations(newest, 2)
        if one.days != other.days
    ]
    if slopes:
        per_day = max(0.0, median(slopes))
        fixed = median(run.seconds - per_day * run.days for run in newest)
        if fixed >= 0:
            return fixed + per_day * days
    return median(run.seconds / run.days for run in newest) * days


def usual_rows_per_second(runs: Iterable[TimedRun]) -> float | None:
    """Return the median of the rows per second of the newest runs; None where none worked on rows.

    >>> usual_rows_per_second([TimedRun(1, 2.0, 100), TimedRun(1, 1.0, 100), TimedRun(1, 1.0)])
    75.0
    """
    rates = [run.rows / run.seconds for run in runs if run.rows and run.seconds > 0]
    return median(rates[-NEWEST_RUNS:]) if rates else None


@dataclass(frozen=True, slots=True)
class ExpectedTime:
    """The expected seconds of several steps; `unknown` steps have no past run, and count 0 s.

    >>> ExpectedTime(90.0).sentence, ExpectedTime(90.0, 2).sentence, ExpectedTime(0.0, 1).sentence
    ('about 1.5 min', 'at least 1.5 min', 'unknown')
    """

    seconds: float
    unknown: int = 0

    @property
    def sentence(self) -> str:
        """The time in words."""
        if self.unknown and not self.seconds:
            return "unknown"
        return f"{'at least' if self.unknown else 'about'} {duration_in_words(self.seconds)}"


def expected_time(chains: Iterable[Sequence[float | None]], rest: Iterable[float | None], at_once: int) -> ExpectedTime:
    """Return the time for chains of steps, `at_once` of them beside each other as they start, and for the rest after.

    >>> expected_time([[1.0, 2.0], [2.0], [5.0]], [0.5], at_once=2)
    ExpectedTime(seconds=7.5, unknown=0)
    """
    ends, unknown = [0.0] * at_once, 0
    for chain in chains:
        unknown += sum(step is None for step in chain)
        heapq.heapreplace(ends, ends[0] + sum(step or 0.0 for step in chain))
    after = list(rest)
    return ExpectedTime(max(ends) + sum(step or 0.0 for step in after), unknown + sum(step is None for step in after))


def duration_in_words(seconds: float | None) -> str:
    """Return a duration as people write it in a plan; "unknown" for None.

    >>> [duration_in_words(seconds) for seconds in (None, 0.0, 0.4, 12.0, 59.9, 90.0, 3000.0, 7500.0)]
    ['unknown', '0 s', '0.4 s', '12 s', '1 min', '1.5 min', '50 min', '2 h 5 min']
    """
    if seconds is None:
        return "unknown"
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    minutes = seconds / 60
    if minutes < 9.95:
        return f"{minutes:.1f}".removesuffix(".0") + " min"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"
