"""The metric, the loss and the KPIs of the served scores over time, by week of service, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assay.core.evaluation.constant_baseline import LOSSES
from assay.core.evaluation.metrics import METRICS
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.service.kpi import ROWS
from assay.core.monitoring.timeline import EventKind
from assay.core.profiles.outcome_profile import Scored, merge_scores
from assay.report.content.series import Mark, SeriesStep, StepSeries
from assay.stages.monitoring.served_history import ServedPeriod, Service, months_of_service, weeks_of_service
from assay.stages.promotion.championship import made_champion_by, version_starts
from assay.stages.reporting.series.steps import Reach, reach_of, step_of
from assay.stages.reviews.timeline import timeline
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind

MARKED = frozenset({EventKind.HELD, EventKind.RELEASED, EventKind.VERSION, EventKind.DRIFT})


@dataclass(frozen=True, slots=True)
class MonthOfService:
    """A month and version: the metric, and the loss beside the constants of the training and of the month itself."""

    month: str
    version: ModelVersion
    days: int
    rows: int
    value: float | None
    few: bool
    mean: float | None
    loss: float | None
    training_constant_loss: float | None
    own_constant_loss: float | None


Weeks = Sequence[ServedPeriod]
"""The weeks of service of all versions."""


def weeks_of(service: Service) -> Weeks:
    """Return the weeks of service of all versions, version by version."""
    return [week for runs in weeks_of_service(service).values() for run in runs for week in run]


def metric_series(ctx: Context, service: Service, weeks: Weeks) -> StepSeries:
    """Return the gate's metric by week of service, with the events of the same days."""
    metric = service.metric
    reach = reach_of(metric.prepare, metric.function)
    steps = [_step(week, _outcomes(service, week), week.value, reach) for week in weeks]
    limit = ctx.pipeline.spec.gate.limit
    return StepSeries(
        f"{metric.title} of the served scores by week",
        metric.title,
        tuple(step for step in steps if step is not None),
        marks_of(ctx, service),
        {} if limit is None else {"limit": limit},
    )


def loss_series(ctx: Context, service: Service, weeks: Weeks) -> StepSeries:
    """Return the loss minus that of the training's constant by week of service: above 0 the constant was better.

    The weeks of a version whose training's constant is not known have no step.
    """
    title = METRICS[LOSSES[ctx.pipeline.spec.label.task]].title
    steps = [
        _step(week, _outcomes(service, week), -week.beside.gain, None)
        for week in weeks
        if week.beside is not None and week.beside.training is not None
    ]
    known = tuple(step for step in steps if step is not None)
    return StepSeries(f"{title} minus that of the training's constant, by week", title, known, (), {"even": 0.0})


def kpi_series(ctx: Context, service: Service, weeks: Weeks) -> tuple[StepSeries, ...]:
    """Return each KPI per 1,000 labelled rows by week of service, with its limits."""
    series = []
    for name, kpi in ctx.pipeline.spec.monitor.kpis.items():
        steps = [_kpi_step(service, week, name) for week in weeks]
        limits = {"least": kpi.at_least, "most": kpi.at_most}
        levels = {side: limit for side, limit in limits.items() if limit is not None}
        known = tuple(step for step in steps if step is not None)
        series.append(StepSeries(f"{name} per 1,000 rows", name, known, (), levels))
    return tuple(series)


def months(service: Service) -> tuple[MonthOfService, ...]:
    """Return a row for each month and version, the newest first."""
    return tuple(_month(period) for period in reversed(months_of_service(service)))


def marks_of(ctx: Context, service: Service) -> tuple[Mark, ...]:
    """Return the events of the served days: held and released days, drift, and changes of the version."""
    if not service.served:
        return ()
    days = Interval(min(service.served), date.fromordinal(max(service.served).toordinal() + 1))
    back = _taken_back(ctx)
    marks = []
    for event in timeline(ctx, days):
        if event.kind in MARKED:
            is_rollback = event.kind is EventKind.VERSION and event.day in back
            marks.append(Mark(event.day, "rollback" if is_rollback else event.kind.value, event.sentence))
    return tuple(marks)


def _taken_back(ctx: Context) -> set[date]:
    """Return the days from which on a version served that a rollback had made the champion."""
    history = ctx.promotions.history()
    acts = {start.day: made_champion_by(history, start) for start in version_starts(ctx)}
    return {day for day, act in acts.items() if act is not None and act.kind is PromotionKind.ROLLBACK}


def _outcomes(service: Service, week: ServedPeriod) -> list[Scored]:
    return [service.outcomes[week.version][day].overall for day in week.days]


def _step(
    week: ServedPeriod, outcomes: Sequence[Scored], value: float | None, reach: Reach | None
) -> SeriesStep | None:
    """Return a week's value with its interval; None without a finite value."""
    days = week.days[0], week.days[-1]
    return step_of(f"version {week.version}", days, outcomes, value, reach, few=week.few)


def _kpi_step(service: Service, week: ServedPeriod, name: str) -> SeriesStep | None:
    """Return the KPI of the days of a week that measured it."""

    def rate(state: Scored) -> float | None:
        return float(ROWS * state.sums[name] / state.rows) if state.rows and name in state.sums else None

    known = [one for one in _outcomes(service, week) if one.rows and name in one.sums]
    return _step(week, known, rate(merge_scores(known)), reach_of(lambda state: state, rate)) if known else None


def _month(period: ServedPeriod) -> MonthOfService:
    beside = period.beside
    parts = (None, None, None, None) if beside is None else (beside.mean, beside.loss, beside.training, beside.own)
    first = period.days[0]
    return MonthOfService(
        f"{first:%Y-%m}", period.version, len(period.days), period.rows, period.value, period.few, *parts
    )
