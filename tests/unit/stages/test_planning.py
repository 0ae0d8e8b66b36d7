"""What is due and why, which day trains, which stages are chosen: all without a JVM."""

from __future__ import annotations

from datetime import date

import pytest

from assay.core.interval import Interval
from assay.errors import InputError
from assay.stages.operations.run import select_stages
from assay.stages.planning.schedule import training_days
from assay.stages.planning.tasks import Reason, reason_for, tasks
from assay.stages.runtime.context import StageOutcome, exit_code
from assay.store.ledger.run_record import PartitionFingerprint

from ...expect_errors import raises_code

DONE = PartitionFingerprint("flights", "2013-01-05", "input", "code", "spec")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (PartitionFingerprint("flights", "2013-01-05", "input", "code", "spec"), Reason.DONE),
        (PartitionFingerprint("flights", "2013-01-05", "other", "code", "spec"), Reason.INPUT_CHANGED),
        (PartitionFingerprint("flights", "2013-01-05", "input", "other", "spec"), Reason.CODE_CHANGED),
        (PartitionFingerprint("flights", "2013-01-05", "input", "code", "other"), Reason.SPEC_CHANGED),
    ],
)
def test_a_partition_is_due_for_what_changed_in_its_identity(changed: PartitionFingerprint, reason: Reason) -> None:
    assert reason_for(changed, DONE) is reason


def test_a_forced_partition_is_due_though_nothing_changed() -> None:
    assert reason_for(DONE, DONE, force=True) is Reason.FORCED


def test_a_partition_that_never_ran_is_due() -> None:
    [task] = tasks("clean", "flights", {date(2013, 1, 5): DONE}, {})
    assert task.due
    assert task.reason is Reason.NEVER_RUN


def test_an_interval_trains_on_every_scheduled_date_in_order() -> None:
    april = Interval.parse("2013-04-01", "2013-05-01")
    assert training_days("0 3 * * MON", april) == [date(2013, 4, day) for day in (1, 8, 15, 22, 29)]
    assert training_days("0 3 15 * *", april) == [date(2013, 4, 15)]
    assert training_days("0 3 1 1 *", april) == []
    assert training_days(None, april) == []


def test_a_date_that_is_due_several_times_trains_once() -> None:
    assert training_days("*/5 * * * *", Interval.parse("2013-04-01", "2013-04-03")) == [
        date(2013, 4, 1),
        date(2013, 4, 2),
    ]


def test_a_bad_cron_line_is_refused_with_an_example() -> None:
    with raises_code(InputError, "bad-cron", "every monday", "0 3 * * MON"):
        training_days("every monday", Interval.parse("2013-04-01", "2013-05-01"))


def test_stages_are_chosen_by_their_ends() -> None:
    assert select_stages("score") == ["score"]
    assert select_stages("train..monitor") == ["train", "gate", "score", "monitor"]
    assert (select_stages(None)[0], select_stages(None)[-1]) == ("land", "monitor")
    for wrong in ("gate..clean", "clean..", "sc0re"):
        with pytest.raises(InputError):
            select_stages(wrong)


def test_the_exit_code_of_a_run_is_the_worst_of_its_stages() -> None:
    fine, held = StageOutcome("clean", "a", None, ""), StageOutcome("clean", "b", None, "", exit_code=3)
    assert exit_code([fine, held, fine]) == 3
    assert exit_code([]) == 0
