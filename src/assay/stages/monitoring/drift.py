"""The drift of the features and scores of a version in service, day by day, from stored Profiles alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce

from assay.core.check import Finding, Severity, Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.calendar_columns import is_one_value
from assay.core.monitoring.daily.change_point import ChangePoint, change_point
from assay.core.monitoring.daily.findings import DRIFT_CHECKS, drift_findings
from assay.core.monitoring.daily.history import MIN_DAYS
from assay.core.monitoring.daily.judge import DriftJudgement, judge_daily
from assay.core.monitoring.daily.measure import MIN_ROWS, Measure
from assay.core.monitoring.daily.series import DailySeries, StatisticName
from assay.core.monitoring.drift import measure_drift
from assay.core.profiles.outcome_profile import OutcomeProfile, merge_outcomes
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.core.text import quantity
from assay.stages.models.model_versions import reference_days, trained_profile, training_of
from assay.stages.models.served_outcomes import seen_by_version
from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import CHAMPION_SCORE
from assay.stages.training.track_record import promised_outcomes
from assay.store.ledger.run_details import DriftAlarm, TrainingDetails
from assay.store.ledger.run_record import PartitionStatus


@dataclass(frozen=True, slots=True)
class DailyDrift:
    """The daily statistics of a version's training and service, its served days, and its columns of the calendar.

    The outcomes of the folds by which it was promoted are `promised`. The served days on which a column has another
    kind than in training are in `other_kinds`, by column.
    """

    version: ModelVersion
    series: tuple[DailySeries, ...]
    promised: Mapping[date, OutcomeProfile]
    served: Mapping[date, TableProfile]
    calendar: Mapping[str, str]
    other_kinds: Mapping[str, Mapping[date, str]]

    @property
    def first_served(self) -> date | None:
        """The first served day, None without one."""
        return min(self.served, default=None)

    @property
    def history(self) -> int:
        """The number of days before the first served one."""
        first = self.first_served
        return max((one.before(first) for one in self.series), default=0) if first else 0

    @property
    def judged_days(self) -> tuple[date, ...]:
        """The served days on which some statistic has MIN_DAYS days before it."""
        days = {day for one in self.series for day in one.days[MIN_DAYS:] if day in self.served}
        return tuple(sorted(days))

    def judged(self, false_alarms: float) -> DriftJudgement | None:
        """Return the judgement of all served days; None where there are none, or their history is too short."""
        first = self.first_served
        if first is None or not self.judged_days:
            return None
        return judge_daily(self.series, first, false_alarms=false_alarms)

    def since(self, name: StatisticName) -> ChangePoint:
        """Return the change-point of a statistic."""
        [series] = [one for one in self.series if one.name == name]
        return change_point(series, series.before(min(self.served)))


def find_drift(ctx: Context, interval: Interval, daily: DailyDrift) -> list[Finding]:
    """Return what drifted on the days of the interval, each judged by the days before it.

    Days that the version was trained or promoted by are not judged, and neither are columns that follow the calendar.
    """
    judgement = daily.judged(ctx.pipeline.spec.monitor.max_false_alarms_per_month)
    noted = [_not_judged(name, rule) for name, rule in daily.calendar.items()]
    for name, kinds in daily.other_kinds.items():
        noted += [_other_kind(name, kind, day) for day, kind in kinds.items() if day in interval]
    if judgement is None or not any(day in interval for day in daily.judged_days):
        return [_nothing_judged(interval, daily), *noted]
    findings = drift_findings(judgement, interval, daily.since)
    loud = [finding for finding in findings if _is_loud(finding)]
    reference = _reference(ctx, daily) if loud else {}
    moved = [_with_what_moved(finding, reference, daily) for finding in loud]
    return [*moved, *(finding for finding in findings if not _is_loud(finding)), *noted]


def drift_alarms(findings: Iterable[Finding]) -> tuple[DriftAlarm, ...]:
    """Return the statistics that drifted as the ledger holds them."""
    return tuple(
        DriftAlarm(
            check=finding.check,
            column=str(finding.column),
            statistic=finding.details["statistic"],
            category=finding.details["category"],
            meaning=finding.details["meaning"],
            move=float(finding.observed),
        )
        for finding in findings
        if _is_loud(finding)
    )


def _is_loud(finding: Finding) -> bool:
    """Return whether a finding is about a statistic that drifted."""
    return finding.check in DRIFT_CHECKS and finding.status is Status.WARN


def daily_drift(ctx: Context, version: ModelVersion, end: date) -> DailyDrift:
    """Return the daily statistics of the version's features and scores, of its training and of service before `end`."""
    served = _profiles(ctx, {day: run for day, run in _served_by(ctx, version).items() if day < end})
    training, label = reference_days(ctx, version), ctx.pipeline.spec.label.name
    calendar = _calendar(ctx, version, served)
    features = {
        name: {day: profile.columns[name] for day, profile in training.items() if name in profile.columns}
        for name in dict.fromkeys(name for profile in training.values() for name in profile.columns)
        if name not in calendar and name != label
    }
    promised = promised_outcomes(ctx, version)
    scores = {day: _scores(outcomes) for day, outcomes in promised.items()}
    series: list[DailySeries] = []
    other_kinds: dict[str, dict[date, str]] = {}
    for name, reference in (features | {CHAMPION_SCORE: scores}).items():
        measure = Measure.of(name, reference)
        if measure is None:
            continue
        states = {day: profile.columns[name] for day, profile in served.items() if name in profile.columns}
        others = {
            day: f"{measure.kind} in training, {s.kind} now" for day, s in states.items() if s.kind != measure.kind
        }
        if others:
            other_kinds[name] = others
        series += measure.series({**reference, **{day: s for day, s in states.items() if day not in others}})
    return DailyDrift(version, tuple(series), promised, served, calendar, other_kinds)


def _scores(outcomes: OutcomeProfile) -> ColumnState:
    scores = outcomes.overall.scores
    return ColumnState("number", rows=scores.total, histogram=scores)


def _served_by(ctx: Context, version: ModelVersion) -> dict[date, str]:
    """Return the days that the version scored, each with the run that measured it.

    Those that it was trained or promoted by are left out, and those before: its service begins after its training.
    """
    seen = seen_by_version(ctx, version)
    return {
        day: record.measured_by
        for day, (record, state) in ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED).items()
        if state.version == version and day >= seen.end
    }


def _profiles(ctx: Context, scored_by: Mapping[date, str]) -> dict[date, TableProfile]:
    by_run: dict[str, list[date]] = {}
    for day, run_id in scored_by.items():
        by_run.setdefault(run_id, []).append(day)
    profiles: dict[date, TableProfile] = {}
    for run_id, days in by_run.items():
        profiles.update(ctx.profiles.read("features", ctx.pipeline.name, run_id, days))
    return dict(sorted(profiles.items()))


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


def _reference(ctx: Context, daily: DailyDrift) -> dict[str, ColumnState]:
    """Return the features on the whole training window, and the scores on the folds."""
    scores = _scores(merge_outcomes(daily.promised.values()))
    return {**trained_profile(ctx, daily.version).columns, CHAMPION_SCORE: scores}


def _with_what_moved(finding: Finding, references: Mapping[str, ColumnState], daily: DailyDrift) -> Finding:
    """Return a finding with the distances of the days that moved from the training, and the bin that moved most."""
    name = str(finding.column)
    reference = references[name]
    moved = [profile.columns[name] for day, profile in daily.served.items() if _moved_on(finding, day)]
    current = reduce(ColumnState.merge, [state for state in moved if state.rows], ColumnState(reference.kind))
    if not reference.rows or not current.rows:
        return finding
    drift = measure_drift(reference, current)
    return replace(
        finding, sentence=f"{finding.sentence} {drift.sentence}", details={**finding.details, **drift.details}
    )


def _moved_on(finding: Finding, day: date) -> bool:
    """Return whether a day is one of those that a finding is about."""
    details = finding.details
    last = date.fromisoformat(details["day"]) if "day" in details else date.max
    return date.fromisoformat(details["since"]) <= day <= last


def _nothing_judged(interval: Interval, daily: DailyDrift) -> Finding:
    if not any(day in interval for day in daily.served):
        reason = f"all that version {daily.version} scored of {interval} is from before its service began"
    elif daily.history < MIN_DAYS:
        reason = (
            f"version {daily.version} has {quantity(daily.history, 'day')} of training to compare with, of {MIN_DAYS}"
        )
    else:
        reason = f"no column has {MIN_ROWS} rows on {interval}"
    return Finding(
        "drift.days",
        Status.WARN,
        f"Drift is not judged: {reason}.",
        Severity.INFO,
        observed=daily.history,
        expected=f"{MIN_DAYS} days",
    )


def _other_kind(name: str, kinds: str, day: date) -> Finding:
    sentence = f"{name} has another kind on {day} ({kinds}): its drift cannot be judged."
    return Finding("drift.kind", Status.FAIL, sentence, Severity.WARNING, name, observed=kinds)


def _not_judged(name: str, rule: str) -> Finding:
    sentence = f"{name} follows the calendar ({rule}), so its drift is not judged."
    return Finding("drift.calendar", Status.PASS, sentence, Severity.INFO, name, observed=rule)
