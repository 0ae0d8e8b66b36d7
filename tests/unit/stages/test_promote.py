"""A promotion by hand: what it leaves of the challenger that stands beside the champion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ChallengeState, ModelVersion
from assay.core.verdict import Action
from assay.stages.promotion.promote import promote
from assay.stages.runtime.context import Context
from assay.store.ledger.promotions import PromotionKind

from ...kept_models import versions_known

MONDAY = date(2024, 2, 5)
ONE, THREE = ModelVersion(1), ModelVersion(3)


@pytest.fixture
def ctx(parcels: Context) -> Context:
    """Version 1 serves, version 3 is its challenger, looked at twice; the ledger knows of it."""
    evidence = replace(versions_known((1, 2, 3)), challenge=ChallengeState(MONDAY, looks=2, days=14))
    parcels.promotions.write(
        0, kind=PromotionKind.PROMOTE, champion=ONE, challenger=THREE, why="", run_id="p0", evidence=evidence
    )
    parcels.ledger.append(parcels.record("p0", "gate", "parcels", Interval.of(MONDAY), Action.PROMOTE))
    parcels.why = "it is simpler"
    return parcels


def test_a_challenger_is_judged_anew_against_the_champion_of_a_person(ctx: Context) -> None:
    promote(ctx, ModelVersion(2))
    assert roles(ctx) == (2, 3, ChallengeState(MONDAY))


def test_a_challenger_that_a_person_promotes_leaves_none_behind(ctx: Context) -> None:
    promote(ctx, THREE)
    assert roles(ctx) == (3, None, None)


def test_the_first_champion_takes_the_place_of_none_that_is_named(parcels: Context) -> None:
    evidence = replace(versions_known((3,)), challenge=ChallengeState(MONDAY))
    parcels.promotions.write(
        0, kind=PromotionKind.CHALLENGE, champion=None, challenger=THREE, why="", run_id="p0", evidence=evidence
    )
    parcels.ledger.append(parcels.record("p0", "gate", "parcels", Interval.of(MONDAY), Action.CHALLENGE))
    parcels.why = "it is better than nothing"
    assert "None" not in promote(parcels, THREE).sentence


def roles(ctx: Context) -> tuple[int | None, int | None, Any]:
    state = ctx.promotions.current()
    assert state is not None
    return state.champion, state.challenger, state.evidence.challenge
