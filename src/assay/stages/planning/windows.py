"""The dates of a training and of the folds that it is judged by: split by time, never by chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from assay.core.evaluation.fold_grid import Fold, blocks_before
from assay.core.evaluation.label_maturity import first_immature
from assay.core.interval import Interval
from assay.spec.schema.pipeline import PipelineSpec
from assay.stages.runtime.context import Context

MIN_HISTORY = 14
"""The fewest days by which a model of all history is trained: each weekday twice."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The window of the models that may serve, up to the newest mature day, and the folds that they are judged by.

    The newest folds judge every contender. The `older` ones judge those that were compared before, and are undecided.
    """

    window: Interval
    folds: tuple[Fold, ...]
    older: tuple[Fold, ...] = ()

    @property
    def newest(self) -> Windows:
        """The windows without the older folds."""
        return replace(self, older=())

    @property
    def all(self) -> Interval:
        """All dates that are read as rows."""
        folds = (*self.older, *self.folds)
        return Interval(min([self.window.start, *(fold.window.start for fold in folds)]), self.window.end)


def windows_for(spec: PipelineSpec, day: date, first: date | None, since: date | None = None) -> Windows:
    """Return the windows of a training on `day`, where history begins on `first` (None: it is not known).

    The window holds mature days up to the training. Folds whose own window would reach before the history are left out.
    Older folds are those that begin on `since` or later.
    """
    end = first_immature(day, spec.label.label_delay)
    newest = blocks_before(end, days=spec.gate.fold, count=spec.gate.folds)
    back = max(0, -(-(newest[0].start - since).days // spec.gate.fold)) if since else 0
    blocks = blocks_before(end, days=spec.gate.fold, count=spec.gate.folds + back)
    windows = [_window(spec, first_immature(block.start, spec.label.label_delay), first) for block in blocks]
    folds = [
        Fold(block, window)
        for block, window in zip(blocks, windows, strict=True)
        if window is not None and (first is None or window.start >= first)
    ]
    window = _window(spec, end, first) or Interval(end - timedelta(days=MIN_HISTORY), end)
    older = [fold for fold in folds if fold.block not in newest]
    return Windows(window, tuple(fold for fold in folds if fold.block in newest), tuple(older))


def first_clean_day(ctx: Context) -> date | None:
    """Return the first date that the table of rows was ever cleaned for; None before any was."""
    return min(ctx.ledger.latest("clean", ctx.pipeline.spec.features.rows), default=None)


def newest_clean_day(ctx: Context) -> date | None:
    """Return the last date that the table of rows was ever cleaned for; None before any was."""
    return max(ctx.ledger.latest("clean", ctx.pipeline.spec.features.rows), default=None)


def _window(spec: PipelineSpec, end: date, first: date | None) -> Interval | None:
    """Return the window that ends on `end`; None where it takes all history and there is too little."""
    if spec.train.window != "all":
        return Interval(end - timedelta(days=spec.train.window), end)
    if first is None or (end - first).days < MIN_HISTORY:
        return None
    return Interval(first, end)
