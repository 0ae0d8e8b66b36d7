"""A promotion by hand: what it leaves of the challenger that stands beside the champion."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from assay.core.interval import Interval
from assay.stages.promotion.promote import promote
from assay.stages.runtime.context import Context


@pytest.fixture
def ctx(parcels: Context) -> Context:
    """Version 1 serves, version 3 is its challenger, looked at twice; the ledger knows of it."""
    evidence = {"versions": {"1": {}, "2": {}, "3": {}}, "challenge": {"since": "2024-02-05", "looks": 2, "days": 14}}
    parcels.promotions.write(0, kind="promote", champion=1, challenger=3, why="", run_id="p0", evidence=evidence)
    parcels.ledger.append(parcels.record("p0", "gate", "parcels", Interval.of(date(2024, 2, 5)), "promote"))
    parcels.why = "it is simpler"
    return parcels


def test_a_challenger_is_judged_anew_against_the_champion_of_a_person(ctx: Context) -> None:
    promote(ctx, 2)
    assert roles(ctx) == (2, 3, {"since": "2024-02-05", "looks": 0})


def test_a_challenger_that_a_person_promotes_leaves_none_behind(ctx: Context) -> None:
    promote(ctx, 3)
    assert roles(ctx) == (3, None, None)


def test_the_first_champion_takes_the_place_of_none_that_is_named(parcels: Context) -> None:
    evidence = {"versions": {"3": {}}, "challenge": {"since": "2024-02-05", "looks": 0}}
    parcels.promotions.write(0, kind="challenge", champion=None, challenger=3, why="", run_id="p0", evidence=evidence)
    parcels.ledger.append(parcels.record("p0", "gate", "parcels", Interval.of(date(2024, 2, 5)), "challenge"))
    parcels.why = "it is better than nothing"
    assert "None" not in promote(parcels, 3).sentence


def roles(ctx: Context) -> tuple[int | None, int | None, Any]:
    state = ctx.promotions.current()
    assert state is not None
    return state.champion, state.challenger, state.evidence.get("challenge")
