"""A challenge without an undecided training: another contender of the champion's training challenges it."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

from assay.core.interval import Interval
from assay.core.model_versions import ChallengeState, Evidence, ModelVersion
from assay.core.verdict import Action
from assay.stages.runtime.context import Context
from assay.store.ledger.promotions import PromotionKind
from assay.store.ledger.run_details import TrainingDetails


def challenge_by_hand(ctx: Context, since: date) -> ModelVersion:
    """Register the other contender in MLflow, make it the challenger since that date, and return its version."""
    state = ctx.promotions.current()
    assert state is not None
    assert state.champion is not None
    champion = state.evidence.versions[state.champion]
    contenders = ctx.ledger.record(champion.training).details_as(TrainingDetails).contenders
    other = next(name for name in contenders if name not in {"constant", champion.name})
    challenger = replace(champion, **asdict(contenders[other]), name=other)
    version = ModelVersion(ctx.registry.register(challenger.run_id, description="", tags={}))
    ctx.ledger.append(ctx.record("undecided", "gate", ctx.pipeline.name, Interval.of(since), Action.CHALLENGE))
    ctx.promotions.write(
        state.number,
        kind=PromotionKind.CHALLENGE,
        champion=state.champion,
        challenger=version,
        why="",
        run_id="undecided",
        evidence=Evidence({**state.evidence.versions, version: challenger}, ChallengeState(since)),
    )
    return version
