"""Naive baselines of a spec: which features they may be, which recipes depend on them, and which folds they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from assay.core.evaluation.fold_grid import Fold
from assay.core.interval import Interval
from assay.errors import InputError, Location, SpecErrors
from assay.spec.schema.pipeline import TrainSpec
from assay.spec.yaml.document import Document
from assay.stages.features.inputs import Inputs
from assay.stages.features.leakage_proof import Sample
from assay.stages.features.naive_features import check_naive_features
from assay.stages.operations import check
from assay.stages.planning.windows import Windows
from assay.stages.runtime.context import Context
from assay.stages.training import train as training_stage
from assay.stages.training.recipe import procedure_of, recipes_of
from assay.store.ledger.run_record import PartitionFingerprint

from ...expect_errors import missing_data, raises_code

DAY = date(2024, 6, 1)
TYPES = [("ship_date", "date"), ("parcel", "bigint"), ("last_week", "double"), ("items", "int"), ("depot", "string")]
Naive = Callable[..., Context]


@pytest.fixture
def with_naive(parcels: Context, monkeypatch: pytest.MonkeyPatch) -> Naive:
    """Returns the pipeline with naive baselines in its spec, each at a column of a line of its own."""
    as_written = parcels.pipeline.spec

    def change(*names: str) -> Context:
        train = as_written.train.model_copy(update={"naive": list(names)})
        object.__setattr__(parcels.pipeline, "spec", as_written.model_copy(update={"train": train}))
        return parcels

    def at(_: Document, *path: Any, **__: Any) -> Location:
        return Location("parcels.yaml", 31, 10 + path[-1] if path[:2] == ("train", "naive") else 1, 1, "")

    monkeypatch.setattr(Document, "at", at)
    return change


def test_number_features_are_taken(with_naive: Naive) -> None:
    check_naive_features(with_naive("last_week", "items"), SimpleNamespace(dtypes=TYPES))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        ("last_wek", "unknown-feature", "last_week"),
        ("parcel", "unknown-feature", "last_week"),
        ("depot", "feature-type", ""),
    ],
)
def test_what_is_no_number_feature_is_refused_at_its_place(with_naive: Naive, name: str, code: str, hint: str) -> None:
    ctx = with_naive("last_week", name)
    with pytest.raises(InputError) as refused:
        check_naive_features(ctx, SimpleNamespace(dtypes=TYPES))  # type: ignore[arg-type]
    error = refused.value
    assert error.location is not None
    assert (error.code, error.exit_code, error.location.column) == (code, 2, 11)
    assert missing_data(f"{error.message} {error.hint}", name, hint) == []


def test_all_wrong_ones_are_shown_together(with_naive: Naive) -> None:
    with pytest.raises(SpecErrors) as refused:
        check_naive_features(with_naive("depot", "nothing"), SimpleNamespace(dtypes=TYPES))  # type: ignore[arg-type]
    assert [error.code for error in refused.value.errors] == ["feature-type", "unknown-feature"]


def test_check_refuses_it_as_soon_as_the_features_are_known(with_naive: Naive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "find_sample", lambda _: Sample(DAY, 7))
    monkeypatch.setattr(check, "prove", lambda *_: "no look-ahead")
    for name in ("find_inputs", "read_inputs"):
        monkeypatch.setattr(check, name, lambda *_: None)
    monkeypatch.setattr(check, "features_of", lambda *_: SimpleNamespace(dtypes=TYPES))
    assert check.prove_features(with_naive("items"), None) == "no look-ahead"
    with raises_code(InputError, "unknown-feature", "last_wek"):
        check.prove_features(with_naive("last_wek"), None)


def test_a_naive_baseline_is_a_recipe_and_changes_no_other(with_naive: Naive) -> None:
    def recipes(*names: str) -> dict[str, str]:
        ctx = with_naive(*names)
        return recipes_of(ctx, procedure_of(ctx, None), {"boosted": None})

    without, one, two = recipes(), recipes("last_week"), recipes("items", "last_week")
    assert list(two) == ["constant", "naive items", "naive last_week", "linear", "boosted"]
    assert len(set(two.values())) == 5
    assert without.items() <= one.items() <= two.items()


def test_the_stored_procedure_names_the_naive_baselines(with_naive: Naive) -> None:
    ctx = with_naive("last_week")
    stored = TrainSpec.model_validate(procedure_of(ctx, None).train)
    assert stored.naive == ["last_week"]


def test_a_naive_baseline_has_the_older_folds_that_an_open_pair_is_guarded_on(
    with_naive: Naive, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = with_naive("last_week")
    computed: dict[Fold, list[str]] = {}

    def compute(_ctx: Context, _rows: Any, _work: Any, missing: Mapping[Fold, Sequence[str]]) -> list[str]:
        computed.update({fold: list(names) for fold, names in missing.items()})
        return []

    monkeypatch.setattr(training_stage, "compute_folds", compute)
    newest, older = (fold_before(days) for days in (7, 14))
    windows = Windows(window=newest.window, folds=(newest,), older=(older,))
    training = training_stage.Training(
        DAY, windows, Inputs(newest.window, {}, {}, {}), PartitionFingerprint("parcels", str(DAY), "", "", "")
    )
    recipes = recipes_of(ctx, procedure_of(ctx, None), {"boosted": None})
    training_stage._compute_folds(ctx, None, training, recipes, {})  # type: ignore[arg-type]
    assert computed == {newest: list(recipes), older: ["constant", "naive last_week"]}


def fold_before(days: int) -> Fold:
    start = DAY - timedelta(days=days)
    return Fold(Interval(start, start + timedelta(days=7)), Interval(start - timedelta(days=30), start))
