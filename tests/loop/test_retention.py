"""maintain: what a champion, a training, a score or a running job may still need is kept, and the rest goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assay.core.operations.retention import CURRENT, RECENT
from assay.errors import InputError
from assay.stages.evaluation.pinned_inputs import pinned_inputs
from assay.stages.ingest.clean import clean
from assay.stages.operations.maintain import maintain
from assay.stages.operations.retention_leases import find_leases
from assay.stages.operations.table_maintenance import plan_table
from assay.stages.scoring.score import score
from assay.store.delta.log import table_version
from assay.store.delta.table_files import DeltaFiles
from assay.store.ledger.run_details import TrainingDetails

from ..expect_errors import raises_code
from .commands import stopped
from .conftest import LIVED, TRAINED, WEEK, Project
from .worn_lake import age, at_version, change_a_drop, later, of_table


def test_what_the_champion_was_trained_on_is_read_after_a_year_and_what_nobody_needs_is_gone(own: Project) -> None:
    ctx = own.context()
    [training] = ctx.ledger.records("train")
    details = training.details_as(TrainingDetails)
    pinned = details.read["parcels"].version
    then = at_version(own, pinned)
    for without in (7, 8, 9):
        change_a_drop(own, date(2024, 2, 2), without=without)
        clean(own.context(), "parcels", WEEK)
    newest = table_version(own.lake("clean", "parcels"))
    assert newest == pinned + 3
    age(own, 400)
    done = maintain(own.context())
    about = of_table(done, "clean/parcels")
    assert about["removed"]["files"] == 2, "the files of the two versions in between"
    assert about["kept"]["champion 1 of parcels"]["files"] == 1
    assert set(about["kept"]) == {CURRENT, "champion 1 of parcels"}
    assert at_version(own, pinned) == then
    assert len(at_version(own, newest)) == len(LIVED) * 120 - 1
    with pytest.raises(Exception, match=r"FILE_NOT_EXIST|does not exist"):
        at_version(own, pinned + 1)
    another = {"parcels": replace(details.read["parcels"], version=pinned + 1)}
    with raises_code(InputError, "version-gone", pinned + 1, "parcels"):
        pinned_inputs(own.context(), replace(training, details=replace(details, read=another)), details.window)
    for n in range(12):
        place = f"delta.`file://{own.lake('clean', 'parcels')}`"
        own.context().spark.sql(f"ALTER TABLE {place} SET TBLPROPERTIES ('n' = '{n}')")
    assert DeltaFiles(own.lake("clean", "parcels")).checkpoints(), "Spark had the occasion to forget what is old"
    assert at_version(own, pinned) == then, "and did not: the log is older than the 30 days that Delta keeps by itself"


def test_nothing_goes_within_the_retention_nor_what_a_running_job_may_have_read(own: Project) -> None:
    change_a_drop(own, date(2024, 2, 2), without=7)
    clean(own.context(), "parcels", WEEK)
    with stopped(own, "train", "parcels", "--date", str(TRAINED), "--force", at="train:before-ledger") as trainer:
        change_a_drop(own, date(2024, 2, 2), without=8)
        clean(own.context(), "parcels", WEEK)
        assert of_table(maintain(own.context(), now=later(6)), "clean/parcels")["removed"]["files"] == 0
        leases = find_leases(own.context())["clean/parcels"]
        alone = plan_table(own.context(), "clean", "parcels", leases, now=later(30), running=[])
        assert alone is not None
        assert len(alone.retention.removed) == 1, "what the trainer read is old enough to go, and pinned by nothing yet"
        beside = of_table(maintain(own.context(), now=later(30)), "clean/parcels")
        assert (beside["removed"]["files"], beside["kept"][RECENT]["files"]) == (0, 1)
    out, err = trainer.communicate(timeout=240)
    assert trainer.returncode == 0, out + err
    after = of_table(maintain(own.context(), now=later(30)), "clean/parcels")
    assert (after["removed"]["files"], after["kept"][f"training of parcels for {TRAINED}"]["files"]) == (0, 1)


def test_scores_that_were_served_stay_readable_by_their_run(serving: Project) -> None:
    own = serving
    first = score(own.context(), WEEK).run_id
    served = at_version(own, 1, "predictions")
    score(own.context(force=True), WEEK)
    done = maintain(own.context(), now=later(400))
    about = of_table(done, "predictions/parcels")
    assert about["removed"]["files"] == 0
    assert about["kept"][f"served by {first}"]["files"] >= 7
    assert at_version(own, 1, "predictions") == served
