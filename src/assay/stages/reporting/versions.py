"""The pages of the versions: what each one is, by which evidence it served, and how it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from assay.core.evaluation.metrics import METRICS
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion, VersionEntry
from assay.errors import AssayError
from assay.report.content.series import SeriesStep, ServedCalibration, StepSeries
from assay.stages.models.model_versions import training_of
from assay.stages.monitoring.served_history import Service
from assay.stages.promotion.promote import known_versions
from assay.stages.reporting.links import decision_page, version_page
from assay.stages.reporting.series.performance import MonthOfService
from assay.stages.reporting.series.steps import reach_of, step_of
from assay.stages.runtime.context import Context
from assay.stages.training.track_record import read_folds, track_record
from assay.store.decisions.promotions import Promotion
from assay.store.ledger.run_details import FoldDetails, FoldReference, TrainingDetails


@dataclass(frozen=True, slots=True)
class VersionPage:
    """A registered version: how it was made, who promoted it on which evidence, and what it served."""

    version: ModelVersion
    name: str
    is_champion: bool
    entry: VersionEntry
    trained: Interval | None
    features: tuple[str, ...]
    served_first: date | None
    served_last: date | None
    served_days: int
    promotions: tuple[Promotion, ...]
    track: StepSeries
    metric: StepSeries
    months: tuple[MonthOfService, ...]
    calibration: ServedCalibration | None
    link: str
    decision: str


FoldSteps = Mapping[str, tuple[SeriesStep, ...]]
"""The steps of each recipe, one for each fold, by the first day."""


def version_pages(
    ctx: Context,
    service: Service,
    metric: StepSeries,
    months: tuple[MonthOfService, ...],
    calibrations: tuple[ServedCalibration, ...],
    folds: FoldSteps,
) -> tuple[VersionPage, ...]:
    """Return a page for each version that was ever registered, the newest first."""
    history = ctx.promotions.history()
    current = history[-1] if history else None
    records, judged = track_series(ctx, folds), {record.run_id for record in ctx.ledger.records("gate")}
    pages = []
    for version, entry in sorted(known_versions(current).items(), reverse=True):
        served = sorted(day for day, of in service.served.items() if of == version)
        details = _training(ctx, version)
        own = tuple(step for step in metric.steps if step.series == f"version {version}")
        pages.append(
            VersionPage(
                version,
                entry.name,
                current is not None and current.champion == version,
                entry,
                details.window if details else None,
                details.features if details else (),
                served[0] if served else None,
                served[-1] if served else None,
                len(served),
                tuple(one for one in history if one.champion == version),
                replace(records, steps=folds.get(entry.recipe, ())),
                replace(metric, steps=own),
                tuple(month for month in months if month.version == version),
                next((one for one in calibrations if one.version == version), None),
                version_page(version),
                decision_page(entry.judged_by) if entry.judged_by in judged else "",
            )
        )
    return tuple(pages)


def fold_steps(ctx: Context) -> FoldSteps:
    """Return the gate's metric on the folds of each recipe, named by the newest name of the recipe in a training."""
    blocks = {record.run_id: record.details_as(FoldDetails) for record in ctx.ledger.records("fold")}
    names: dict[str, str] = {}
    for details in blocks.values():
        names |= details.names
    steps: dict[str, tuple[SeriesStep, ...]] = {}
    for (recipe, _), (reference, _) in sorted(track_record(ctx).folds.items()):
        step = _fold_step(ctx, recipe, names.get(recipe, recipe), reference, blocks)
        if step is not None:
            steps[recipe] = *steps.get(recipe, ()), step
    return steps


def track_series(ctx: Context, folds: FoldSteps) -> StepSeries:
    """Return the folds of all recipes as one series; recipes of the same name share a line."""
    metric = METRICS[ctx.pipeline.spec.gate.metric]
    steps = sorted((step for of in folds.values() for step in of), key=lambda step: (step.series, step.first))
    return StepSeries(f"{metric.title} of the recipes on their folds", metric.title, tuple(steps))


def _fold_step(
    ctx: Context, recipe: str, name: str, reference: FoldReference, blocks: Mapping[str, FoldDetails]
) -> SeriesStep | None:
    """Return the value of a recipe on a block with its interval; None where it is undefined or no longer stored."""
    metric = METRICS[ctx.pipeline.spec.gate.metric]
    try:
        days = read_folds(ctx, recipe, [reference])
    except AssayError:
        return None
    outcomes = [day.overall for _, day in sorted(days.items()) if day.overall.rows]
    if not outcomes:
        return None
    reach, span = reach_of(metric.prepare, metric.function), (blocks[reference.run_id].block.start, max(days))
    return step_of(name, span, outcomes, metric.over(outcomes), reach)


def _training(ctx: Context, version: ModelVersion) -> TrainingDetails | None:
    try:
        return training_of(ctx, version).details_as(TrainingDetails)
    except AssayError:
        return None
