"""The number of a training's rows that have an outcome, and the refusal of windows in which none has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assay.core.interval import Interval, as_of_instant
from assay.errors import NothingToLearn
from assay.stages.runtime.context import Context


@dataclass(frozen=True, slots=True)
class DayCount:
    """The rows of one day, and how many of them have an outcome that was known when the day of training began."""

    rows: int
    labelled: int


def refuse_without_outcomes(ctx: Context, day: date, window: Interval, counted: Mapping[date, DayCount]) -> None:
    """Check that the window has outcomes to learn from.

    Raises:
        NothingToLearn: It has none. The message names the dates, the label's table, the rows and the instant.
    """
    if not any(count.labelled for at, count in counted.items() if at in window):
        raise _without_outcomes(ctx, day, window, counted)


def _without_outcomes(ctx: Context, day: date, dates: Interval, counted: Mapping[date, DayCount]) -> NothingToLearn:
    spec = ctx.pipeline.spec
    label = spec.label
    rows = sum(count.rows for at, count in counted.items() if at in dates)
    known = as_of_instant(day, spec.as_of, ctx.pipeline.zone)
    return NothingToLearn(
        f"the window {dates} has {rows:,} rows of '{spec.features.rows}', and 0 of them have an outcome in "
        f"'{label.from_}' that was known by {known:%Y-%m-%d %H:%M} UTC, so the label '{label.name}' is empty",
        code="no-labels",
        hint=f"land and clean '{label.from_}' for these dates; check its key, '{ctx.table(label.from_).available_at}' "
        "and the label's SQL; or train on a later date",
    )
