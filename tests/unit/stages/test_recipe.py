"""The recipe of a contender: recalibration is a part of it, as the whole section of the spec is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assay.models.estimators.calibrator import Recalibration
from assay.stages.runtime.context import Context
from assay.stages.training.fit import training_job
from assay.stages.training.recipe import procedure_of, recipes_of

CANDIDATES = "parcel_code.models:candidates"


def recalibrating(ctx: Context, method: Any) -> Context:
    """Return the context of a pipeline whose spec names a method, None for none."""
    spec = ctx.pipeline.spec
    train = spec.train.model_copy(update={"recalibrate": method})
    return replace(ctx, pipeline=replace(ctx.pipeline, spec=spec.model_copy(update={"train": train})))


def test_each_method_of_recalibration_makes_other_recipes(parcels: Context) -> None:
    recipes: list[str] = []
    for method in (None, "platt", "isotonic"):
        ctx = recalibrating(parcels, method)
        of_names = recipes_of(ctx, procedure_of(ctx, CANDIDATES), {"boosted": None})
        recipes += [of_names["linear"], of_names["boosted"]]
    assert len(set(recipes)) == 6


def test_a_spec_without_recalibration_keeps_its_recipes_and_its_stored_procedure(parcels: Context) -> None:
    assert "recalibrate" not in procedure_of(parcels, CANDIDATES).train
    assert procedure_of(recalibrating(parcels, "platt"), CANDIDATES).train["recalibrate"] == "platt"


@pytest.mark.parametrize(("written", "wanted"), [(None, None), ("isotonic", Recalibration.ISOTONIC)])
def test_the_job_of_a_training_has_the_method_of_the_spec(
    parcels: Context, written: str | None, wanted: Recalibration | None
) -> None:
    job = training_job(recalibrating(parcels, written), None, [], {}, days=9)  # type: ignore[arg-type]
    assert job.recalibrate is wanted
