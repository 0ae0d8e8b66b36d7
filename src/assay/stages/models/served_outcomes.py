"""The stored outcomes of what a version scored; only this module decides which of them may judge it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from assay.core.evaluation.label_maturity import Counted, DayMeasurement, count_days, is_mature, judges
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.service.maturity_curve import LabelCount
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.models.model_versions import training_of
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord


def served_subject(ctx: Context) -> str:
    """Return the subject under which the outcomes of served scores are stored."""
    return f"{ctx.pipeline.name}.score"


def served_outcomes(ctx: Context, version: ModelVersion) -> dict[date, OutcomeProfile]:
    """Return the outcomes of the days that count, of those that `version` served."""
    return dict(counted_outcomes(ctx, version).days)


def counted_outcomes(
    ctx: Context, version: ModelVersion, fresh: Mapping[date, DayMeasurement] | None = None
) -> Counted:
    """Return the measured days that `version` served, divided into those that count and the others.

    `fresh` are measurements that the ledger does not know yet.
    """
    measured = measurements(ctx, version)
    for day, measurement in (fresh or {}).items():
        if day not in measured or measurement.at >= measured[day].at:
            measured[day] = measurement
    return count_days(measured, ctx.pipeline.spec.label.label_delay, seen_by_version(ctx, version))


def measurements(ctx: Context, version: ModelVersion) -> dict[date, DayMeasurement]:
    """Return the stored outcomes of every day that `version` served, each as it was known last."""
    last = _measured_by(ctx, version)
    runs = {day: record.run_id for day, record in last.items()}
    stored = ctx.profiles.read_days("outcomes", served_subject(ctx), runs)
    return {day: DayMeasurement(profile, last[day].end) for day, profile in stored.items()}


def counted_runs(ctx: Context, version: ModelVersion) -> dict[date, str]:
    """Return the days that count, of those that `version` served, each with the run that measured it last.

    No outcomes are read for it.
    """
    delay, seen = ctx.pipeline.spec.label.label_delay, seen_by_version(ctx, version)
    last = _measured_by(ctx, version)
    return {day: record.run_id for day, record in sorted(last.items()) if judges(day, record.end, delay, seen)}


def _measured_by(ctx: Context, version: ModelVersion) -> dict[date, RunRecord]:
    """Return the monitoring that measured each day that `version` served last.

    Old dates that are monitored again today are measured as of then. Such a measurement does not replace a later one of
    the same scores.
    """
    name = ctx.pipeline.name
    newest = ctx.ledger.latest("monitor", name)
    last: dict[date, RunRecord] = {}
    for record in ctx.ledger.records("monitor", name):
        for text, state in record.partitions.items():
            day = date.fromisoformat(text)
            same = state.identity.input == newest[day][1].identity.input
            if same and state.version == version and (day not in last or record.end >= last[day].end):
                last[day] = record
    return last


def overdue(ctx: Context, scored: Mapping[date, str], at: date) -> set[date]:
    """Return the days of `scored` whose labels are mature on the date `at`, and were never measured with mature labels.

    Such a day means that a nightly run was missed. `scored` has each day with the run that scored it.
    """
    label_delay = ctx.pipeline.spec.label.label_delay
    mature = {
        (date.fromisoformat(text), state.identity.input)
        for record in ctx.ledger.records("monitor", ctx.pipeline.name)
        for text, state in record.partitions.items()
        if is_mature(date.fromisoformat(text), record.end, label_delay)
    }
    return {day for day, run in scored.items() if is_mature(day, at, label_delay) and (day, run) not in mature}


def seen_by_version(ctx: Context, version: ModelVersion) -> Interval:
    """Return the dates that a version was trained, tuned and promoted by: its window, in which its folds lie."""
    details = training_of(ctx, version).details_as(TrainingDetails)
    return Interval(min([details.window.start, *(block.start for block in details.blocks)]), details.window.end)


def label_counts(ctx: Context, newest: Mapping[date, LabelCount]) -> list[LabelCount]:
    """Return how many labels of each scored day were known at each age, from the ledger; `newest` are of this night.

    Only measurements of the scores that the day has now count.
    """
    latest = ctx.ledger.latest("monitor", ctx.pipeline.name)
    counts = [
        LabelCount(day, (record.end - day).days - 1, state.counts["rows"])
        for record in ctx.ledger.records("monitor", ctx.pipeline.name)
        for text, state in record.partitions.items()
        if (day := date.fromisoformat(text)) in latest
        and state.identity.input == latest[day][1].identity.input
        and "rows" in state.counts
    ]
    return [*counts, *newest.values()]
