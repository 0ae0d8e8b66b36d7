"""The findings about drift: one for each statistic of an alarm or a digest, and one for what is not judged."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta

from assay.core.check import Finding, Severity, Status
from assay.core.interval import Interval
from assay.core.monitoring.daily.change_point import ChangePoint
from assay.core.monitoring.daily.history import MIN_DAYS
from assay.core.monitoring.daily.judge import WEEK, Crossing, Departure, DriftJudgement, Meaning
from assay.core.monitoring.daily.series import StatisticKind, StatisticName
from assay.core.text import quantity

JUMP, LEVEL = "drift.jump", "drift.level"
DRIFT_CHECKS = (JUMP, LEVEL)
"""The checks of a statistic that drifted: as an alarm of its day, or in the weekly digest."""

NAMED = 3
"""The number of statistics that a sentence names."""

_SUBJECTS = {
    StatisticKind.MEAN: "its mean",
    StatisticKind.SPREAD: "its spread",
    StatisticKind.NULLS: "the share of its missing values",
    StatisticKind.UNSEEN: "the share of values that its training has not seen",
}
_MEANINGS = {
    Meaning.INCIDENT: "It began with a jump and stays: look for an incident before a training takes it for normal.",
    Meaning.SLOW: "It moves slowly: season or drift, which one year cannot distinguish.",
}


def drift_findings(
    judgement: DriftJudgement, interval: Interval, since: Callable[[StatisticName], ChangePoint]
) -> list[Finding]:
    """Return the findings of the alarms and digests whose day is in the interval.

    Without any, one finding passes and has the number of statistics that were judged. `since` returns the change-point
    of a statistic.
    """
    alarms = [alarm for alarm in judgement.alarms if alarm.day in interval]
    jumps = [_jump(crossing, judgement.meaning(crossing)) for alarm in alarms for crossing in alarm.crossings]
    reported = [one for one in judgement.departures if one.digest is not None and one.digest in interval]
    levels = [_level(one, since(one.name)) for one in reported]
    loud = [*jumps, *levels]
    return [*(loud or [_quiet(judgement, interval)]), *_unjudged(judgement)]


def _quiet(judgement: DriftJudgement, interval: Interval) -> Finding:
    """Return the finding of an interval without an alarm; it counts the statistics that crossed again."""
    again = {crossing.name for crossing in judgement.crossings if crossing.day in interval}
    sentence = f"No new alarm among {quantity(judgement.statistics, 'daily statistic')} on {interval}."
    if again:
        sentence += f" {quantity(len(again), 'statistic')} crossed again after an alarm of the week before."
    details = {"again": sorted({name.column for name in again})}
    return Finding(JUMP, Status.PASS, sentence, Severity.WARNING, observed=0, expected="no new alarm", details=details)


def _jump(crossing: Crossing, meaning: Meaning) -> Finding:
    last, since = crossing.day, crossing.since
    days = f"on {last}" if since == last else f"on the {crossing.window} days from {since} to {last}"
    sentence = f"{crossing.name.column}: {_moved(crossing.name, crossing.move)} the days before {days}."
    return Finding(
        JUMP,
        Status.WARN,
        sentence,
        Severity.WARNING,
        crossing.name.column,
        observed=crossing.move,
        expected=f"a move below {crossing.name.kind.floor:g}, or one that days without a change show too",
        details={
            "statistic": crossing.name.kind,
            "category": crossing.name.category,
            "day": str(last),
            "since": str(since),
            "score": crossing.score,
            "meaning": meaning,
        },
    )


def _level(departure: Departure, since: ChangePoint) -> Finding:
    wide = since.latest - since.earliest > timedelta(days=WEEK)
    when = f"some day from {since.earliest} to {since.latest}" if wide else str(since.day)
    sentence = f"{departure.name.column}: {_moved(departure.name, departure.move)} its training, since {when}."
    return Finding(
        LEVEL,
        Status.WARN,
        f"{sentence} {_MEANINGS[departure.meaning]}",
        Severity.WARNING,
        departure.name.column,
        observed=departure.move,
        expected=f"a move below {departure.name.kind.floor:g} from its training",
        details={
            "statistic": departure.name.kind,
            "category": departure.name.category,
            "since": str(since.day),
            "earliest": str(since.earliest),
            "latest": str(since.latest),
            "digest": str(departure.digest),
            "meaning": departure.meaning,
        },
    )


def _moved(name: StatisticName, move: float) -> str:
    """Return how far a statistic moved, up to the word that what it is compared with follows."""
    if name.kind is StatisticKind.SPREAD:
        return f"{_SUBJECTS[name.kind]} is {math.exp(move):.2f} times that of"
    subject = f"the share of '{name.category}'" if name.kind is StatisticKind.CATEGORY else _SUBJECTS[name.kind]
    side = "above" if move > 0 else "below"
    if name.kind is StatisticKind.MEAN:
        return f"{subject} is {abs(move):.2f} row deviations {side} that of"
    return f"{subject} is {100 * abs(move):.1f} points {side} that of"


def _unjudged(judgement: DriftJudgement) -> list[Finding]:
    """Return one finding on the statistics that cannot be compared with their training; it warns if that is all."""
    listed = sorted(judgement.unjudged, key=lambda one: (-abs(one.outside), one.name))
    if not listed:
        return []
    short = [one for one in listed if one.days < MIN_DAYS]
    close, outside = len(listed) - len(short), [one for one in listed if one.outside]
    parts = []
    if short:
        parts.append(f"{quantity(len(short), 'statistic')} with fewer than {MIN_DAYS} days of training")
    if close:
        parts.append(f"{quantity(close, 'statistic')} whose days follow each other too closely")
    sentence = f"Not compared with the training: {' and '.join(parts)}."
    if outside:
        named = ", ".join(f"{one.name.column} ({one.outside:+.1f} row deviations)" for one in outside[:NAMED])
        sentence += f" Outside of the range of the training's days now: {named}."
    warns = bool(outside) or len(listed) == judgement.statistics
    return [
        Finding(
            "drift.unjudged",
            Status.WARN if warns else Status.PASS,
            sentence,
            Severity.INFO,
            observed=len(listed),
            expected=f"{MIN_DAYS} days of training that are worth 10 independent ones",
            details={"outside": {one.name.column: one.outside for one in outside}, "short": len(short)},
        )
    ]
