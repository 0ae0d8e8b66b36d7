"""`models --variants` shows what was served beside the folds of other models, from stored outcomes alone."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from assay.core.decisions.variants import VariantRole
from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import TableProfile
from assay.core.run_status import RunStatus
from assay.errors import InputError
from assay.stages.reviews.variants import variants_document, variants_lines, variants_of
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import FoldDetails
from bench.split_world import DaySpec, days_from

from ...kept_models import kept_fold
from .served_world import World

TRAINED = date(2024, 3, 4)


def days(first: date, number: int, broken: float = 0.0) -> dict[date, OutcomeProfile]:
    """The outcomes of days that follow each other."""
    return days_from(first, [DaySpec(broken=broken)] * number, np.random.default_rng(3))


@pytest.fixture
def world(parcels: Context) -> World:
    """A champion that served 56 days badly, and folds of its recipe on the same days."""
    made = World(parcels)
    made.serves(made.trained(TRAINED, judged=lambda day: days(day, 1)[day]))
    served = days(TRAINED, 56, broken=0.6)
    made.scored({day: TableProfile(1, {}) for day in served})
    made.monitored(Interval(TRAINED, TRAINED + timedelta(days=60)), served)
    for n in range(8):
        fold(parcels, f"recipe-{TRAINED}", TRAINED + timedelta(days=7 * n))
    return made


def fold(ctx: Context, recipe: str, first: date) -> None:
    """A fold that a later training computed."""
    block, run_id = Interval(first, first + timedelta(days=7)), f"later-{first}"
    kept = kept_fold(ctx, recipe, days(first, 7), run_id)
    window = Interval(first - timedelta(days=28), first)
    details = FoldDetails(
        block=block, window=window, known_on=block.end, inputs="", outcomes={recipe: kept.digest}, names={}
    )
    ctx.ledger.append(ctx.record(run_id, "fold", ctx.pipeline.name, block, RunStatus.DONE, details=details))


def test_the_champions_recipe_is_beside_what_was_served(world: World) -> None:
    table = variants_of(world.ctx)
    assert [one.role for one in table.variants][:2] == [VariantRole.SERVED, VariantRole.RECIPE]
    [served, newer, *_] = variants_document(world.ctx, table)["variants"]
    assert served["gain"] is None
    assert newer["gain"]["days"] == 56
    assert newer["gain"]["low"] > 0
    assert len(list(variants_lines(world.ctx, table))) == 2 + len(table.blocks) + len(table.gains)


def test_the_blocks_are_those_of_the_folds_that_have_served_days(world: World) -> None:
    blocks = variants_document(world.ctx, variants_of(world.ctx))["blocks"]
    assert [block["from"] for block in blocks] == [str(TRAINED + timedelta(days=7 * n)) for n in range(8)]
    assert all(block["values"][0]["days"] == 7 for block in blocks)


def test_without_a_served_day_the_error_has_its_code(parcels: Context) -> None:
    with pytest.raises(InputError) as error:
        variants_of(parcels)
    assert error.value.code == "no-served-days"
