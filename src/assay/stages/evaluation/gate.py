"""gate: judge the recipes of a training by their folds; what is shown better serves, and so does a good refresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assay.core.check import Status
from assay.core.decisions.gate import GateDecision, judge_gate
from assay.core.decisions.looks.judge_pairs import JudgedTraining
from assay.core.evaluation.contender import Contender, GateClaim, GatePolicy
from assay.core.interval import Interval
from assay.core.model_versions import ContenderEntry
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, Verdict
from assay.errors import InputError
from assay.stages.evaluation.champion_age import newer_champion
from assay.stages.evaluation.gate_report import record_evidence
from assay.stages.evaluation.judged_folds import CHAMPION, track_records
from assay.stages.evaluation.refresh_rivals import refresh_rivals
from assay.stages.models.model_versions import training_constant, version_entry
from assay.stages.promotion.aliases import align_aliases
from assay.stages.promotion.pause import paused
from assay.stages.promotion.promote import reconcile
from assay.stages.promotion.serve import PromotionProposal, serve
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.training.train import subject_of
from assay.store.decisions.promotions import Promotion
from assay.store.failpoints import failpoint
from assay.store.ledger.run_details import GateDetails, TrainingDetails
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, RunRecord, new_run_id
from assay.store.locks.locks import hold


@dataclass(frozen=True, slots=True)
class GateJudgement:
    """A decision, the measurements behind it, the promotions that it was made against, and the state's number."""

    training: RunRecord
    state: Promotion | None
    days: Mapping[str, Mapping[date, OutcomeProfile]]
    decision: GateDecision
    number: int | None = None


def gate(ctx: Context, day: date, *, name: str = "", propose: bool = False) -> StageOutcome:
    """Judge the contenders of `day`'s training: promote one, keep the champion while others are undecided, or refuse.

    The exit code of a refusal is 3.

    With `propose`, while the pipeline is paused, or where the spec requires an approval, a promotion waits for `assay
    promote --date` instead.
    """
    subject = subject_of(ctx, name)
    trained = ctx.ledger.latest("train", subject).get(day)
    if trained is None:
        raise InputError(
            f"nothing was trained for {subject} on {day}",
            code="not-trained",
            hint=f"run 'assay train {ctx.pipeline.name} --date {day}' first",
        )
    training = trained[0]
    with hold(ctx.lake, f"gate/{ctx.pipeline.name}", None, wait=ctx.wait):
        reconcile(ctx)
        before = ctx.ledger.latest("gate", subject).get(day)
        if before is not None and before[1].identity.input == training.run_id and not ctx.force:
            sentence = before[0].sentence
            align_aliases(ctx)
            return StageOutcome("gate", subject, None, f"already judged: {sentence}", status=before[0].status)
        propose = propose or ctx.pipeline.spec.promotion.needs_approval or paused(ctx) is not None
        return _gate(ctx, training, subject, propose=propose)


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
        claim=GateClaim(spec.claim),
        fold=spec.fold,
        folds=spec.folds,
        challengers=spec.challengers,
    )


def _gate(ctx: Context, training: RunRecord, subject: str, *, propose: bool) -> StageOutcome:
    state = ctx.promotions.current()
    run_id = new_run_id("gate")
    newer = newer_champion(ctx, training, state)
    if newer is not None:
        verdict = Verdict(Status.FAIL, Action.REFUSE, newer.sentence, (newer,))
        ctx.runs.write(run_id, VERDICT, verdict)
        return _act(ctx, run_id, GateJudgement(training, state, {}, GateDecision(verdict)), subject, propose=propose)
    days = track_records(ctx, training, state.champion if state else None)
    decision = _judge(ctx, training, subject, state, days)
    ctx.runs.write(run_id, VERDICT, decision.verdict)
    number = None
    if decision.state is not None:
        failpoint("gate:before-state")
        number = ctx.gate_states.write(training.run_id, run_id, decision.state)
        failpoint("gate:after-state")
    return _act(ctx, run_id, GateJudgement(training, state, days, decision, number), subject, propose=propose)


def _judge(
    ctx: Context,
    training: RunRecord,
    subject: str,
    state: Promotion | None,
    days: Mapping[str, Mapping[date, OutcomeProfile]],
) -> GateDecision:
    details, policy = training.details_as(TrainingDetails), policy_of(ctx)
    contenders = [contender_of(entry, name, days[name]) for name, entry in details.contenders.items()]
    folds = Interval(details.blocks[0].start, details.blocks[-1].end)
    judged = JudgedTraining(training.start, subject, folds, side=subject != ctx.pipeline.name)
    return judge_gate(
        contenders,
        _champion(ctx, state, days),
        policy,
        judged,
        ctx.gate_states.before(training.run_id),
        refresh_rivals(ctx, state, folds, policy.fold),
    )


def contender_of(
    entry: ContenderEntry, name: str, days: Mapping[date, OutcomeProfile], constant: float | None = None
) -> Contender:
    """Return a model as the gate sees it, from what the ledger keeps of it and its outcomes per day."""
    return Contender(name, entry.kind, entry.complexity, entry.recipe, days, entry.digest, constant)


def _champion(
    ctx: Context, state: Promotion | None, days: Mapping[str, Mapping[date, OutcomeProfile]]
) -> Contender | None:
    """Return the champion as its recipe was on the folds."""
    if state is None or state.champion is None:
        return None
    entry, name = version_entry(ctx, state.champion), f"{CHAMPION} (version {state.champion})"
    return contender_of(entry, name, days[CHAMPION], training_constant(ctx, state.champion))


def _act(ctx: Context, run_id: str, judged: GateJudgement, subject: str, *, propose: bool) -> StageOutcome:
    """Register the winner, then let one compare-and-set decide who serves; MLflow follows, and is repaired from it."""
    decision = judged.decision
    verdict, forward, claim = decision.verdict, decision.forward, decision.claim
    waits = propose and forward is not None
    record = _record(ctx, run_id, judged, subject, waits=waits)
    if waits or forward is None or claim is None:
        ctx.ledger.append(record)
    else:
        proposal = PromotionProposal(forward, claim, judged.training, run_id, verdict.sentence)
        serve(ctx, judged.state, proposal, record)
    if judged.days:
        record_evidence(ctx, judged.training, judged.days, decision)
    warning = align_aliases(ctx)
    day = next(iter(judged.training.partitions))
    which = f"--date {day}" if subject == ctx.pipeline.name else f"--proposal {run_id}"
    todo = f"It waits: 'assay promote {ctx.pipeline.name} {which}' makes it serve." if waits else ""
    sentence = " ".join(filter(None, (verdict.sentence, todo, warning)))
    exit_code = 3 if verdict.action is Action.REFUSE else 0
    return StageOutcome(
        "gate", subject, run_id, sentence, status=RunStatus.PROPOSE if waits else verdict.action, exit_code=exit_code
    )


def _record(ctx: Context, run_id: str, judged: GateJudgement, subject: str, *, waits: bool) -> RunRecord:
    training, decision = judged.training, judged.decision
    day = date.fromisoformat(next(iter(training.partitions)))
    number = judged.state.number if judged.state else 0
    promotes = decision.forward is not None and not waits
    return ctx.record(
        run_id,
        "gate",
        subject,
        Interval.of(day),
        decision.verdict.action,
        why=decision.verdict.sentence,
        partitions={
            str(day): PartitionState(
                PartitionStatus.JUDGED, PartitionFingerprint(subject, str(day), training.run_id, "", ""), {}
            )
        },
        counts={"findings": len(decision.verdict.findings)},
        verdict=decision.verdict.summary,
        details=GateDetails(
            training=training.run_id,
            forward=decision.forward,
            claim=decision.claim,
            champion=judged.state.champion if judged.state else None,
            state=judged.number,
            promotion=number + 1 if promotes else None,
            against=number if waits else None,
        ),
    )
