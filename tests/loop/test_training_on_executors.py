"""A window beyond the driver's budget goes the whole way, and everybody is told."""

from __future__ import annotations

import json
from datetime import date

import pytest

from assay.core.interval import Interval
from assay.stages.evaluation.gate import gate
from assay.stages.scoring.score import score
from assay.stages.training.fit import runner_of
from assay.stages.training.train import plan_train, train
from assay.store.ledger.run_details import ExecutorFit, TrainingDetails

from ..expect_errors import missing_data
from .conftest import TRAINED, Project

TRAIN = "train:    {window: 9 days, "
DAY = Interval.of(date(2024, 2, 7))


@pytest.fixture
def small(trained: Project, owned: Project) -> Project:
    """What was trained, in a project of its own whose budget holds a fifth of the window's rows."""
    owned.edit(TRAIN, TRAIN + "driver_budget: 8 kB, ")
    owned.edit("parcel_code.models:candidates", "parcel_code.models:both")
    return trained.copy(owned.home) and Project(owned.root, owned.home)


def test_a_training_beyond_the_budget_runs_on_executors_and_its_champion_scores(small: Project) -> None:
    ctx = small.context(why="more rows than the driver takes")
    outcome = train(ctx, TRAINED)
    assert missing_data(outcome.sentence, "1,080 rows") == []
    record = ctx.ledger.records("train")[-1]
    details = record.details_as(TrainingDetails)
    assert details.distributed == ExecutorFit(frame_bytes=1080 * 33, driver_budget=8_000, workers=2)
    assert list(details.contenders) == ["constant", "linear", "boosted", "forest"]
    assert record.counts["rows"] == 1080
    gate(ctx, TRAINED)
    state = ctx.promotions.current()
    assert state is not None
    assert state.champion is not None
    assert score(ctx, DAY).numbers["rows"] == 120
    shown = small.here("explain", record.run_id)
    assert missing_data(shown.stdout, "1,080 rows", "8", "35.6 kB") == []
    assert "train.driver_budget, 8 kB" in shown.stdout
    assert missing_data(shown.stdout, "forest") == []
    explained = json.loads(small.here("explain", record.run_id, "--json").stdout)
    assert explained["record"]["details"]["distributed"]["workers"] == 2


def test_a_budget_that_is_not_exceeded_leaves_no_trace(trained: Project) -> None:
    record = trained.context().ledger.records("train")[-1]
    details = record.details_as(TrainingDetails)
    assert details.distributed is None
    assert not [note for note in details.notes if "executors" in note]


def test_a_budget_that_nobody_wrote_makes_no_training_due(trained: Project) -> None:
    assert not plan_train(trained.context(), TRAINED)[1].due


@pytest.mark.parametrize(("written", "chosen"), [("", "in_threads"), ("\n  trials: executors", "on_executors")])
def test_trials_run_where_the_environment_says(owned: Project, written: str, chosen: str) -> None:
    path = owned.root / "conf" / "environments" / "local.yaml"
    path.write_text(path.read_text().replace("local[2]", "local[2]" + written))
    ctx = owned.context()
    runner = runner_of(ctx)
    assert getattr(runner, "func", runner).__name__ == chosen
