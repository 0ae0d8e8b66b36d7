"""The causes of a fall of the served metric: what it is made of, since when, in which slices, beside which events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.claims import decimals
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import METRICS
from assay.core.interval import Interval
from assay.core.monitoring.attribution.change import Cause, Marks, MetricChange, Part, split_change
from assay.core.monitoring.attribution.expected_values import widest_column
from assay.core.monitoring.attribution.since import changed_since
from assay.core.monitoring.attribution.slice_changes import SliceChange, fallen_slices
from assay.core.monitoring.daily.change_point import ChangePoint
from assay.core.monitoring.served_model import RECENT_DAYS
from assay.core.monitoring.timeline import Event, EventKind
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.text import quantity
from assay.stages.reviews.day_marks import days_of_other_code, incident_days
from assay.stages.reviews.timeline import timeline
from assay.stages.runtime.context import Context

CHECK = "served.causes"
JUDGED = ("served.decline", "served.metric")
NAMED = (EventKind.HELD, EventKind.RELEASED, EventKind.DEFINITION, EventKind.VERSION)
MOST_EVENTS = 20
"""The most events that a finding keeps."""

Days = Mapping[date, OutcomeProfile]

_NAMES = {
    Cause.INCIDENT: "days with an incident",
    Cause.MIX: "the mix of {column} and scores",
    Cause.CODE: "days that are cleaned by another definition",
    Cause.RELATION: "the relation of scores and label",
}


def causes_of_fall(ctx: Context, findings: Sequence[Finding], folds: Days, served: Days) -> list[Finding]:
    """Return the finding about the causes of a fall, where the findings about the metric show or suspect one.

    The newest RECENT_DAYS mature days are compared with the folds by which the version was promoted. The first day of
    the fall is looked for among all its mature days.
    """
    judged = [one for one in findings if one.check in JUDGED and one.severity is not Severity.INFO]
    recent = dict(sorted(served.items())[-RECENT_DAYS:])
    if all(one.status is Status.PASS for one in judged) or not recent or not folds:
        return []
    gate = ctx.pipeline.spec.gate
    metric, columns = METRICS[gate.metric], tuple(gate.slices)
    marks = Marks(incident_days(ctx, recent), days_of_other_code(ctx, recent, min(recent)))
    column = widest_column(metric, folds, recent, columns)
    change = split_change(metric, folds, recent, marks, column=column)
    if isinstance(change, Insufficient):
        sentence = f"The change of the {metric.title} cannot be split: {change.reason}."
        return [Finding(CHECK, Status.WARN, sentence, Severity.INFO, expected="days and labels enough")]
    slices = fallen_slices(metric, folds, recent, columns=columns, min_rows=gate.min_slice_rows)
    since = _narrow(changed_since(metric, folds, served), len(served))
    events = timeline(ctx, Interval(min(served), max(served) + timedelta(days=1)))
    near = _near([event for event in events if event.kind in NAMED and not _began(event, served)], since)
    sentence = _sentence(change, slices, since, near, decimals(gate.margin))
    other_code = bool(days_of_other_code(ctx, [min(recent)], max(folds)))
    if other_code:
        sentence += (
            " All these days are cleaned by another definition than those of the folds: that may be a part of it."
        )
    details = _details(change, slices, since, near) | {"other_code_than_folds": other_code}
    return [Finding(CHECK, Status.WARN, sentence, Severity.INFO, observed=change.gain, details=details)]


def _began(event: Event, served: Days) -> bool:
    """Return whether an event is only that the version began to serve."""
    return event.kind is EventKind.VERSION and event.day == min(served)


def _narrow(since: ChangePoint | None, days: int) -> ChangePoint | None:
    """Return a change-point that leaves out more than half of the served days; None for one that shows nothing."""
    return since if since is not None and (since.latest - since.earliest).days < days / 2 else None


def _near(events: Sequence[Event], since: ChangePoint | None) -> list[Event]:
    """Return the events on the days on which the change may have begun."""
    return [event for event in events if since is None or since.earliest <= event.day <= since.latest]


def _sentence(
    change: MetricChange, slices: Sequence[SliceChange], since: ChangePoint | None, near: Sequence[Event], places: int
) -> str:
    parts = sorted((part for part in change.parts if part.shown), key=lambda part: part.gain)
    of = "; ".join(_part_clause(part, change, places) for part in parts) or "no part is shown"
    rest = "; the rest is not shown" if parts and len(parts) < len(change.parts) else ""
    sentence = f"Of the change of {change.gain:+,.{places}f}: {of}{rest}."
    if since is not None:
        between = f" (between {since.earliest} and {since.latest})" if since.earliest < since.latest else ""
        sentence += f" It began about {since.day}{between}."
    if slices:
        worst = slices[0]
        more = f", and in {quantity(len(slices) - 1, 'more slice')}" if len(slices) > 1 else ""
        sentence += f" It is shown in {worst.column} = {worst.value} ({worst.gain:+,.{places}f}){more}."
    if near:
        more = f" ({quantity(len(near) - 1, 'more event')} on these days)" if len(near) > 1 else ""
        sentence += f" On these days: {near[0].sentence}{more}"
    return sentence


def _part_clause(part: Part, change: MetricChange, places: int) -> str:
    name = (
        _NAMES[part.cause].format(column=change.slice)
        if change.slice
        else _NAMES[part.cause].replace("{column} and ", "")
    )
    number = f"{part.days} " if part.cause in (Cause.INCIDENT, Cause.CODE) else ""
    bounds = f"between {part.low:+,.{places}f} and {part.high:+,.{places}f}"
    return f"{part.gain:+,.{places}f} ({bounds}) by {number}{name}"


def _details(
    change: MetricChange, slices: Sequence[SliceChange], since: ChangePoint | None, near: Sequence[Event]
) -> dict[str, Any]:
    return {
        "then": change.then,
        "now": change.now,
        "slice": change.slice,
        "parts": [asdict(part) | {"cause": part.cause.value, "shown": part.shown} for part in change.parts],
        "slices": [asdict(one) for one in slices],
        "since": {name: str(day) for name, day in asdict(since).items()} if since else None,
        "events": [
            {"day": str(one.day), "kind": one.kind.value, "sentence": one.sentence} for one in near[:MOST_EVENTS]
        ],
        "more_events": max(0, len(near) - MOST_EVENTS),
    }
