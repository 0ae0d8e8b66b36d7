"""The daily statistics of the features and scores of the version that served last, those first that moved most."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from operator import attrgetter

import numpy as np

from assay.core.check import Status
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.daily.series import DailySeries, StatisticKind
from assay.errors import AssayError
from assay.report.content.series import SmallSeries
from assay.stages.monitoring.drift import daily_drift
from assay.stages.runtime.context import Context
from assay.stages.runtime.monitorings import monitorings
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import RunRecord

USUAL = (5.0, 95.0)
"""The percentiles of the training's days between which a day is usual."""


def drift_series(ctx: Context, version: ModelVersion | None, end: date) -> tuple[SmallSeries, ...]:
    """Return the statistics of the days that a version served before `end`, those first that moved most.

    They are kept from night to night: without them, or where the Profiles are gone, there is none to show.
    """
    if version is None:
        return ()
    try:
        daily = daily_drift(ctx, version, end)
    except AssayError:
        return ()
    first = daily.first_served
    if first is None:
        return ()
    alarms = _alarms(ctx)
    shown = [_small(series, first, alarms[_key(series)]) for series in daily.series if series.days[-1:] >= (first,)]
    return tuple(sorted(shown, key=lambda one: (-len(one.alarms), -_moved(one), one.column, one.statistic)))


Key = tuple[str, str, str]


def _alarms(ctx: Context) -> dict[Key, list[date]]:
    """Return the days on which each statistic had an alarm, by column, statistic and category.

    The findings name the day. Where they are no longer kept it is the last day of the monitoring.
    """
    days: dict[Key, list[date]] = defaultdict(list)
    for record in sorted(monitorings(ctx), key=attrgetter("end")):
        details = record.details
        drifted = details.drifted if isinstance(details, MonitoringDetails) else ()
        named = _named_days(ctx, record) if drifted else {}
        for alarm in drifted:
            key = alarm.column, alarm.statistic, alarm.category
            days[key].append(named.get((alarm.check, *key), record.end - timedelta(days=1)))
    return days


def _named_days(ctx: Context, record: RunRecord) -> dict[tuple[str, str, str, str], date]:
    """Return the days that the findings of a monitoring name, by check, column, statistic and category."""
    verdict = ctx.runs.find(record.run_id, VERDICT)
    return {
        (one.check, str(one.column), one.details["statistic"], one.details["category"]): date.fromisoformat(
            one.details["day"]
        )
        for one in (verdict.findings if verdict is not None else ())
        if one.status is Status.WARN and {"day", "statistic", "category"} <= set(one.details)
    }


def _key(series: DailySeries) -> Key:
    return series.name.column, series.name.kind.value, series.name.category


def _small(series: DailySeries, first: date, alarms: list[date]) -> SmallSeries:
    begin = series.before(first)
    trained = series.effects[:begin]
    usual = None
    if len(trained) > 1:
        low, high = np.percentile(trained, USUAL)
        usual = (float(low), float(high))
    name = series.name
    statistic = f"share of {name.category}" if name.kind is StatisticKind.CATEGORY else name.kind.value
    days = series.days[begin:]
    own = tuple(sorted(set(alarms).intersection(days)))
    return SmallSeries(name.column, statistic, days, tuple(map(float, series.effects[begin:])), usual, own)


def _moved(series: SmallSeries) -> float:
    """Return how far the newest days are from the training's usual range, in widths of that range."""
    if series.usual is None or not series.values:
        return 0.0
    low, high = series.usual
    newest = sorted(series.values[-14:])[len(series.values[-14:]) // 2]
    return abs(newest - (low + high) / 2) / ((high - low) or 1.0)
