"""The challenger beside the champion: since when, and on which days, the two are compared."""

from __future__ import annotations

from datetime import timedelta

from assay.core.decisions.challenger_tenure import Standing
from assay.core.model_versions import ChallengeState
from assay.stages.runtime.context import Context
from assay.store.ledger.promotions import Promotion
from assay.store.ledger.run_record import PartitionStatus


def standing_of(state: Promotion | None) -> Standing | None:
    """Return the challenger of that state; None where there is none."""
    if state is None or state.challenger is None:
        return None
    entry = state.evidence.versions[state.challenger]
    return Standing(f"version {state.challenger} ({entry.name})", entry.recipe, challenge_of(state).since)


def challenge_of(state: Promotion) -> ChallengeState:
    """Return how far the challenge of a state with a challenger has come."""
    assert state.evidence.challenge is not None, f"promotion {state.number} has a challenger and no challenge"
    return state.evidence.challenge


def against_another(ctx: Context, state: Promotion) -> ChallengeState:
    """Return the challenge of that state, continued against another champion.

    To be better than another champion is another question: no look at it was taken yet, and its days are those that
    follow the last one that was scored. Days before it were served by other versions, or were looked at already while
    the same version served earlier. The age of the challenge is not begun again: `since` stays.
    """
    scored = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED)
    first = max(scored) + timedelta(days=1) if scored else None
    return ChallengeState(challenge_of(state).since, champion_since=first)
