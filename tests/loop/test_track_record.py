"""Folds on the real Spark: computed once, anew where late data came, and resumed where a training was killed."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from assay.core.interval import Interval
from assay.stages.evaluation.gate import gate
from assay.stages.operations.run import run, select_stages
from assay.stages.runtime.context import Context
from assay.stages.training.track_record import read_folds
from assay.stages.training.train import train
from assay.store.ledger.run_details import FoldDetails, TrainingDetails
from assay.store.ledger.run_record import RunRecord

from ..edited_features import EDITED
from .commands import done_here
from .conftest import TRAINED, Project, killed, with_days

BLOCKS = [date(2024, 1, 11), date(2024, 1, 18), date(2024, 1, 25)]


def folds(ctx: Context) -> list[RunRecord]:
    return ctx.ledger.records("fold")


def outcomes_of(ctx: Context) -> list[Mapping[str, str]]:
    return [record.details_as(FoldDetails).outcomes for record in folds(ctx)]


def recipes_of(ctx: Context) -> set[str]:
    details = ctx.ledger.records("train")[-1].details_as(TrainingDetails)
    return {entry.recipe for entry in details.contenders.values()}


def starts(ctx: Context) -> list[date]:
    return [record.details_as(FoldDetails).block.start for record in folds(ctx)]


def test_a_training_of_the_next_week_computes_one_fold_alone(own: Project) -> None:
    ctx = own.context()
    assert starts(ctx) == BLOCKS
    later = TRAINED + timedelta(days=7)
    with_days(own.root, own.home, 45)
    run(ctx, Interval(TRAINED, later), select_stages("land..validate"))
    train(ctx, later)
    assert starts(ctx) == [*BLOCKS, date(2024, 2, 1)]
    details = ctx.ledger.records("train")[-1].details_as(TrainingDetails)
    assert [block.start for block in details.blocks] == [*BLOCKS[1:], date(2024, 2, 1)]
    judged = [[reference.start for reference in folds] for folds in details.folds.values()]
    assert judged == [[*BLOCKS, date(2024, 2, 1)]] * 3, "an open pair keeps its first days"


def test_every_contender_has_outcomes_of_every_row_of_every_fold(own: Project) -> None:
    ctx = own.context()
    details = ctx.ledger.records("train")[0].details_as(TrainingDetails)
    for name, entry in details.contenders.items():
        days = read_folds(ctx, entry.recipe, details.folds[name])
        assert sorted(days) == [day for start in BLOCKS for day in Interval(start, start + timedelta(days=7))]
        assert {outcomes.overall.rows for outcomes in days.values()} == {120}
        assert all(set(outcomes.slices) == {"depot"} for outcomes in days.values())


def test_the_gate_judges_without_a_jvm(trained: Project) -> None:
    ctx = trained.context()
    outcome = gate(ctx, TRAINED)
    assert outcome.status == "promote"
    assert ctx._spark is None


def test_a_training_that_was_killed_goes_on_with_the_fold_that_was_not_finished(own: Project) -> None:
    own_file = own.root / "parcel_code" / "models.py"
    text = own_file.read_text()
    try:
        own_file.write_text(text.replace("n_estimators=20", "n_estimators=21"))
        command = ["train", "parcels", "--date", str(TRAINED)]
        killed(own, *command, at="fold:before-ledger")
        assert len(folds(own.context())) == 3, "killed before the first of its own"
        killed(own, *command, at="train:before-ledger")
        assert Counter(starts(own.context())) == dict.fromkeys(BLOCKS, 2)
        assert own.assay(*command).returncode == 0
    finally:
        own_file.write_text(text)
    assert Counter(starts(own.context())) == dict.fromkeys(BLOCKS, 2), "no fold was computed again"
    added = {name for record in folds(own.context())[3:] for name in record.details_as(FoldDetails).names.values()}
    assert added == {"boosted"}, "the baselines do not depend on the candidates"


def test_the_champions_folds_are_computed_by_its_own_code_where_todays_is_another(own: Project, tmp_path: Path) -> None:
    later = TRAINED + timedelta(days=7)
    with_days(own.root, own.home, 45)
    run(own.context(), Interval(TRAINED, later), select_stages("land..validate"))
    root = tmp_path / "edited"
    shutil.copytree(own.root, root, ignore=shutil.ignore_patterns("__pycache__"))
    with (root / "parcel_code" / "features.py").open("a") as file:
        file.write(EDITED)
    edited = Project(root, own.copy(tmp_path / "home").home)
    train(own.context(), later)
    done = edited.assay("train", "parcels", "--date", str(later))
    assert done.returncode == 0, done.stdout + done.stderr
    state = own.context().promotions.current()
    assert state is not None and state.champion is not None
    recipe = state.evidence.versions[state.champion].recipe
    digests = [
        [outcomes[recipe] for outcomes in outcomes_of(project.context()) if recipe in outcomes]
        for project in (own, edited)
    ]
    assert len(digests[0]) == 4
    assert digests[0] == digests[1], "the same outcomes, bit by bit"
    assert not recipes_of(own.context()) & recipes_of(edited.context())


def test_late_data_make_the_folds_anew_that_read_them_and_no_others(own: Project) -> None:
    late = own.home / "landing" / "deliveries" / "2024-01-26" / "late.csv"
    late.write_text("ship_date,parcel,days_late,delivered_at\n2024-01-26,0,3,2024-01-27 09:00:00\n")
    done_here(own, "land", "parcels", "--date", "2024-01-26")
    done_here(own, "clean", "parcels", "--date", "2024-01-26")
    done_here(own, "train", "parcels", "--date", str(TRAINED))
    assert starts(own.context()) == [*BLOCKS, BLOCKS[2]]
