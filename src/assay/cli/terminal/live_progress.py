"""The progress of a run as one line: stage m of n, the days, the usual rows per second, and the time left."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date

from assay.cli.terminal.live_line import LIVE
from assay.core.interval import Interval
from assay.core.operations.stage_durations import duration_in_words, expected_time
from assay.core.text import quantity
from assay.errors import AssayError
from assay.stages.operations.run import TABLES_AT_ONCE
from assay.stages.planning.expected_duration import RunHistory
from assay.stages.planning.step import TABLE_STAGES
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.runtime.run_watch import RunWatch, WatchedStep

StepKey = tuple[str, str, date]


class LiveProgress(RunWatch):
    """The state of a run from the events of its steps; `line` is its text at this moment."""

    active = True

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._steps: list[WatchedStep] = []
        self._began: dict[StepKey, float] = {}
        self._ended: set[StepKey] = set()
        self._days: dict[str, tuple[int, int]] = {}

    def planned(self, steps: Sequence[WatchedStep]) -> None:
        """Take all steps of the run; what began or ended before stays so."""
        with self._lock:
            self._steps = list(steps)

    def began(self, stage: str, subject: str, start: date) -> None:
        """Note that a step began now."""
        with self._lock:
            self._began[stage, subject, start] = self._clock()
            self._days.pop(subject, None)

    def day_done(self, subject: str, done: int, of: int) -> None:
        """Note the days of a step that goes day by day."""
        with self._lock:
            self._days[subject] = (done, of)

    def ended(self, stage: str, subject: str, start: date) -> None:
        """Note that a step ended."""
        with self._lock:
            self._ended.add((stage, subject, start))

    def line(self) -> str:
        """Return the progress in words, empty while no step runs."""
        with self._lock:
            running = [key for key in self._began if key not in self._ended]
            if not running:
                return ""
            steps = {step.key: step for step in self._steps}
            total = max(len(self._steps), len(self._began))
            parts = [f"stage {len(self._began)} of {total}: {', '.join(map(_name, running[:3]))}"]
            first = steps.get(running[0])
            elapsed = self._clock() - min(self._began[key] for key in running)
            parts += [*self._day_part(running[0], first), self._time_left(), f"{duration_in_words(elapsed)} so far"]
            if first is not None and first.rows_per_second:
                parts.append(f"usually {first.rows_per_second:,.0f} rows/s")
            return ", ".join(parts)

    def _day_part(self, key: StepKey, step: WatchedStep | None) -> list[str]:
        """Return the day that is read now, or the number of days where a job works on all of them together."""
        done, of = self._days.get(key[1], (0, 0))
        if done < of > 1:
            return [f"day {done + 1} of {of}"]
        return [quantity(step.days, "day")] if step is not None and step.days > 1 else []

    def _time_left(self) -> str:
        """Return the time left in words: tables are worked on beside each other, the other steps one by one."""
        chains: dict[str, list[float | None]] = {}
        others: list[float | None] = []
        for step in self._steps:
            left = self._seconds_left(step)
            (chains.setdefault(step.subject, []) if step.stage in TABLE_STAGES else others).append(left)
        time_left = expected_time(chains.values(), others, TABLES_AT_ONCE)
        if not self._steps or (time_left.unknown and not time_left.seconds):
            return "time left unknown"
        return f"{time_left.sentence} left" if time_left.seconds else "longer than usual"

    def _seconds_left(self, step: WatchedStep) -> float | None:
        if step.key in self._ended:
            return 0.0
        began = self._began.get(step.key)
        if step.seconds is None or began is None:
            return step.seconds
        return max(0.0, step.seconds - (self._clock() - began))


def _name(key: StepKey) -> str:
    return f"{key[0]} {key[1]}"


@contextmanager
def live_progress(ctx: Context) -> Iterator[Context]:
    """Show the progress of the context's steps on a terminal while the block runs; a pipe gets none."""
    if not sys.stderr.isatty():
        yield ctx
        return
    shown = LiveProgress()
    ctx.watch = shown
    with LIVE.showing(shown.line):
        yield ctx


def watched_stages(
    ctx: Context, stage: str, subjects: Sequence[str], interval: Interval, work: Callable[[str], StageOutcome]
) -> Iterator[StageOutcome]:
    """Yield the outcome of a stage for each subject, with the progress shown on a terminal."""
    with live_progress(ctx):
        if ctx.watch.active:
            with suppress(AssayError):  # which the stage itself meets where it acts
                history = RunHistory(ctx)
                ctx.watch.planned([history.watched_step(stage, subject, interval) for subject in subjects])
        for subject in subjects:
            ctx.watch.began(stage, subject, interval.start)
            try:
                outcome = work(subject)
            finally:
                ctx.watch.ended(stage, subject, interval.start)
            yield outcome
