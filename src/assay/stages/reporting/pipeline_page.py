"""The page of a pipeline: its state, how its champion does, what drifts, who decided what, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import assay
from assay.core.evaluation.constant_baseline import CONSTANT_TITLES, LOSSES
from assay.core.evaluation.metrics import METRICS
from assay.core.score_card.card import ScoreCard
from assay.report.content.headline import Headline
from assay.report.content.series import Calendar, ServedCalibration, SmallSeries, StageCost, StepSeries
from assay.stages.monitoring.served_history import Service, service_of
from assay.stages.monitoring.status import status_of
from assay.stages.promotion.championship import ChampionPeriod, champion_periods
from assay.stages.promotion.promote import known_versions
from assay.stages.reporting.ledger_tables import (
    GateRow,
    HeldDayEvent,
    MonitoringRow,
    TableSummary,
    gate_rows,
    held_history,
    monitoring_rows,
    table_summaries,
)
from assay.stages.reporting.series.calendars import calendars, known_days
from assay.stages.reporting.series.costs import StageCostSummary, cost_summaries, stage_costs
from assay.stages.reporting.series.daily_drift import drift_series
from assay.stages.reporting.series.performance import (
    MonthOfService,
    kpi_series,
    loss_series,
    metric_series,
    months,
    weeks_of,
)
from assay.stages.reporting.series.served_calibration import calibrations
from assay.stages.reporting.state import state_of
from assay.stages.reporting.versions import FoldSteps, VersionPage, fold_steps, track_series, version_pages
from assay.stages.reviews.decision_review import decision_review, decision_review_document, decision_review_sentences
from assay.stages.reviews.hindsight import hindsight, hindsight_document
from assay.stages.reviews.staleness import staleness_document, staleness_of, staleness_sentence
from assay.stages.runtime.context import Context
from assay.stages.score_card.score_card import score_card_of
from assay.store.decisions.promotions import Promotion
from assay.store.ledger.run_record import PartitionStatus
from assay.store.users import now_utc

SHOWN_DAYS = 371
"""The days of the calendars of the page: 53 weeks. Earlier days are on the pages of their years."""


@dataclass(frozen=True, slots=True)
class PipelineReport:
    """All that the page of a pipeline shows, and what the pages below it are made of."""

    pipeline: str
    question: str
    owner: str
    version: str
    at: str
    headline: Headline
    status: Mapping[str, Any]
    champion_name: str
    champion_trained_until: date | None
    scored_rows: int
    days: tuple[date, ...]
    metric_title: str
    direction: str
    limit_title: str
    limit: float | None
    loss_title: str
    constant_title: str
    metric: StepSeries
    loss: StepSeries
    months: tuple[MonthOfService, ...]
    kpis: tuple[StepSeries, ...]
    calendars: tuple[Calendar, ...]
    drift: tuple[SmallSeries, ...]
    calibrations: tuple[ServedCalibration, ...]
    track: StepSeries
    age: Mapping[str, Any]
    champions: tuple[ChampionPeriod, ...]
    promotions: tuple[Promotion, ...]
    versions: tuple[VersionPage, ...]
    gates: tuple[GateRow, ...]
    hindsight: Mapping[str, Any]
    decisions: Mapping[str, Any]
    monitorings: tuple[MonitoringRow, ...]
    tables: tuple[TableSummary, ...]
    held_history: tuple[HeldDayEvent, ...]
    score_card: ScoreCard
    stages: tuple[StageCostSummary, ...]
    costs: tuple[StageCost, ...]

    @property
    def years(self) -> list[int]:
        """The years of the days, the newest first."""
        return sorted({day.year for day in self.days}, reverse=True)


def pipeline_report(ctx: Context, service: Service | None = None, *, today: date | None = None) -> PipelineReport:
    """Return the content of a pipeline's pages, from the ledger and the Profiles alone.

    `service` is that of `service_of`, if it was read already.
    """
    service, spec, days = service or service_of(ctx), ctx.pipeline.spec, known_days(ctx)
    costs, folds = stage_costs(ctx), fold_steps(ctx)
    return PipelineReport(
        pipeline=ctx.pipeline.name,
        question=spec.question,
        owner=spec.owner,
        version=assay.__version__,
        at=now_utc(),
        headline=state_of(ctx, today),
        days=tuple(days),
        **_words(ctx),
        **_served(ctx, service, status_of(ctx, today=today), folds),
        **_by_day(ctx, service, days),
        track=track_series(ctx, folds),
        gates=gate_rows(ctx),
        **_reviews(ctx),
        monitorings=monitoring_rows(ctx),
        tables=table_summaries(ctx),
        held_history=held_history(ctx),
        score_card=score_card_of(ctx, today),
        stages=cost_summaries(costs),
        costs=costs,
    )


def _words(ctx: Context) -> dict[str, Any]:
    """Return the words for the metric, its limit, the loss and the constant."""
    gate, task = ctx.pipeline.spec.gate, ctx.pipeline.spec.label.task
    metric = METRICS[gate.metric]
    return {
        "metric_title": metric.title,
        "direction": "higher is better" if metric.higher_is_better else "lower is better",
        "limit_title": metric.limit,
        "limit": gate.limit,
        "loss_title": METRICS[LOSSES[task]].title,
        "constant_title": CONSTANT_TITLES[task],
    }


def _served(ctx: Context, service: Service, status: Mapping[str, Any], folds: FoldSteps) -> dict[str, Any]:
    """Return who served, with which results."""
    history, champion = ctx.promotions.history(), status["champion"]
    weeks, by_month, calibrated = weeks_of(service), months(service), calibrations(service)
    metric = metric_series(ctx, service, weeks)
    versions = version_pages(ctx, service, metric, by_month, calibrated, folds)
    trained = next((page.trained for page in versions if page.version == champion), None)
    known = known_versions(history[-1] if history else None)
    scored = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED)
    return {
        "status": status,
        "champion_name": known[champion].name if champion in known else "",
        "champion_trained_until": trained.end if trained else None,
        "scored_rows": sum(state.counts.get("rows", 0) for _, state in scored.values()),
        "metric": metric,
        "loss": loss_series(ctx, service, weeks),
        "months": by_month,
        "kpis": kpi_series(ctx, service, weeks),
        "calibrations": calibrated,
        "champions": tuple(reversed(champion_periods(history))),
        "promotions": tuple(reversed(history)),
        "versions": versions,
    }


def _by_day(ctx: Context, service: Service, days: list[date]) -> dict[str, Any]:
    """Return the calendars of the newest days, and the drift of the version that served the newest one."""
    if not days:
        return {"calendars": (), "drift": ()}
    serving = service.served[max(service.served)] if service.served else None
    return {
        "calendars": calendars(ctx, days[-1] - timedelta(days=SHOWN_DAYS - 1), days[-1]),
        "drift": drift_series(ctx, serving, days[-1] + timedelta(days=1)),
    }


def _reviews(ctx: Context) -> dict[str, Any]:
    """Return what a newer model would gain, and what the gate's looks and the changes of the champion were worth."""
    looks, aged = hindsight(ctx), staleness_of(ctx)
    review = decision_review(ctx, looks)
    sentences = " ".join(decision_review_sentences(ctx, review))
    return {
        "age": staleness_document(ctx, aged) | {"sentence": staleness_sentence(ctx, aged)},
        "hindsight": hindsight_document(looks),
        "decisions": decision_review_document(ctx, review) | {"sentence": sentences},
    }
