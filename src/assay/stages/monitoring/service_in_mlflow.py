"""The measurements of the monitorings in MLflow: metrics over dates on the run of the version that served."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from assay.core.evaluation.metrics import metrics_of, task_of
from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.errors import InfrastructureError
from assay.stages.models.served_outcomes import counted_runs, served_subject
from assay.stages.promotion import aliases
from assay.stages.promotion.promote import known_versions
from assay.stages.promotion.version_texts import served_days, version_texts
from assay.stages.runtime.context import Context
from assay.stages.runtime.mlflow_faults import mlflow_fault
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.locks.locks import hold

if TYPE_CHECKING:
    from assay.models.mlflow.run_contents import DatedValue

ROWS, DRIFT = "served.rows", "monitor.drifted_columns"
"""The metrics that every measured day and every monitored day have: by them the days in MLflow are known."""

RECENT_DAYS = 60
"""Versions that served within so many days of the newest scored day are shown: an outage of MLflow is made up for."""


def show_service(ctx: Context) -> None:
    """Let MLflow show what was measured of the versions that served lately, and their pages the days of service.

    It ends at the deadline of the aliases, and a fault is one line of progress that fails nothing. A day has one point
    for each metric, however often it is monitored.
    """
    fault = mlflow_fault(ctx, aliases.DEADLINE_SECONDS, lambda: _project(ctx))
    if fault:
        ctx.progress(f"MLflow does not show the newest measurements; the next monitor adds them ({fault})")


def _project(ctx: Context) -> None:
    from assay.models.mlflow.projection import project_versions

    tracking, name = ctx.pipeline.project.environment.mlflow_tracking, ctx.pipeline.name
    served, known = served_days(ctx), known_versions(ctx.promotions.current())
    with hold(ctx.lake, f"aliases/{name}", None, wait=aliases.DEADLINE_SECONDS):
        project_versions(tracking, name, version_texts(ctx))
        faults = []
        for version in sorted(_served_lately(served) & known.keys(), reverse=True):
            try:
                _project_version(ctx, version, known[version].run_id)
            except InfrastructureError as fault:  # such as a run that a person removed: the others are shown
                faults.append(fault)
    if faults:
        raise faults[0]


def _served_lately(served: Mapping[date, ModelVersion]) -> set[ModelVersion]:
    newest = max(served, default=date.min)
    return {version for day, version in served.items() if (newest - day).days <= RECENT_DAYS}


def _project_version(ctx: Context, version: ModelVersion, run_id: str) -> None:
    """Log the days of a version that MLflow does not have yet, of those that count: their labels are mature."""
    from assay.models.mlflow.projection import project_days, shown_days

    tracking = ctx.pipeline.project.environment.mlflow_tracking
    days, shown = counted_runs(ctx, version), shown_days(tracking, run_id, ROWS)
    late = {day: run for day, run in days.items() if day not in shown}
    measured = ctx.profiles.read_days("outcomes", served_subject(ctx), late) if late else {}
    values = [value for day, outcomes in measured.items() for value in _values(day, outcomes)]
    drifted = _drifted(ctx, version)
    if drifted:
        shown = shown_days(tracking, run_id, DRIFT)
        values += [one for one in drifted if one.day not in shown]
    if values:
        project_days(tracking, run_id, values)


def _values(day: date, outcomes: OutcomeProfile) -> list[DatedValue]:
    from assay.models.mlflow.run_contents import DatedValue

    state = outcomes.overall
    values = [DatedValue(ROWS, day, float(state.rows))]
    if state.rows:
        metrics = metrics_of(task_of(state))
        values += [DatedValue(f"served.{name}", day, metric.over([state])) for name, metric in metrics.items()]
    return values


def _drifted(ctx: Context, version: ModelVersion) -> list[DatedValue]:
    """Return the number of columns that drifted at each monitoring of a version, by the last day that it judged."""
    from assay.models.mlflow.run_contents import DatedValue

    counts: dict[date, int] = {}
    for record in ctx.ledger.records("monitor", ctx.pipeline.name):
        details = record.details
        if isinstance(details, MonitoringDetails) and details.version == version:
            counts[record.end - timedelta(days=1)] = len(details.drifted)
    return [DatedValue(DRIFT, day, float(count)) for day, count in sorted(counts.items())]
