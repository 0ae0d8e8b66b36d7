"""A challenge without an undecided training: another contender challenges the champion."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

from assay.core.interval import Interval
from assay.core.model_versions import ChallengeState, Evidence, ModelVersion
from assay.core.verdict import Action
from assay.stages.runtime.context import Context
from assay.store.ledger.promotions import PromotionKind
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord


def challenge_by_hand(ctx: Context, since: date, training: RunRecord | None = None) -> ModelVersion:
    """Register the other contender in MLflow, make it the challenger since that date, and return its version.

    It is one of the champion's training, or of `training`, whose code may be another.
    """
    state = ctx.promotions.current()
    assert state is not None
    assert state.champion is not None
    champion = state.evidence.versions[state.champion]
    details = (training or ctx.ledger.record(champion.training)).details_as(TrainingDetails)
    other = next(name for name in details.contenders if name not in {"constant", champion.name})
    challenger = replace(
        champion,
        **asdict(details.contenders[other]),
        name=other,
        code=details.code,
        feature_section=details.feature_section,
        training=training.run_id if training else champion.training,
    )
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
