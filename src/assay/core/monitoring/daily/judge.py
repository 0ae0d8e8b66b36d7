"""The judgement of all daily statistics of a version: its alarms, what each of them means, and what is not judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from assay.core.monitoring.daily.judged_days import JumpJudge, Proven
from assay.core.monitoring.daily.jump import Jump
from assay.core.monitoring.daily.level import LevelCrossing, NotJudged, find_departure
from assay.core.monitoring.daily.series import DailySeries, StatisticKind, StatisticName

ONE_ALARM_DAYS = 7
"""A statistic that crossed within so many days before is part of that alarm, and raises no other one."""

WEEK = 7
"""The days of service after which LEVEL reports, in a digest."""

DIGEST_DAYS = 28
"""The least number of days between two digests: a season moves many statistics, week after week."""

OUTSIDE_FLOOR = 0.5
"""The least distance of the newest days from the range of the training's days that is listed, in row deviations."""

NEWEST_DAYS = 28


class Meaning(StrEnum):
    """The meaning of what the two rules show together."""

    BAD_DAYS = "bad-days"
    """A day or a few that are unlike the recent past; nothing shows so far that they stay."""

    INCIDENT = "incident"
    """A jump that stays: the statistic is also away from its training."""

    SLOW = "slow"
    """Away from the training without a jump: season or drift, which one year cannot distinguish."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A statistic that crossed on a day: how far it moved in the unit of its floor, and its score.

    The newest `window` days show it; the first of them is `since`.
    """

    name: StatisticName
    day: date
    since: date
    window: int
    move: float
    score: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """The statistics that crossed on one day and had not in the week before, largest score first."""

    day: date
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True, slots=True)
class Departure:
    """A statistic that departed from its training: when it crossed, in which digest it is, and since when.

    A digest comes on the first served day at the end of a week of service or later. It comes at least DIGEST_DAYS after
    the one before, and is None where it has not come.
    """

    name: StatisticName
    crossed: date
    digest: date | None
    since: date
    move: float
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A statistic that cannot be compared with its training, which has so many days, worth so many independent ones.

    `outside` is how far its newest days lie beyond the range of the training's days, in the unit of its floor; 0 if
    they do not.
    """

    name: StatisticName
    days: int
    independent_days: float
    outside: float


@dataclass(frozen=True, slots=True)
class DriftJudgement:
    """All that the two rules show of the served days of a version, in order of the days.

    The crossings are all those of JUMP, also of statistics that raised an alarm a few days before. What JUMP has shown
    for good is in `proven`: with it the next judgement looks only at the newest days.
    """

    statistics: int
    alarms: tuple[Alarm, ...]
    crossings: tuple[Crossing, ...]
    departures: tuple[Departure, ...]
    unjudged: tuple[Unjudged, ...]
    proven: Mapping[StatisticName, Proven] = field(default_factory=dict)

    def meaning(self, crossing: Crossing) -> Meaning:
        """Return what a jump means by all days: it is an incident if the statistic departed from that day on."""
        stays = any(one.name == crossing.name and _began(one, crossing.day) for one in self.departures)
        return Meaning.INCIDENT if stays else Meaning.BAD_DAYS

    @property
    def digests(self) -> tuple[date, ...]:
        """The days whose weekly digest has a statistic that it did not have before."""
        return tuple(sorted({one.digest for one in self.departures if one.digest}))


def judge_daily(
    series: Sequence[DailySeries],
    first_served: date,
    *,
    false_alarms: float,
    proven: Mapping[StatisticName, Proven] | None = None,
) -> DriftJudgement:
    """Return the judgement of the days from `first_served` on, each as it was judged when it was the newest.

    `false_alarms` is the number a month that both rules together may raise over all statistics: half for each. What an
    earlier judgement has `proven` makes this one cheaper, and changes nothing of it.
    """
    budget, crossings = false_alarms / 2, list[Crossing]()
    rule, for_good = JumpJudge(len(series), budget, proven or {}), dict[StatisticName, Proven]()
    served = sorted({day for days in {one.days for one in series} for day in days if day >= first_served})
    away: list[tuple[DailySeries, LevelCrossing]] = []
    unjudged: list[Unjudged] = []
    for one in series:
        first = one.before(first_served)
        jumps, shown = rule.judge(one, first)
        for_good.update({one.name: shown} if shown else {})
        crossings += [_crossing(one, jump) for jump in jumps]
        level = find_departure(one, first, statistics=len(series), budget=budget)
        if isinstance(level, NotJudged):
            unjudged.append(Unjudged(one.name, level.days, level.independent_days, _outside(one, first)))
        elif level is not None:
            away.append((one, level))
    crossings.sort(key=lambda one: (one.day, -abs(one.score), one.name))
    departures = sorted((_departure(*one, crossings) for one in away), key=lambda one: (one.crossed, one.name))
    reported = tuple(_with_digests(departures, served))
    return DriftJudgement(len(series), _alarms(crossings), tuple(crossings), reported, tuple(unjudged), for_good)


def _crossing(series: DailySeries, jump: Jump) -> Crossing:
    since = series.days[jump.day - jump.window + 1]
    return Crossing(series.name, series.days[jump.day], since, jump.window, jump.move, jump.score)


def _alarms(crossings: Sequence[Crossing]) -> tuple[Alarm, ...]:
    """Return the alarms of crossings in order: of each day the statistics that had not crossed a few days before."""
    last: dict[StatisticName, date] = {}
    by_day: dict[date, list[Crossing]] = {}
    for crossing in crossings:
        before = last.get(crossing.name)
        if before is None or crossing.day - before > timedelta(days=ONE_ALARM_DAYS):
            by_day.setdefault(crossing.day, []).append(crossing)
        last[crossing.name] = crossing.day
    return tuple(Alarm(day, tuple(of_day)) for day, of_day in by_day.items())


def _departure(series: DailySeries, level: LevelCrossing, crossings: Sequence[Crossing]) -> Departure:
    """Return a departure whose digest is still open."""
    crossed, since = series.days[level.day], series.days[level.since]
    slow = Departure(series.name, crossed, None, since, level.move, Meaning.SLOW)
    jumped = any(one.name == series.name and _began(slow, one.day) for one in crossings)
    return replace(slow, meaning=Meaning.INCIDENT) if jumped else slow


def _with_digests(departures: Sequence[Departure], served: Sequence[date]) -> Iterator[Departure]:
    """Yield the departures, which are in order of their crossing, each with its digest."""
    last: date | None = None
    for one in departures:
        digest = last
        if last is None or one.crossed > last:
            earliest = one.crossed if last is None else max(one.crossed, last + timedelta(days=DIGEST_DAYS))
            weeks = (earliest - served[0]).days // WEEK + 1
            end = served[0] + timedelta(days=WEEK * weeks - 1)
            digest = next((day for day in served if day >= end), None)
        yield replace(one, digest=digest)
        last = digest or last


def _began(departure: Departure, day: date) -> bool:
    """Return whether a departure may have begun with a jump on that day."""
    return departure.since - timedelta(days=WEEK) <= day <= departure.crossed


def _outside(series: DailySeries, first: int) -> float:
    """Return how far the mean of the newest served days lies beyond the training's range; 0 below OUTSIDE_FLOOR."""
    training, served = series.effects[:first], series.effects[first:][-NEWEST_DAYS:]
    if series.name.kind is not StatisticKind.MEAN or not len(training) or not len(served):
        return 0.0
    newest = float(served.mean())
    beyond = newest - min(max(newest, float(training.min())), float(training.max()))
    return beyond if abs(beyond) >= OUTSIDE_FLOOR else 0.0
