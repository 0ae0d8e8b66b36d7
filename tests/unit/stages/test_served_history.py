"""What the report draws of served versions: only days that they served, beside the constant of their training."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from assay.core.profiles.score_grid import as_log_odds
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.stages.monitoring.served_history import months_of_service, service_of, weeks_of_service
from assay.stages.reporting.pipeline_page import pipeline_report
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...kept_models import a_training, a_version

START = date(2024, 3, 6)
"""A Wednesday."""

LATER = date(2025, 1, 1)
RATE = 0.25


def days(first: int, last: int) -> list[date]:
    return [START + timedelta(days=n) for n in range(first, last)]


def outcomes(score: int = 1024, *, late: int = 25) -> OutcomeProfile:
    """100 labelled rows with the same score (of 4,096) but for a good guess here and there, and 900 without a label."""
    sides = [as_log_odds(Histogram(-12, bins)) for bins in ({score: late - 5, 4000: 5}, {score: 100 - late})]
    return OutcomeProfile(LabelledScores(sides[0], sides[1], unlabelled=900))


def states(some: Iterable[date], run: str, state: str, version: int, rows: int) -> dict[str, PartitionState]:
    versions = ModelVersion(version)
    return {
        str(day): PartitionState(
            PartitionStatus(state), PartitionFingerprint("parcels", str(day), run, "", ""), {"rows": rows}, versions
        )
        for day in some
    }


def trained(ctx: Context) -> Evidence:
    """A training of long ago, whose constant is RATE, and what the promotions know of its versions."""
    details = a_training(constant=RATE)
    day = Interval.of(date(2023, 3, 2))
    ctx.ledger.append(ctx.record("train-1", "train", "parcels", day, RunStatus.DONE, details=details))
    entry = a_version(training="train-1", judged_by="gate-1")
    return Evidence({ModelVersion(1): entry, ModelVersion(2): entry})


def served(ctx: Context, some: list[date], version: int, profile: OutcomeProfile) -> None:
    """Days that a version scored, and that were monitored when all labels were known."""
    run = f"score-{version}-{min(some)}"
    covered = Interval(min(some), LATER)
    scored = states(some, run, "scored", version=version, rows=1_000)
    ctx.ledger.append(ctx.record(run, "score", "parcels", covered, RunStatus.DONE, partitions=scored))
    monitored = f"monitor-{run}"
    ctx.profiles.write("outcomes", "parcels.score", monitored, dict.fromkeys(some, profile))
    judged = states(some, run, "judged", version=version, rows=100)
    details = MonitoringDetails(version=ModelVersion(version), drifted=())
    ctx.ledger.append(
        ctx.record(monitored, "monitor", "parcels", covered, Action.NONE, partitions=judged, details=details)
    )


@pytest.fixture
def ctx(parcels: Context) -> Context:
    """Version 1 serves ten days, version 2 the next three weeks, then version 1 again."""
    evidence, first = trained(parcels), ModelVersion(1)
    parcels.promotions.write(0, kind=PromotionKind.PROMOTE, champion=first, why="", run_id="p0", evidence=evidence)
    parcels.ledger.append(parcels.record("p0", "gate", "parcels", Interval.of(START), Action.PROMOTE))
    served(parcels, days(0, 10), 1, outcomes())
    served(parcels, days(10, 31), 2, outcomes(3000))
    served(parcels, days(31, 45), 1, outcomes())
    return parcels


def test_a_version_has_weeks_only_where_it_served_and_they_begin_on_its_first_day(ctx: Context) -> None:
    service_weeks = weeks_of_service(service_of(ctx))
    spans = {v: [[(week.days[0], week.days[-1]) for week in run] for run in runs] for v, runs in service_weeks.items()}
    assert spans == {
        1: [
            [(days(0, 1)[0], days(9, 10)[0])],
            [(days(31, 32)[0], days(37, 38)[0]), (days(38, 39)[0], days(44, 45)[0])],
        ],
        2: [[(days(n, n + 1)[0], days(n + 6, n + 7)[0]) for n in (10, 17, 24)]],
    }
    for runs in service_weeks.values():
        for week in (week for run in runs for week in run):
            assert week.middle in week.days
            assert week.rows == 100 * len(week.days), "rows without a label are not counted"


def test_a_day_that_another_version_scored_again_is_no_longer_the_first_ones(ctx: Context) -> None:
    run = states(days(0, 3), "score-again", "scored", version=2, rows=1_000)
    covered = Interval(START, START + timedelta(days=3))
    ctx.ledger.append(ctx.record("score-again", "score", "parcels", covered, RunStatus.DONE, partitions=run))
    first = weeks_of_service(service_of(ctx))[ModelVersion(1)][0][0]
    assert first.days[0] == days(3, 4)[0]


def test_the_months_show_where_the_constant_of_the_training_was_better(ctx: Context) -> None:
    months = months_of_service(service_of(ctx))
    assert [(month.days[0].month, month.version) for month in months] == [(3, 1), (3, 2), (4, 1), (4, 2)]
    for month in months:
        assert month.beside is not None
        assert month.beside.worse is (month.version == 2), "3,000 of 4,096 where a quarter is late"
        assert month.beside.mean == 0.25
        assert month.beside.training == pytest.approx(month.beside.own)


def test_the_steps_bridge_no_gap_and_show_the_loss_beside_the_constant(ctx: Context) -> None:
    page = pipeline_report(ctx)
    for series in (page.metric, page.loss):
        assert [step.series for step in series.steps] == ["version 1"] * 3 + ["version 2"] * 3
        assert [(step.last - step.first).days + 1 for step in series.steps] == [10, 7, 7, 7, 7, 7]
    assert page.loss.levels == {"even": 0.0}
    assert [month.version for month in page.months] == [2, 1, 2, 1]


def test_a_training_of_before_the_constant_was_stored_leaves_the_rows_own(parcels: Context) -> None:
    day, first = Interval.of(date(2023, 3, 2)), ModelVersion(1)
    parcels.ledger.append(parcels.record("train-0", "train", "parcels", day, RunStatus.DONE, details=a_training()))
    evidence = Evidence({first: a_version(training="train-0")})
    parcels.promotions.write(0, kind=PromotionKind.PROMOTE, champion=first, why="", run_id="p0", evidence=evidence)
    parcels.ledger.append(parcels.record("p0", "gate", "parcels", Interval.of(START), Action.PROMOTE))
    served(parcels, days(0, 7), 1, outcomes())
    [month] = months_of_service(service_of(parcels))
    assert month.beside is not None
    assert (month.beside.training, month.beside.worse_than_training) == (None, False)
