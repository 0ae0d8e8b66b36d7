"""A promotion by hand: the champion that it names, and the sentence about it."""

from __future__ import annotations

from datetime import date

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.verdict import Action
from assay.errors import InputError
from assay.stages.promotion.promote import left_by_rollbacks, promote, rollback
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind

from ...expect_errors import raises_code
from ...kept_models import versions_known

MONDAY = date(2024, 2, 5)


def test_the_first_champion_takes_the_place_of_none_that_is_named(parcels: Context) -> None:
    parcels.promotions.write(
        0, kind=PromotionKind.PROMOTE, champion=None, why="", run_id="p0", evidence=versions_known((3,))
    )
    parcels.ledger.append(parcels.record("p0", "gate", "parcels", Interval.of(MONDAY), Action.PROMOTE))
    parcels.why = "it is better than nothing"
    assert "None" not in promote(parcels, ModelVersion(3)).sentence
    state = parcels.promotions.current()
    assert state is not None
    assert (state.champion, state.number) == (3, 2)


def champions(ctx: Context, *versions: int) -> None:
    """Let these versions become champion one after the other, each by a promotion."""
    for number, version in enumerate(versions):
        ctx.promotions.write(
            number,
            kind=PromotionKind.PROMOTE,
            champion=ModelVersion(version),
            why="",
            run_id=f"p{number}",
            evidence=versions_known(versions),
        )
        ctx.ledger.append(ctx.record(f"p{number}", "gate", "parcels", Interval.of(MONDAY), Action.PROMOTE))


def test_a_second_rollback_goes_further_back_and_never_to_the_version_that_was_just_left(parcels: Context) -> None:
    champions(parcels, 1, 2, 3)
    parcels.why = "odd scores"
    assert rollback(parcels).numbers["champion"] == 2
    assert rollback(parcels).numbers["champion"] == 1
    with raises_code(InputError, "no-earlier-champion", 2, 3):
        rollback(parcels)
    assert rollback(parcels, ModelVersion(3)).numbers["champion"] == 3, "a person may name it"
    assert rollback(parcels).numbers["champion"] == 1, "version 2 was left"


def test_a_version_that_was_promoted_again_after_a_rollback_counts_as_an_earlier_champion(parcels: Context) -> None:
    champions(parcels, 1, 2)
    parcels.why = "odd scores"
    rollback(parcels)
    promote(parcels, ModelVersion(2))
    assert left_by_rollbacks(parcels.promotions.history()) == set()
    assert rollback(parcels).numbers["champion"] == 1
    assert left_by_rollbacks(parcels.promotions.history()) == {2}
