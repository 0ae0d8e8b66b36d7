"""A recipe that recalibrates goes the whole way: folds, the gate, and scores as its bundle gives them, to the bit."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from assay.core.interval import Interval
from assay.models.bundle.predictor import CALIBRATOR, load_predictor, open_bundle, raw_predictor
from assay.models.estimators.calibrator import Platt
from assay.stages.evaluation.gate import gate
from assay.stages.features.feature_rows import feature_rows
from assay.stages.features.inputs import find_inputs
from assay.stages.models.model_versions import scoring_model, version_entry
from assay.stages.runtime.context import Context
from assay.stages.scoring.score import score
from assay.stages.training.train import train
from assay.store.ledger.run_details import FoldDetails, TrainingDetails

from .conftest import TRAINED, Project

TRAIN = "train:    {window: 9 days, "
DAY = Interval.of(date(2024, 2, 7))


@pytest.fixture
def recalibrating(trained: Project, owned: Project) -> Project:
    """What was trained, in a project of its own that recalibrates on four days: about 180 parcels of them are late."""
    owned.edit(TRAIN, TRAIN + "validation: 4 days, recalibrate: platt, ")
    owned.edit("parcel_code.models:candidates", "parcel_code.models:both")
    return trained.copy(owned.home) and Project(owned.root, owned.home)


def features_of(ctx: Context, dates: Interval) -> pa.Table:
    """Return the features of some days, as `score` builds them, in the order of the key."""
    with feature_rows(ctx, find_inputs(ctx, dates, labelled=False)) as rows:
        return rows.of(dates).toArrow().sort_by("parcel")


def trained_details(ctx: Context) -> TrainingDetails:
    return ctx.ledger.records("train")[-1].details_as(TrainingDetails)


def check_calibrators(ctx: Context, details: TrainingDetails, rows: pa.Table) -> None:
    """Check that every contender but the constant has a calibrator, which its bundle applies to the model's scores."""
    for name, entry in details.contenders.items():
        model = scoring_model(ctx, name, entry)
        bundle = open_bundle(model.source, model.digest)
        assert (CALIBRATOR in bundle.files) is (name != "constant")
        if name == "constant":
            continue
        assert isinstance(bundle.calibrator, Platt)
        raw = raw_predictor(bundle)(rows)
        np.testing.assert_array_equal(load_predictor(model.source, model.digest)(rows), bundle.calibrator(raw))


def test_a_recalibrated_recipe_is_another_one_and_executors_serve_what_its_bundle_gives_to_the_bit(
    recalibrating: Project,
) -> None:
    ctx = recalibrating.context(why="its level is wrong")
    before = trained_details(ctx)
    train(ctx, TRAINED)
    details, rows = trained_details(ctx), features_of(ctx, DAY)
    assert details.distributed is None
    assert details.contenders["linear"].recipe != before.contenders["linear"].recipe
    assert details.procedure.train["recalibrate"] == "platt"
    # One of the linear model and of each candidate, and none on a fold whose model could not be recalibrated.
    assert len([note for note in details.notes if "platt" in note]) == 3
    folds = [fold.details_as(FoldDetails) for fold in ctx.ledger.records("fold")[-3:]]
    assert all(details.contenders["boosted"].recipe in fold.outcomes for fold in folds)
    check_calibrators(ctx, details, rows)
    gate(ctx, TRAINED)
    assert score(ctx, DAY).numbers["rows"] == 120
    state = ctx.promotions.current()
    assert state is not None
    assert state.champion is not None
    entry = version_entry(ctx, state.champion)
    model = scoring_model(ctx, entry.name, entry)
    frame = ctx.spark.read.format("delta").load(f"file://{recalibrating.lake('predictions', 'parcels')}")
    served = frame.where(f"ship_date = '{DAY.start}'").select("parcel", "score").toArrow().sort_by("parcel")
    np.testing.assert_array_equal(served["score"], load_predictor(model.source, model.digest)(rows))


def test_a_window_beyond_the_budget_is_recalibrated_on_executors(recalibrating: Project) -> None:
    recalibrating.edit(TRAIN, TRAIN + "driver_budget: 32 kB, ")
    ctx = recalibrating.context(why="more rows than the driver takes")
    train(ctx, TRAINED)
    details = trained_details(ctx)
    assert details.distributed is not None
    check_calibrators(ctx, details, features_of(ctx, DAY))
