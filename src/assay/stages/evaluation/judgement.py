"""The judgement of a training by the gate's inputs: the same for a gate and for its replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assay.core.decisions.gate import GateDecision, judge_gate
from assay.core.decisions.looks.judge_pairs import JudgedTraining
from assay.core.evaluation.contender import Contender, GateClaim, GatePolicy
from assay.core.interval import Interval
from assay.core.model_versions import ContenderEntry, ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.evaluation.judged_folds import CHAMPION, champion_references, track_records
from assay.stages.evaluation.refresh_rivals import refresh_rivals, rival_contenders
from assay.stages.models.model_versions import training_constant, version_entry
from assay.stages.runtime.context import Context
from assay.store.decisions.gate_inputs import GateInputs
from assay.store.decisions.promotions import Promotion
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord

Days = Mapping[str, Mapping[date, OutcomeProfile]]


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision, and the outcomes of each model by day that it was made by."""

    decision: GateDecision
    days: Days


def policy_of(ctx: Context) -> GatePolicy:
    """Return the spec's gate as the core's policy."""
    spec = ctx.pipeline.spec.gate
    return GatePolicy(
        metric=spec.metric,
        at_least=spec.limit,
        margin=spec.margin,
        confidence=spec.confidence,
        slices=tuple(spec.slices),
        min_slice_rows=spec.min_slice_rows,
        slice_harm=spec.slice_harm,
        claim=GateClaim(spec.claim),
        fold=spec.fold,
        folds=spec.folds,
        challengers=spec.challengers,
        min_days=spec.min_days,
        min_positives=spec.min_positives,
    )


def gate_inputs(ctx: Context, training: RunRecord, state: Promotion | None) -> GateInputs:
    """Return all that the verdict on a training rests on, as it is now."""
    details, policy = training.details_as(TrainingDetails), policy_of(ctx)
    folds = Interval(details.blocks[0].start, details.blocks[-1].end)
    champion = state.champion if state else None
    return GateInputs(
        training=training.run_id,
        policy=policy,
        folds=folds,
        champion=champion,
        champion_folds=champion_references(ctx, training, champion),
        beside=refresh_rivals(ctx, state, details.blocks),
        state=ctx.gate_states.before(training.run_id, champion),
        promotion=state.number if state else 0,
        served=_served(ctx),
    )


def _served(ctx: Context) -> dict[str, int]:
    """Return the number of the newest promotion that made a version of each recipe the champion."""
    history = [one for one in ctx.promotions.history() if one.champion is not None]
    return {one.evidence.versions[one.champion].recipe: one.number for one in history if one.champion is not None}


def judge(ctx: Context, training: RunRecord, inputs: GateInputs) -> Judged:
    """Return the decision that follows from the inputs, and from the folds that the training's record names."""
    details = training.details_as(TrainingDetails)
    days = track_records(ctx, training, inputs.champion, inputs.champion_folds)
    decision = judge_gate(
        [_contender(entry, name, days[name]) for name, entry in details.contenders.items()],
        _champion(ctx, inputs.champion, days),
        inputs.policy,
        JudgedTraining(
            training.start,
            training.subject,
            inputs.folds,
            side=training.subject != ctx.pipeline.name,
            promotion=inputs.promotion,
            served=inputs.served,
            recipes=frozenset(entry.recipe for entry in details.contenders.values()),
        ),
        inputs.state,
        rival_contenders(ctx, inputs.beside),
    )
    return Judged(decision, days)


def _contender(
    entry: ContenderEntry, name: str, days: Mapping[date, OutcomeProfile], constant: float | None = None
) -> Contender:
    """Return a model as the gate sees it, from what the ledger keeps of it and its outcomes per day."""
    return Contender(name, entry.kind, entry.complexity, entry.recipe, days, entry.digest, constant)


def _champion(ctx: Context, champion: ModelVersion | None, days: Days) -> Contender | None:
    """Return the champion as its recipe was on the folds."""
    if champion is None:
        return None
    entry, name = version_entry(ctx, champion), f"{CHAMPION} (version {champion})"
    return _contender(entry, name, days[CHAMPION], training_constant(ctx, champion))
