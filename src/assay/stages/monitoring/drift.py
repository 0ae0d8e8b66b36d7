"""The drift of the features and scores of a version in service, day by day, from stored Profiles alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce

from assay.core.check import Finding, Severity, Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.daily.change_point import ChangePoint, change_point
from assay.core.monitoring.daily.findings import DRIFT_CHECKS, drift_findings
from assay.core.monitoring.daily.history import MIN_DAYS
from assay.core.monitoring.daily.judge import DriftJudgement, judge_daily
from assay.core.monitoring.daily.judged_days import Proven
from assay.core.monitoring.daily.measure import MIN_ROWS
from assay.core.monitoring.daily.measured_days import join_days
from assay.core.monitoring.daily.series import DailySeries, StatisticName
from assay.core.monitoring.drift import measure_drift
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import OutcomeProfile, merge_outcomes
from assay.core.profiles.table_profile import ColumnState
from assay.core.text import quantity
from assay.errors import InfrastructureError
from assay.stages.models.model_versions import trained_profile
from assay.stages.models.served_outcomes import seen_by_version
from assay.stages.monitoring.daily_statistics import VersionStatistics, scores_of
from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import CHAMPION_SCORE
from assay.stages.training.track_record import promised_outcomes
from assay.store.ledger.run_details import DriftAlarm
from assay.store.ledger.run_record import PartitionStatus


@dataclass(frozen=True, slots=True)
class DailyDrift:
    """The daily statistics of a version's training and service, its served days, and its columns of the calendar.

    The outcomes of the folds by which it was promoted are `promised`. The served days have the run that measured each
    in `served`, and their scores in `scores`. Those on which a column has another kind than in training are in
    `other_kinds`, by column. What was judged for good on an earlier night is `proven`; with `keeps` the next judgement
    keeps what it adds.
    """

    version: ModelVersion
    series: tuple[DailySeries, ...]
    promised: Mapping[date, OutcomeProfile]
    served: Mapping[date, str]
    scores: Mapping[date, Histogram]
    calendar: Mapping[str, str]
    other_kinds: Mapping[str, Mapping[date, str]]
    proven: Mapping[StatisticName, Proven] = field(default_factory=dict)
    keeps: bool = False

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
        judged = {days[MIN_DAYS:] for days in {one.days for one in self.series}}
        return tuple(sorted({day for days in judged for day in days if day in self.served}))

    def judged(self, false_alarms: float) -> DriftJudgement | None:
        """Return the judgement of all served days; None where there are none, or their history is too short."""
        first = self.first_served
        if first is None or not self.judged_days:
            return None
        return judge_daily(self.series, first, false_alarms=false_alarms, proven=self.proven)

    def since(self, name: StatisticName) -> ChangePoint:
        """Return the change-point of a statistic."""
        [series] = [one for one in self.series if one.name == name]
        return change_point(series, series.before(min(self.served)))


def find_drift(ctx: Context, interval: Interval, daily: DailyDrift) -> list[Finding]:
    """Return what drifted on the days of the interval, each judged by the days before it.

    Days that the version was trained or promoted by are not judged, and neither are columns that follow the calendar.
    """
    judgement = daily.judged(ctx.pipeline.spec.monitor.max_false_alarms_per_month)
    if judgement is not None:
        VersionStatistics(ctx, daily.version, daily.promised, keeps=daily.keeps).keep_proven(
            judgement.proven, daily.proven
        )
    noted = [_not_judged(name, rule) for name, rule in daily.calendar.items()]
    for name, kinds in daily.other_kinds.items():
        noted += [_other_kind(name, kind, day) for day, kind in kinds.items() if day in interval]
    if judgement is None or not any(day in interval for day in daily.judged_days):
        return [_nothing_judged(interval, daily), *noted]
    findings = drift_findings(judgement, interval, daily.since)
    loud = [finding for finding in findings if _is_loud(finding)]
    return [*_with_what_moved(ctx, loud, daily), *(finding for finding in findings if not _is_loud(finding)), *noted]


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


def daily_drift(ctx: Context, version: ModelVersion, end: date, *, keep: bool = False) -> DailyDrift:
    """Return the daily statistics of the version's features and scores, of its training and of service before `end`.

    With `keep` what is measured now is kept for the next night. What was judged for good is kept by the newest night.
    """
    scored_by = _served_by(ctx, version)
    before = {day: run for day, run in scored_by.items() if day < end}
    promised = promised_outcomes(ctx, version)
    statistics = VersionStatistics(ctx, version, promised, keeps=keep)
    training = statistics.training()
    served = statistics.served(training, scored_by, end)
    varied = {name for day in served.days.values() for name in day.varied}
    following = {name: rule for name, rule in statistics.calendar.items() if name not in varied}
    other_kinds: dict[str, dict[date, str]] = {}
    for day, one in sorted(served.days.items()):
        for name, kinds in one.other_kinds.items():
            if name not in following:
                other_kinds.setdefault(name, {})[day] = kinds
    return DailyDrift(
        version,
        join_days([training.days, served.measured]).series(without=following),
        promised,
        before,
        {day: one.scores for day, one in sorted(served.days.items()) if one.scores is not None},
        following,
        other_kinds,
        statistics.proven(),
        keep and len(before) == len(scored_by),
    )


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


def _reference(ctx: Context, daily: DailyDrift) -> dict[str, ColumnState]:
    """Return the features on the whole training window, and the scores on the folds."""
    scores = scores_of(merge_outcomes(daily.promised.values()))
    return {**trained_profile(ctx, daily.version).columns, CHAMPION_SCORE: scores}


def _with_what_moved(ctx: Context, loud: Sequence[Finding], daily: DailyDrift) -> Iterator[Finding]:
    """Yield the findings with the distances of the days that moved from the training, and the bin that moved most.

    Only the Profiles of these days are read.
    """
    days = {day: run for day, run in daily.served.items() if any(_moved_on(finding, day) for finding in loud)}
    try:
        profiles = ctx.profiles.read_days("features", ctx.pipeline.name, days)
    except InfrastructureError as error:  # an alarm does not depend on what it adds
        ctx.progress(f"what moved is not measured: {error.message}")
        yield from loud
        return
    references = _reference(ctx, daily) if loud else {}
    for finding in loud:
        name = str(finding.column)
        moved = [profile.columns[name] for day, profile in profiles.items() if _moved_on(finding, day)]
        yield _with_distance(finding, references[name], moved)


def _with_distance(finding: Finding, reference: ColumnState, moved: Sequence[ColumnState]) -> Finding:
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
