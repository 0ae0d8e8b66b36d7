"""The anchor of a refresh on the real Spark: a frozen model that is scored also on days that it did not serve."""

from __future__ import annotations

from datetime import date, timedelta

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.stages.evaluation.gate import gate
from assay.stages.models.served_outcomes import measurements
from assay.stages.monitoring.monitor import monitor
from assay.stages.operations.run import run, select_stages
from assay.stages.reviews.replay import replay
from assay.stages.scoring.score import score
from assay.stages.training.frozen_folds import frozen_recipe, frozen_references
from assay.stages.training.track_record import read_folds
from assay.stages.training.train import train
from assay.store.decisions.gate_inputs import GATE_INPUTS
from assay.store.ledger.run_details import FoldDetails

from .conftest import TRAINED, Project, with_days

ONE = ModelVersion(1)
SERVED = Interval(TRAINED, TRAINED + timedelta(days=7))
REFRESHED, LATER = TRAINED + timedelta(days=7), TRAINED + timedelta(days=21)


def test_a_refresh_is_judged_beside_the_anchor_on_days_that_the_anchor_served_and_on_days_that_it_did_not(
    own: Project,
) -> None:
    ctx = own.context()
    with_days(own.root, own.home, 60)
    run(ctx, Interval(TRAINED, LATER), select_stages("land..validate"))
    score(ctx, SERVED)
    monitor(ctx, SERVED)
    train(ctx, REFRESHED)
    assert gate(ctx, REFRESHED).status == "promote"
    train(ctx, LATER)
    blocks = [Interval(start, start + timedelta(days=7)) for start in (TRAINED, REFRESHED)]
    references = frozen_references(ctx, ONE, blocks)
    assert [reference.start for reference in references] == [TRAINED, REFRESHED]
    frozen, served = read_folds(ctx, frozen_recipe(ctx, ONE), references), measurements(ctx, ONE)
    assert sorted(frozen) == Interval(TRAINED, blocks[-1].end).dates()
    mature = [day for day in SERVED.dates() if day < date(2024, 2, 13)]
    assert {day: frozen[day].overall for day in mature} == {day: served[day].outcomes.overall for day in mature}

    outcome = gate(ctx, LATER)
    assert outcome.run_id is not None
    inputs = ctx.runs.read(outcome.run_id, GATE_INPUTS)
    [anchor] = [rival for rival in inputs.beside if rival.recipe]
    assert [reference.start for reference in anchor.folds] == [TRAINED, REFRESHED]
    assert replay(ctx, outcome.run_id).numbers == {"equal": True}

    before = len(ctx.ledger.records("fold"))
    train(own.context(force=True), LATER)
    added = [record.details_as(FoldDetails).names for record in ctx.ledger.records("fold")[before:]]
    two = ModelVersion(2)
    assert added == [{frozen_recipe(ctx, two): "version 2"}], "that of the version to which a rollback goes now, alone"
    kept = [record.details_as(FoldDetails).names for record in ctx.ledger.records("fold")]
    assert kept.count({frozen_recipe(ctx, ONE): "version 1"}) == 2
