"""The series of the report: which weeks have a step, and what it is compared with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.monitoring.served_history import Service, service_of
from assay.stages.reporting.series.performance import kpi_series, loss_series, metric_series, weeks_of

from .reported_year import FIRST, ReportedYear

ONE = ModelVersion(1)


@pytest.fixture
def service(year: ReportedYear) -> Service:
    return service_of(year.ctx)


def with_kpi(days: Mapping[date, OutcomeProfile], missed: int) -> dict[date, OutcomeProfile]:
    """The days with the sum of the KPI `missed`."""
    return {
        day: replace(one, overall=replace(one.overall, sums={"missed": Fraction(missed)})) for day, one in days.items()
    }


def test_a_week_without_the_constant_of_its_training_has_no_step_beside_that_constant(
    year: ReportedYear, service: Service
) -> None:
    known = replace(service, constants=dict.fromkeys(service.constants, 0.3))
    assert loss_series(year.ctx, known, weeks_of(known)).steps
    unknown = replace(service, constants=dict.fromkeys(service.constants))
    assert loss_series(year.ctx, unknown, weeks_of(unknown)).steps == ()


def test_a_kpi_of_a_single_day_has_a_step_without_an_interval(year: ReportedYear, service: Service) -> None:
    only = with_kpi({FIRST: service.outcomes[ONE][FIRST]}, 3)
    alone = replace(service, served={FIRST: ONE}, outcomes={ONE: only})
    [series] = kpi_series(year.ctx, alone, weeks_of(alone))
    [step] = series.steps
    assert (step.value, step.low, step.rows) == (50.0, None, 60)


def test_a_kpi_of_a_week_has_an_interval_about_its_value(year: ReportedYear, service: Service) -> None:
    days = sorted(service.outcomes[ONE])[:7]
    known = {day: with_kpi(service.outcomes[ONE], day.day)[day] for day in days}
    week = replace(service, served=dict.fromkeys(days, ONE), outcomes={ONE: known})
    [series] = kpi_series(year.ctx, week, weeks_of(week))
    [step] = series.steps
    assert step.low is not None
    assert step.high is not None
    assert step.low < step.value < step.high
    assert math.isclose(step.value, 1000 * sum(day.day for day in days) / (60 * 7))


def test_a_value_that_is_not_finite_has_no_step(year: ReportedYear, service: Service) -> None:
    endless = [replace(week, value=math.inf) for week in weeks_of(service)]
    assert metric_series(year.ctx, service, endless).steps == ()
