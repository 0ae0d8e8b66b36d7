"""A version that the promotions know and that does not serve: another contender of a training."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion
from assay.core.verdict import Action
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord


def another_version(ctx: Context, day: date, training: RunRecord | None = None) -> ModelVersion:
    """Register the other contender in MLflow, and return its version, which a person may promote.

    It is one of the champion's training, or of `training`, whose code may be another.
    """
    state = ctx.promotions.current()
    assert state is not None
    assert state.champion is not None
    champion = state.evidence.versions[state.champion]
    details = (training or ctx.ledger.record(champion.training)).details_as(TrainingDetails)
    other = next(name for name in details.contenders if name not in {"constant", champion.name})
    entry = replace(
        champion,
        **asdict(details.contenders[other]),
        name=other,
        code=details.code,
        feature_section=details.feature_section,
        training=training.run_id if training else champion.training,
    )
    version, run_id = (
        ModelVersion(ctx.registry.register(entry.run_id, description="", tags={})),
        f"known-{state.number}",
    )
    ctx.ledger.append(ctx.record(run_id, "promote", ctx.pipeline.name, Interval.of(day), Action.PROMOTE))
    ctx.promotions.write(
        state.number,
        kind=PromotionKind.PROMOTE,
        champion=state.champion,
        why="the tests need another version",
        run_id=run_id,
        evidence=Evidence({**state.evidence.versions, version: entry}),
    )
    return version
