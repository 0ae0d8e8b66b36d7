"""The results of each version while it served, by week and by month, from stored outcomes: no JVM, no MLflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from assay.core.evaluation.constant_baseline import AgainstConstant, against_constant
from assay.core.evaluation.metrics import METRICS, Metric
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.service.service_periods import service_stretches, service_weeks
from assay.core.profiles.outcome_profile import OutcomeProfile, merge_scores
from assay.stages.models.model_versions import training_constant
from assay.stages.models.served_outcomes import counted_runs, served_outcomes, served_subject
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionStatus

MIN_LABELLED_ROWS = 100
"""Below so many labelled rows (of either label, where there are two) a value is marked: it is mostly noise."""

Days = Mapping[date, OutcomeProfile]


@dataclass(frozen=True, slots=True)
class ServedPeriod:
    """The result of a version's served scores on some of the days that it served; only rows with a label count.

    `value` is the gate's metric, None where it is undefined; `beside` is None without a finite loss.
    """

    version: ModelVersion
    days: tuple[date, ...]
    rows: int
    value: float | None
    beside: AgainstConstant | None
    few: bool

    @property
    def middle(self) -> date:
        """The middle one of the days: there a chart shows the period."""
        return self.days[len(self.days) // 2]


@dataclass(frozen=True, slots=True)
class Service:
    """The version that served each scored day, and per version the labelled outcomes of the days that it served.

    The outcomes are those that the monitor judges. What the constant of each version's training gives every row is in
    `constants`.
    """

    metric: Metric
    served: Mapping[date, ModelVersion]
    outcomes: Mapping[ModelVersion, Days]
    constants: Mapping[ModelVersion, float | None]

    def period(self, version: ModelVersion, days: Iterable[date]) -> ServedPeriod:
        """Return the result of these days of a version, together."""
        chosen = sorted(days)
        outcomes = [self.outcomes[version][day].overall for day in chosen]
        whole = merge_scores(outcomes)
        return ServedPeriod(
            version,
            tuple(chosen),
            whole.rows,
            self.metric.over(outcomes),
            against_constant(whole, constant=self.constants[version]),
            any(number < MIN_LABELLED_ROWS for number in whole.counted.values()),
        )


def service_of(ctx: Context) -> Service:
    """Return the service of every version, read once. A day counts for the version of its newest scoring."""
    served = _served_versions(ctx)
    outcomes: dict[ModelVersion, Days] = {}
    for version in sorted(set(served.values())):
        days = served_outcomes(ctx, version).items()
        known = {day: profile for day, profile in days if served.get(day) == version and profile.overall.rows}
        if known:
            outcomes[version] = known
    constants = {version: training_constant(ctx, version) for version in outcomes}
    return Service(METRICS[ctx.pipeline.spec.gate.metric], served, outcomes, constants)


def newest_service(ctx: Context, version: ModelVersion, until: date, most: int) -> ServedPeriod | None:
    """Return the result of a version on its newest days with labels up to a date, of at most so many days.

    No outcomes of other versions are read, and of older days only where newer ones have no label. None without a label.
    """
    served = _served_versions(ctx)
    runs = {day: run for day, run in counted_runs(ctx, version).items() if day <= until and served.get(day) == version}
    newest, known = sorted(runs, reverse=True), dict[date, OutcomeProfile]()
    while newest and len(known) < most:
        chosen, newest = newest[: most - len(known)], newest[most - len(known) :]
        stored = ctx.profiles.read_days("outcomes", served_subject(ctx), {day: runs[day] for day in chosen})
        known |= {day: profile for day, profile in stored.items() if profile.overall.rows}
    if not known:
        return None
    metric, constant = METRICS[ctx.pipeline.spec.gate.metric], training_constant(ctx, version)
    return Service(metric, served, {version: known}, {version: constant}).period(version, known)


def _served_versions(ctx: Context) -> dict[date, ModelVersion]:
    """Return the version of the newest scoring of each published day."""
    latest = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED)
    return {day: state.version for day, (_, state) in latest.items() if state.version is not None}


def weeks_of_service(service: Service) -> dict[ModelVersion, list[list[ServedPeriod]]]:
    """Return per version its weeks of service, as runs that a line may join.

    The weeks begin on the first day of each stretch of service, and hold only days that the version served.
    """
    weeks_by_version: dict[ModelVersion, list[list[ServedPeriod]]] = {}
    for version, days in service.outcomes.items():
        for stretch in service_stretches(service.served, version):
            for run in service_weeks(stretch, days):
                weeks_by_version.setdefault(version, []).append([service.period(version, week) for week in run])
    return weeks_by_version


def months_of_service(service: Service) -> list[ServedPeriod]:
    """Return per month and version the result of the days that the version served in that month."""
    days_by_month: dict[tuple[date, ModelVersion], list[date]] = {}
    for version, days in service.outcomes.items():
        for day in days:
            days_by_month.setdefault((day.replace(day=1), version), []).append(day)
    return [service.period(version, days) for (_, version), days in sorted(days_by_month.items())]
