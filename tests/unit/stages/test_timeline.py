"""Events of the ledger come on the dates of the data that they are about."""

from __future__ import annotations

from datetime import date

import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.timeline import EventKind
from assay.core.profiles.table_profile import TableProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.stages.reviews.day_marks import days_of_other_code, incident_days
from assay.stages.reviews.timeline import timeline, timeline_document, timeline_lines
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import DriftAlarm, MonitoringDetails
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from .served_world import World

MARCH = Interval(date(2024, 3, 1), date(2024, 4, 1))
ALARM = DriftAlarm(check="drift.jump", column="weight", statistic="mean", category="", meaning="bad days", move=0.4)


def cleaned(
    ctx: Context,
    day: int,
    *,
    status: PartitionStatus = PartitionStatus.PUBLISHED,
    code: str = "a",
    table: str = "parcels",
) -> None:
    """A date of March that a table was cleaned for."""
    at = date(2024, 3, day)
    state = PartitionState(status, PartitionFingerprint(table, str(at), f"files-{day}", code, "spec"))
    run_id, ending = (
        f"clean-{len(ctx.ledger.records())}",
        RunStatus.HELD if status is PartitionStatus.HELD else RunStatus.DONE,
    )
    ctx.ledger.append(ctx.record(run_id, "clean", table, Interval.of(at), ending, partitions={str(at): state}))


def released(ctx: Context, day: int) -> None:
    """A held date of March that a person published."""
    at = date(2024, 3, day)
    state = PartitionState(
        PartitionStatus.PUBLISHED, PartitionFingerprint("parcels", str(at), f"files-{day}", "a", "spec")
    )
    record = ctx.record("release", "clean", "parcels", Interval.of(at), RunStatus.RELEASED, partitions={str(at): state})
    ctx.ledger.append(record)


def kinds(ctx: Context) -> list[tuple[int, EventKind]]:
    """The days and kinds of the events of March."""
    return [(event.day.day, event.kind) for event in timeline(ctx, MARCH)]


def test_a_date_that_was_held_and_released_has_both_events_and_is_an_incident(parcels: Context) -> None:
    cleaned(parcels, 5, status=PartitionStatus.HELD)
    released(parcels, 5)
    cleaned(parcels, 6)
    assert kinds(parcels) == [(5, EventKind.HELD), (5, EventKind.RELEASED)]
    assert incident_days(parcels, MARCH.dates()) == {date(2024, 3, 5)}


def test_a_date_that_is_cleaned_again_is_rewritten_and_no_incident(parcels: Context) -> None:
    cleaned(parcels, 5)
    cleaned(parcels, 5)
    assert kinds(parcels) == [(5, EventKind.REWRITTEN)]
    assert incident_days(parcels, MARCH.dates()) == frozenset()


def test_a_held_date_that_was_repaired_is_no_incident(parcels: Context) -> None:
    cleaned(parcels, 5, status=PartitionStatus.HELD)
    assert incident_days(parcels, MARCH.dates()) == {date(2024, 3, 5)}
    cleaned(parcels, 5)
    assert incident_days(parcels, MARCH.dates()) == frozenset()
    assert kinds(parcels) == [(5, EventKind.HELD)]


def test_a_table_with_a_lookback_spreads_an_incident_over_the_days_that_read_it(parcels: Context) -> None:
    cleaned(parcels, 5, status=PartitionStatus.HELD, table="deliveries")
    assert incident_days(parcels, MARCH.dates()) == {date(2024, 3, day) for day in range(5, 11)}


def test_a_date_without_scores_that_is_scored_later_is_not_rewritten(parcels: Context) -> None:
    at = Interval.of(date(2024, 3, 5))
    for status in (PartitionStatus.UNSCORED, PartitionStatus.SCORED, PartitionStatus.SCORED):
        state = PartitionState(status, PartitionFingerprint("parcels", "2024-03-05", "", "", ""))
        run_id = f"score-{len(parcels.ledger.records())}"
        parcels.ledger.append(
            parcels.record(run_id, "score", "parcels", at, RunStatus.DONE, partitions={"2024-03-05": state})
        )
    assert kinds(parcels) == [(5, EventKind.REWRITTEN)]


def test_the_first_date_of_another_code_is_an_event(parcels: Context) -> None:
    for day in (4, 5):
        cleaned(parcels, day)
    for day in (6, 7):
        cleaned(parcels, day, code="b")
    assert kinds(parcels) == [(6, EventKind.DEFINITION)]
    days = MARCH.dates()
    assert days_of_other_code(parcels, days, date(2024, 3, 4)) == {date(2024, 3, 6), date(2024, 3, 7)}
    assert days_of_other_code(parcels, days, date(2024, 3, 20)) == frozenset()


def test_a_date_that_newer_code_cleaned_again_is_no_change_of_the_definition(parcels: Context) -> None:
    for day in (4, 5, 6, 7):
        cleaned(parcels, day, code="b" if day == 5 else "a")
    assert kinds(parcels) == []
    assert days_of_other_code(parcels, MARCH.dates(), date(2024, 3, 4)) == {date(2024, 3, 5)}


def test_another_version_is_an_event_on_the_first_date_that_it_scored(parcels: Context) -> None:
    world = World(parcels)
    world.serves(world.trained(date(2024, 3, 4)))
    world.scored({date(2024, 3, day): TableProfile(1, {}) for day in (5, 6)})
    world.scored({date(2024, 3, day): TableProfile(1, {}) for day in (7, 8)}, version=2)
    assert kinds(parcels) == [(5, EventKind.VERSION), (7, EventKind.VERSION)]


def test_drift_is_an_event_on_the_last_date_of_its_monitoring(parcels: Context) -> None:
    details = MonitoringDetails(version=ModelVersion(1), drifted=(ALARM,))
    interval = Interval(date(2024, 3, 1), date(2024, 3, 9))
    parcels.ledger.append(parcels.record("m", "monitor", "parcels", interval, Action.LOOK, details=details))
    assert kinds(parcels) == [(8, EventKind.DRIFT)]


def test_events_of_other_dates_are_left_out(parcels: Context) -> None:
    cleaned(parcels, 5, status=PartitionStatus.HELD)
    assert timeline(parcels, Interval.of(date(2024, 3, 6))) == []


@pytest.mark.parametrize("day", [5, 6])
def test_the_document_and_the_lines_hold_every_event(parcels: Context, day: int) -> None:
    cleaned(parcels, day, status=PartitionStatus.HELD)
    events = timeline(parcels, MARCH)
    [event] = timeline_document(parcels, MARCH, events)["events"]
    assert (event["day"], event["kind"], event["subject"]) == (f"2024-03-0{day}", "held", "parcels")
    assert len(list(timeline_lines(parcels, MARCH, events))) == 1 + len(events)
