"""A promotion by hand: the champion that it names, and the sentence about it."""

from __future__ import annotations

from datetime import date

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.verdict import Action
from assay.stages.promotion.promote import promote
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind

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
