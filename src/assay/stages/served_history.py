"""How each version did while it served, by week and by month, from stored outcomes: no JVM, no MLflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from assay.core.baseline import AgainstConstant, against_constant
from assay.core.metrics import METRICS
from assay.core.outcome import OutcomeProfile, merge_outcomes
from assay.core.service import service_stretches, service_weeks
from assay.stages.challenge import served_outcomes
from assay.stages.context import Context
from assay.stages.versions import training_constant

FEW_ROWS = 100
"""Below so many labelled rows (of either label, where there are two) a value is marked: it is mostly noise."""

Days = Mapping[date, OutcomeProfile]


@dataclass(frozen=True, slots=True)
class ServedPeriod:
    """What a version's served scores came to on some of the days that it served; only rows with a label count.

    `value` is the gate's metric, None where it is undefined; `beside` is None without a finite loss.
    """

    version: int
    days: tuple[date, ...]
    rows: int
    value: float | None
    beside: AgainstConstant | None
    few: bool

    @property
    def middle(self) -> date:
        """The middle one of the days: where a chart shows the period."""
        return self.days[len(self.days) // 2]


def weeks_of_service(ctx: Context) -> dict[int, list[list[ServedPeriod]]]:
    """Return per version its weeks of service, as runs that a line may join.

    The weeks begin on the first day of each stretch of service, and hold only days that the version served.
    """
    served = _serving(ctx)
    found: dict[int, list[list[ServedPeriod]]] = {}
    for version, days in _outcomes(ctx, served).items():
        constant = training_constant(ctx, version)
        for stretch in service_stretches(served, version):
            for run in service_weeks(stretch, days):
                periods = [_period(ctx, version, constant, {day: days[day] for day in week}) for week in run]
                found.setdefault(version, []).append(periods)
    return found


def months_of_service(ctx: Context) -> list[ServedPeriod]:
    """Return per month and version what the days that the version served in that month came to."""
    found: dict[tuple[date, int], dict[date, OutcomeProfile]] = {}
    for version, days in _outcomes(ctx, _serving(ctx)).items():
        for day, profile in days.items():
            found.setdefault((day.replace(day=1), version), {})[day] = profile
    constants = {version: training_constant(ctx, version) for _, version in found}
    return [_period(ctx, version, constants[version], days) for (_, version), days in sorted(found.items())]


def _serving(ctx: Context) -> dict[date, int]:
    """The version that each scored day was served by, as its newest scoring says."""
    latest = ctx.ledger.latest("score", ctx.pipeline.name)
    return {day: state.counts["version"] for day, (_, state) in latest.items() if state.state == "scored"}


def _outcomes(ctx: Context, served: Mapping[date, int]) -> dict[int, Days]:
    """Per version the outcomes with labels of the days that it served: those that the monitor judges."""
    found: dict[int, Days] = {}
    for version in sorted(set(served.values())):
        days = served_outcomes(ctx, "score", version).items()
        known = {day: profile for day, profile in days if served.get(day) == version and profile.overall.rows}
        if known:
            found[version] = known
    return found


def _period(ctx: Context, version: int, constant: float | None, days: Days) -> ServedPeriod:
    metric, whole = METRICS[ctx.pipeline.spec.gate.metric], _merged(days.values())
    value = metric.function(metric.prepare(whole.overall))
    few = any(number < FEW_ROWS for number in whole.overall.counted.values())
    beside = against_constant(whole.overall, constant=constant)
    return ServedPeriod(version, tuple(sorted(days)), whole.overall.rows, value, beside, few)


def _merged(profiles: Iterable[OutcomeProfile]) -> OutcomeProfile:
    """All days together, without slices: nothing here looks at them."""
    return merge_outcomes(OutcomeProfile(profile.overall) for profile in profiles)
