"""A run over several dates of training: each trains, each day is scored by what served on it, and none ends the run."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.errors import NothingToLearn
from assay.stages.operations.run import run, select_stages
from assay.stages.runtime.context import Context
from assay.stages.training.train import train

from .conftest import TRAINED, Project

NEXT = TRAINED + timedelta(days=1)
DATES = Interval(TRAINED - timedelta(days=2), NEXT + timedelta(days=1))


@pytest.fixture
def scheduled(trained: Project, parcels: Path, tmp_path: Path) -> Project:
    """Five weeks are clean, one training is done, and two trainings are scheduled, on two days that follow them."""
    from parcel_code.landing import write_drops

    root = tmp_path / "project"
    shutil.copytree(parcels, root)
    project = Project(root, trained.copy(tmp_path / "home").home)
    project.edit('train: "0 3 * * MON"', f'train: "0 3 {TRAINED.day},{NEXT.day} {TRAINED.month} *"')
    write_drops(project.home / "landing", TRAINED, 2)
    return project


def scored(ctx: Context) -> dict[date, int | None]:
    """The version that scored each day, None for a day that was left without one."""
    latest = ctx.ledger.latest("score", "parcels")
    return {day: state.version for day, (_, state) in sorted(latest.items())}


def test_every_scheduled_date_trains_and_a_day_is_scored_by_what_served_on_it(scheduled: Project) -> None:
    ctx = scheduled.context()
    done = run(ctx, DATES, select_stages(None))
    assert set(ctx.ledger.latest("train", "parcels")) == {TRAINED, NEXT}
    assert set(ctx.ledger.latest("gate", "parcels")) == {TRAINED, NEXT}
    history = {record.number: record.champion for record in ctx.promotions.history()}
    first, last = history[min(history)], history[max(history)]
    assert scored(ctx) == {
        DATES.start: None,
        DATES.start + timedelta(days=1): None,
        TRAINED: first,
        NEXT: last,
    }, "no day is scored by a model that was trained after it"
    order = [outcome.stage for outcome in done if outcome.stage in ("train", "gate", "score")]
    assert order == ["score", "train", "gate", "score", "train", "gate", "score"]
    before = len(ctx.ledger.records("train", "parcels")), len(ctx.ledger.records("gate", "parcels"))
    again = run(ctx, Interval(TRAINED, DATES.end), select_stages("train..score"))
    assert [outcome.run_id for outcome in again] == [None] * 6, "what is trained, judged and scored is found done"
    assert (len(ctx.ledger.records("train", "parcels")), len(ctx.ledger.records("gate", "parcels"))) == before


def test_a_window_without_outcomes_is_named_and_does_not_end_the_run(scheduled: Project) -> None:
    scheduled.edit('when: "days_late > 0"', 'when: "nullif(days_late, days_late) > 0"')
    ctx = scheduled.context()
    with pytest.raises(NothingToLearn) as error:
        train(ctx, TRAINED)
    assert error.value.code == "no-labels"
    for named in ("2024-01-29..2024-02-06", "deliveries", " 0 of them"):
        assert named in error.value.message
    done = run(ctx, Interval.of(TRAINED), ["train"])
    assert [(outcome.stage, outcome.status, outcome.exit_code) for outcome in done] == [("train", "skipped", 0)]
