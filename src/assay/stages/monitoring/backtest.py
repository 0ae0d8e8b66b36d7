"""monitor --backtest: the alarms that days of the past would have raised, by several settings; no JVM."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.daily.backtest import SETTINGS, Replayed, propose, replayed
from assay.core.monitoring.daily.judge import Crossing, Departure
from assay.core.monitoring.daily.series import StatisticName
from assay.core.text import quantity
from assay.errors import InputError
from assay.stages.monitoring.drift import DailyDrift, daily_drift
from assay.stages.monitoring.monitor import scored_days
from assay.stages.runtime.context import Context


@dataclass(frozen=True, slots=True)
class Backtest:
    """The days of an interval that versions served, and what each setting would have raised on them."""

    pipeline: str
    interval: Interval
    versions: tuple[ModelVersion, ...]
    promised: float
    settings: tuple[Replayed, ...]
    statistics: int

    @property
    def own(self) -> Replayed:
        """The pipeline's own setting."""
        return next(one for one in self.settings if one.false_alarms == self.promised)

    @property
    def proposed(self) -> Replayed | None:
        """The largest setting that would have kept the promise."""
        return propose(self.settings, self.promised)


def backtest(ctx: Context, interval: Interval) -> Backtest:
    """Return what the monitor would have raised over an interval, each day judged by the days before it.

    Raises:
        InputError: No day of the interval was scored, or none has a history that is long enough.
    """
    promised = float(ctx.pipeline.spec.monitor.max_false_alarms_per_month)
    versions = tuple(sorted({scored.version for scored in scored_days(ctx, interval).values()}))
    drifts = [daily_drift(ctx, version, interval.end) for version in versions]
    days = [day for drift in drifts for day in drift.judged_days if day in interval]
    if not days:
        raise InputError(
            f"no day of {interval} can be judged: {_why(drifts)}",
            code="no-history",
            hint="choose days that were scored; a training keeps the days that a version is compared with",
        )
    settings = []
    for false_alarms in sorted({*SETTINGS, promised}):
        judgements = [judged for drift in drifts if (judged := drift.judged(false_alarms))]
        settings.append(replayed(judgements, days, false_alarms))
    statistics = max(len(drift.series) for drift in drifts)
    return Backtest(ctx.pipeline.name, interval, versions, promised, tuple(settings), statistics)


def _why(drifts: list[DailyDrift]) -> str:
    if not drifts:
        return "none was scored"
    return f"a version has at most {quantity(max(drift.history for drift in drifts), 'day')} of history"


def backtest_document(one: Backtest) -> dict[str, Any]:
    """Return the backtest as plain JSON types."""
    return {
        "pipeline": one.pipeline,
        "from": str(one.interval.start),
        "to": str(one.interval.end),
        "versions": list(one.versions),
        "statistics": one.statistics,
        "promised": one.promised,
        "proposed": one.proposed.false_alarms if one.proposed else None,
        "settings": [
            {
                "max_false_alarms_per_month": setting.false_alarms,
                "judged_days": setting.judged_days,
                "alarms": len(setting.alarms),
                "digests": setting.digests,
                "per_month": setting.per_month,
            }
            for setting in one.settings
        ],
        "alarms": [
            {"day": str(alarm.day), "statistics": [_crossing(crossing) for crossing in alarm.crossings]}
            for alarm in one.own.alarms
        ],
        "departures": [_departure(departure) for departure in one.own.departures],
    }


def _statistic(name: StatisticName) -> dict[str, str]:
    return {"column": name.column, "statistic": name.kind.value, "category": name.category}


def _crossing(crossing: Crossing) -> dict[str, Any]:
    days = {"since": str(crossing.since), "days": crossing.window}
    return {**_statistic(crossing.name), "move": crossing.move, "score": crossing.score, **days}


def _departure(away: Departure) -> dict[str, Any]:
    when = {"crossed": str(away.crossed), "digest": str(away.digest), "since": str(away.since)}
    return {**_statistic(away.name), **when, "move": away.move, "meaning": away.meaning.value}


def backtest_lines(one: Backtest) -> Iterator[str]:
    """Yield the backtest as lines for a terminal."""
    served = ", ".join(map(str, one.versions))
    days, versions = quantity(one.own.judged_days, "judged day"), "version" if len(one.versions) == 1 else "versions"
    yield f"{one.pipeline} {one.interval}: {days} of {versions} {served}, {quantity(one.statistics, 'statistic')}"
    yield "  max_false_alarms_per_month  alarms  digests  both a month"
    for setting in one.settings:
        mark = "  <- now" if setting.false_alarms == one.promised else ""
        row = f"{setting.false_alarms:>28g}  {len(setting.alarms):>6}  {setting.digests:>7}"
        yield f"{row}  {setting.per_month:>12.2f}{mark}"
    for alarm in one.own.alarms:
        named = ", ".join(
            _named(crossing.name.column, crossing.name.kind, crossing.move) for crossing in alarm.crossings
        )
        yield f"  {alarm.day}  {named}"
    for away in one.own.departures:
        moved = _named(away.name.column, away.name.kind, away.move)
        yield f"  {away.digest}  digest: {moved}, since {away.since} ({away.meaning})"
    yield f"  {_proposal(one)}"


def _named(column: str, kind: str, move: float) -> str:
    return f"{column} {kind} {move:+.3g}"


def _proposal(one: Backtest) -> str:
    promise = f"at most {one.promised:g} a month"
    if one.own.per_month <= one.promised:
        return f"The setting kept its promise of {promise} on these days, real changes included."
    if one.proposed is None:
        return f"No setting keeps {promise} on these days: look at what the alarms name before anything else."
    return (
        f"max_false_alarms_per_month: {one.proposed.false_alarms:g} would have kept {promise}, real changes included; "
        "look at what the alarms name first."
    )
