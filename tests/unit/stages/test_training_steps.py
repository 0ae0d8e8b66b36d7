"""A run over many dates trains on each scheduled one, and cuts its scores there; nothing here starts a JVM."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.errors import InfrastructureError, NothingToLearn, error_from_json
from assay.stages.operations import training_steps
from assay.stages.operations.training_steps import model_steps
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

FIRST = date(2024, 1, 1)
ALL = ["train", "gate", "score", "monitor"]
WEEKS = Interval.parse("2024-02-08", "2024-02-22")


@pytest.fixture
def clean(parcels: Context) -> Context:
    """Parcels of ten weeks are clean: enough history for a training on every Monday from 5 February on."""
    days = [FIRST + timedelta(days=n) for n in range(70)]
    states = {
        str(day): PartitionState(
            PartitionStatus.PUBLISHED, PartitionFingerprint("parcels", str(day), "", "", ""), {"out": 1}
        )
        for day in days
    }
    whole = Interval(days[0], days[-1] + timedelta(days=1))
    parcels.ledger.append(parcels.record("c1", "clean", "parcels", whole, RunStatus.DONE, partitions=states))
    return parcels


def shown(ctx: Context, interval: Interval, stages: list[str]) -> Iterator[tuple[str, str]]:
    for step in model_steps(ctx, interval, stages):
        yield step.stage, str(step.interval)


def test_each_day_is_scored_by_what_the_trainings_before_it_made_serve(clean: Context) -> None:
    served = ["score", "monitor"]
    assert list(shown(clean, WEEKS, ALL)) == [
        *((stage, "2024-02-08..2024-02-11") for stage in served),
        ("train", "2024-02-12"),
        ("gate", "2024-02-12"),
        *((stage, "2024-02-12..2024-02-18") for stage in served),
        ("train", "2024-02-19"),
        ("gate", "2024-02-19"),
        *((stage, "2024-02-19..2024-02-21") for stage in served),
    ]


def test_scoring_alone_is_not_cut(clean: Context) -> None:
    assert list(shown(clean, WEEKS, ["score"])) == [("score", "2024-02-08..2024-02-21")]


def test_a_training_without_history_is_named_and_cuts_nothing(clean: Context) -> None:
    january = Interval.parse("2024-01-20", "2024-02-01")
    steps = model_steps(clean, january, ["train", "gate", "score"])
    assert [(step.stage, str(step.interval)) for step in steps] == [
        ("train", "2024-01-22"),
        ("train", "2024-01-29"),
        ("score", "2024-01-20..2024-01-31"),
    ]
    assert [step.execute().status for step in steps[:2]] == ["skipped", "skipped"]
    assert "2024-01-29" in steps[1].execute().sentence


def test_a_window_without_labels_skips_that_training_and_its_gate(
    clean: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_labels(_ctx: Context, _day: date) -> None:
        raise NothingToLearn("the window has no outcome", code="no-labels")

    monkeypatch.setattr(training_steps, "train", without_labels)
    trained, judged = (step.execute() for step in model_steps(clean, WEEKS, ["train", "gate"])[:2])
    assert (trained.stage, trained.status, trained.exit_code) == ("train", "skipped", 0)
    assert "2024-02-12" in trained.sentence
    assert "the window has no outcome" in trained.sentence
    assert (judged.stage, judged.status, judged.exit_code) == ("gate", "skipped", 0)


def test_any_other_failure_of_a_training_ends_the_run(clean: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_ctx: Context, _day: date) -> None:
        raise InfrastructureError("the disk is full", code="cannot-write")

    monkeypatch.setattr(training_steps, "train", broken)
    with pytest.raises(InfrastructureError):
        model_steps(clean, WEEKS, ["train"])[0].execute()


def test_labels_that_say_nothing_stay_what_they_are_between_processes() -> None:
    assert isinstance(error_from_json(NothingToLearn("alike", code="one-class").to_json()), NothingToLearn)
