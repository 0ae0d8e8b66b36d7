"""The drift of the features and scores of a version in service, from stored Profiles alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from assay.core.check import Finding, Severity, Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.calendar_columns import is_one_value
from assay.core.monitoring.drift import JUDGED, drifting_since
from assay.core.monitoring.pooled_drift import WEEK, days_to_pool, judge_pooled
from assay.core.profiles.outcome_profile import merge_outcomes
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.core.text import quantity
from assay.stages.models.model_versions import trained_profile, training_of
from assay.stages.models.served_outcomes import seen_by_version
from assay.stages.runtime.context import Context
from assay.stages.training.track_record import promised_outcomes
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import PartitionStatus


def find_drift(ctx: Context, interval: Interval, version: ModelVersion) -> list[Finding]:
    """Judge the drift of the version's features and scores against its training and holdout.

    The days are the version's newest ones up to the interval's end, without those that it was trained or promoted by.
    Columns that follow the calendar are not judged.
    """
    served = _served_by(ctx, version)
    pool = days_to_pool(served, interval)
    if not pool:
        return [_too_few(version, sum(day < interval.end for day in served))]
    current = _profiles(ctx, {day: served[day] for day in pool})
    reference = reference_profile(ctx, version)
    shared = [name for name, state in reference.columns.items() if state.kind in JUDGED and _everywhere(name, current)]
    calendar = _calendar(ctx, version, current)
    columns = [name for name in shared if name not in calendar]
    spec = ctx.pipeline.spec.monitor
    thresholds = {"floor": spec.psi, "max_false_alarms_per_month": spec.max_false_alarms_per_month}
    findings = judge_pooled(current, reference, columns=columns, **thresholds)
    drifted = [str(f.column) for f in findings if f.status is not Status.PASS]
    since = drifting_since(current, reference, columns=drifted, **thresholds)
    return [
        *[_dated(finding, since) for finding in findings],
        *[_not_judged(name, rule) for name, rule in calendar.items() if name in shared],
    ]


def reference_profile(ctx: Context, version: ModelVersion) -> TableProfile:
    """Return the Profile that the version was trained on, with its scores on its holdout as one more column."""
    profile = trained_profile(ctx, version)
    scores = merge_outcomes(promised_outcomes(ctx, version).values()).overall.scores
    columns = dict(profile.columns)
    if scores.total:
        # The holdout kept histograms alone; without a sum, its mean would be reported as 0.
        total = scores.centred_sum
        columns["score"] = ColumnState("number", rows=scores.total, total=total, squares=None, histogram=scores)
    return TableProfile(profile.rows, columns)


def _served_by(ctx: Context, version: ModelVersion) -> dict[date, str]:
    """Return the days that the version scored, each with the run that measured it.

    Those that it was trained or promoted by are left out.
    """
    seen = seen_by_version(ctx, version)
    return {
        day: record.measured_by
        for day, (record, state) in ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED).items()
        if state.version == version and day not in seen
    }


def _profiles(ctx: Context, scored_by: Mapping[date, str]) -> dict[date, TableProfile]:
    by_run: dict[str, list[date]] = {}
    for day, run_id in scored_by.items():
        by_run.setdefault(run_id, []).append(day)
    profiles: dict[date, TableProfile] = {}
    for run_id, days in by_run.items():
        profiles.update(ctx.profiles.read("features", ctx.pipeline.name, run_id, days))
    return dict(sorted(profiles.items()))


def _everywhere(name: str, days: Mapping[date, TableProfile]) -> bool:
    return all(name in profile.columns for profile in days.values())


def _calendar(ctx: Context, version: ModelVersion, days: Mapping[date, TableProfile]) -> dict[str, str]:
    """Return the columns that followed a rule of the calendar over the training's window, each with its rule.

    A column is left out once it has several values on one day.
    """
    noted = training_of(ctx, version).details_as(TrainingDetails).calendar
    return {
        name: rule
        for name, rule in noted.items()
        if all(is_one_value(profile.columns[name]) for profile in days.values() if name in profile.columns)
    }


def _too_few(version: ModelVersion, days: int) -> Finding:
    sentence = (
        f"Drift is not judged: version {version} has served {quantity(days, 'day')}, and it takes a whole "
        f"week, with {WEEK} days at least, that it was not trained or promoted by."
    )
    return Finding("drift.days", Status.WARN, sentence, Severity.INFO, observed=days, expected=f"{WEEK} days")


def _not_judged(name: str, rule: str) -> Finding:
    sentence = f"{name} follows the calendar ({rule}), so its drift is not judged."
    return Finding("drift.calendar", Status.PASS, sentence, Severity.INFO, name, observed=rule)


def _dated(finding: Finding, since: Mapping[str, date]) -> Finding:
    day = since.get(finding.column or "")
    if day is None or finding.status is Status.PASS:
        return finding
    details = {**finding.details, "since": str(day)}
    return replace(finding, sentence=f"{finding.sentence} Since {day}.", details=details)
