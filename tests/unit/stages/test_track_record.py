"""The track record: what was computed from the same inputs is not computed again, and what was changed is refused."""

from __future__ import annotations

import gzip
from datetime import date, timedelta

import numpy as np
import pytest

from assay.core.evaluation.fold_grid import Fold
from assay.core.interval import Interval
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.run_status import RunStatus
from assay.errors import InfrastructureError
from assay.stages.features.inputs import Inputs
from assay.stages.runtime.context import Context
from assay.stages.training.track_record import inputs_digest, outcomes_subject, read_folds, track_record
from assay.store.ledger.run_details import FoldDetails

from ...expect_errors import raises_code
from ...kept_models import kept_fold
from ...local_paths import local

BLOCK = Interval(date(2024, 1, 11), date(2024, 1, 18))
FOLD = Fold(BLOCK, Interval(date(2024, 1, 1), date(2024, 1, 10)))


def outcomes(seed: int = 1) -> dict[date, OutcomeProfile]:
    random = np.random.default_rng(seed)
    return {day: OutcomeProfile(label_scores(random.random(30), random.integers(0, 2, 30))) for day in BLOCK}


def computed(ctx: Context, recipe: str, inputs: str, run_id: str, seed: int = 1) -> None:
    """Record a fold of a recipe as a training does."""
    reference = kept_fold(ctx, recipe, outcomes(seed), run_id)
    details = FoldDetails(
        block=BLOCK, window=FOLD.window, known_on=date(2024, 2, 8), inputs=inputs,
        outcomes={recipe: reference.digest}, names={recipe: "boosted"},
    )  # fmt: skip
    ctx.ledger.append(ctx.record(run_id, "fold", "parcels", BLOCK, RunStatus.DONE, details=details))


def test_a_fold_is_missing_until_it_was_computed_from_the_same_inputs(parcels: Context) -> None:
    assert track_record(parcels).missing("r", {FOLD: "i"}) == [FOLD]
    computed(parcels, "r", "i", "fold-1")
    record = track_record(parcels)
    assert record.missing("r", {FOLD: "i"}) == []
    assert record.missing("r", {FOLD: "late data"}) == [FOLD]
    assert record.missing("another", {FOLD: "i"}) == [FOLD]


def test_the_newest_computation_of_a_fold_counts_and_the_older_one_stays_readable(parcels: Context) -> None:
    computed(parcels, "r", "i", "fold-1", seed=1)
    old = track_record(parcels).references("r", [BLOCK])
    computed(parcels, "r", "late data", "fold-2", seed=2)
    new = track_record(parcels).references("r", [BLOCK])
    assert [reference.run_id for reference in (*old, *new)] == ["fold-1", "fold-2"]
    assert read_folds(parcels, "r", old) == outcomes(1)
    assert read_folds(parcels, "r", new) == outcomes(2)


def test_outcomes_that_were_changed_on_the_disk_are_refused(parcels: Context) -> None:
    computed(parcels, "r", "i", "fold-1")
    [reference] = track_record(parcels).references("r", [BLOCK])
    folder = local(parcels.lake) / "_assay" / "parcels" / "profiles" / "outcomes" / outcomes_subject(parcels, "r")
    file = folder / str(BLOCK.start) / "fold-1.json.gz"
    text = gzip.decompress(file.read_bytes()).decode()
    file.write_bytes(gzip.compress(text.replace(",1]", ",2]", 1).encode()))
    with raises_code(InfrastructureError, "fold-changed", "fold-1", str(BLOCK.start)):
        read_folds(parcels, "r", [reference])


@pytest.mark.parametrize(
    ("changed", "same"),
    [(date(2023, 12, 26), True), (date(2023, 12, 27), False), (date(2024, 1, 17), False), (date(2024, 1, 18), True)],
)
def test_the_inputs_of_a_fold_are_its_window_its_block_and_the_lookback(
    parcels: Context, changed: date, same: bool
) -> None:
    days = Interval(date(2023, 12, 20), date(2024, 2, 1))
    runs = dict.fromkeys(days, "run")
    assert (digest_of(parcels, days, deliveries={**runs, changed: "another"}) == digest_of(parcels, days)) is same


def digest_of(ctx: Context, days: Interval, **runs: dict[date, str]) -> str:
    """Return the digest of the fold's inputs of a training that read these days."""
    wrote = {"parcels": dict.fromkeys(days, "run"), "deliveries": dict.fromkeys(days, "run"), **runs}
    return inputs_digest(ctx, Inputs(days, {"parcels": days, "deliveries": days}, {}, wrote), FOLD)


def test_the_rows_of_the_days_before_the_window_are_no_inputs_of_a_fold(parcels: Context) -> None:
    """A later training does not read them any more, and the fold is the same."""
    days = Interval(date(2023, 12, 20), date(2024, 2, 1))
    rows = {day: "run" for day in days if day >= FOLD.window.start}
    assert digest_of(parcels, days, parcels=rows) == digest_of(parcels, days)


def test_a_block_of_another_length_is_another_fold(parcels: Context) -> None:
    longer = Fold(Interval(BLOCK.start, BLOCK.end + timedelta(days=7)), FOLD.window)
    inputs = Inputs(BLOCK, {"parcels": BLOCK}, {}, {"parcels": {}})
    assert inputs_digest(parcels, inputs, FOLD) != inputs_digest(parcels, inputs, longer)


def test_a_fold_is_computed_again_for_another_slice_since_its_outcomes_are_kept_by_slice(parcels: Context) -> None:
    inputs = Inputs(BLOCK, {"parcels": BLOCK}, {}, {"parcels": {}})
    before, spec = inputs_digest(parcels, inputs, FOLD), parcels.pipeline.spec
    other = spec.model_copy(update={"gate": spec.gate.model_copy(update={"slices": ["depot", "weight"]})})
    object.__setattr__(parcels.pipeline, "spec", other)
    assert inputs_digest(parcels, inputs, FOLD) != before
