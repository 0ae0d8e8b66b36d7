"""A training that the monitor asks for: once, not again while it rests, and not because an event came twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.stages.planning.training_trigger import retrain_skip_reason, too_little_history
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...expect_errors import missing_data

DAY = date(2024, 3, 4)


def monitored(ctx: Context, action: str, day: date = DAY) -> None:
    number = len(ctx.ledger.records())
    ctx.ledger.append(ctx.record(f"m{number}", "monitor", "parcels", Interval.of(day), Action(action)))


def judged(ctx: Context, day: date) -> None:
    ctx.ledger.append(ctx.record(f"g{day}", "gate", "parcels", Interval.of(day), Action.REFUSE))


def trained(ctx: Context, day: date) -> None:
    states = {str(day): PartitionState(PartitionStatus.TRAINED, PartitionFingerprint("parcels", str(day), "", "", ""))}
    ctx.ledger.append(ctx.record(f"t{day}", "train", "parcels", Interval.of(day), RunStatus.DONE, partitions=states))


def test_a_wish_of_the_last_monitoring_is_a_reason(parcels: Context) -> None:
    monitored(parcels, "none")
    monitored(parcels, "retrain")
    assert retrain_skip_reason(parcels, DAY) == ""


@pytest.mark.parametrize("actions", [[], ["retrain", "none"], ["downgrade"]])
def test_without_a_wish_nothing_is_trained(parcels: Context, actions: list[str]) -> None:
    for action in actions:
        monitored(parcels, action)
    assert retrain_skip_reason(parcels, DAY)


def test_an_event_that_comes_twice_trains_once(parcels: Context) -> None:
    monitored(parcels, "retrain")
    trained(parcels, DAY)
    judged(parcels, DAY)
    assert missing_data(retrain_skip_reason(parcels, DAY), DAY) == []


def test_a_training_that_nobody_judged_goes_on_although_what_asked_for_it_is_old(parcels: Context) -> None:
    monitored(parcels, "retrain")
    trained(parcels, DAY)
    monitored(parcels, "none", DAY + timedelta(days=1))
    assert retrain_skip_reason(parcels, DAY) == ""


def test_an_event_that_comes_after_newer_ones_trains_nothing(parcels: Context) -> None:
    monitored(parcels, "retrain")
    monitored(parcels, "retrain", DAY + timedelta(days=1))
    assert missing_data(retrain_skip_reason(parcels, DAY), DAY, DAY + timedelta(days=1)) == []
    assert retrain_skip_reason(parcels, DAY + timedelta(days=1)) == ""


def test_old_dates_that_are_monitored_again_change_nothing_of_what_the_newest_ask(parcels: Context) -> None:
    monitored(parcels, "none")
    monitored(parcels, "retrain", DAY - timedelta(days=30))
    assert missing_data(retrain_skip_reason(parcels, DAY), "none") == []


def test_a_monitor_that_repeats_itself_waits_until_the_rest_is_over(parcels: Context) -> None:
    tomorrow, later = DAY + timedelta(days=1), DAY + timedelta(days=7)
    monitored(parcels, "retrain")
    trained(parcels, DAY)
    monitored(parcels, "retrain", tomorrow)
    assert missing_data(retrain_skip_reason(parcels, tomorrow), DAY, "7 days") == []
    assert retrain_skip_reason(parcels, later) == ""


def cleaned(ctx: Context, days: Interval) -> None:
    states = {
        str(day): PartitionState(PartitionStatus.PUBLISHED, PartitionFingerprint("parcels", str(day), "", "", ""))
        for day in days
    }
    ctx.ledger.append(ctx.record("c", "clean", "parcels", days, RunStatus.DONE, partitions=states))


def test_history_that_ends_before_the_folds_begin_is_too_little_to_train_on(parcels: Context) -> None:
    cleaned(parcels, Interval(date(2024, 1, 1), date(2024, 3, 1)))
    assert too_little_history(parcels, date(2024, 3, 1)) == ""
    assert missing_data(too_little_history(parcels, date(2026, 11, 30)), "2024-02-29", "2026-11-30") == []
