"""gate: judge the contenders and the champion by their recipes' folds; what is shown better serves, or waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from assay.core.check import Status
from assay.core.decisions.gate import GateDecision, judge_gate
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.interval import Interval
from assay.core.model_versions import ContenderEntry
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, Verdict
from assay.errors import InputError
from assay.stages.evaluation.champion_age import newer_champion
from assay.stages.evaluation.gate_report import record_evidence
from assay.stages.evaluation.judged_folds import CHAMPION, track_records
from assay.stages.models.model_versions import training_constant, version_entry
from assay.stages.promotion.aliases import align_aliases
from assay.stages.promotion.challenger_tenure import standing_of
from assay.stages.promotion.pause import paused
from assay.stages.promotion.promote import reconcile
from assay.stages.promotion.serve import PromotionProposal, serve
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.training.train import subject_of
from assay.store.ledger.promotions import Promotion
from assay.store.ledger.run_details import GateDetails, TrainingDetails
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, RunRecord, new_run_id
from assay.store.locks.locks import hold


@dataclass(frozen=True, slots=True)
class GateJudgement:
    """A decision, the measurements behind it, and the state of the promotions that it was made against."""

    training: RunRecord
    state: Promotion | None
    days: Mapping[str, Mapping[date, OutcomeProfile]]
    decision: GateDecision


def gate(ctx: Context, day: date, *, name: str = "", propose: bool = False) -> StageOutcome:
    """Judge the contenders of `day`'s training; promote, challenge, keep the present challenger, or refuse (exit 3).

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
    entries = training.details_as(TrainingDetails).contenders
    contenders = [contender_of(entry, name, days[name]) for name, entry in entries.items()]
    decision = judge_gate(contenders, _champion(ctx, state, days), policy_of(ctx), standing_of(state))
    if subject != ctx.pipeline.name:
        decision = _only_candidates(decision, {c.name for c in contenders if c.kind == "candidate"})
    ctx.runs.write(run_id, VERDICT, decision.verdict)
    return _act(ctx, run_id, GateJudgement(training, state, days, decision), subject, propose=propose)


def contender_of(
    entry: ContenderEntry, name: str, days: Mapping[date, OutcomeProfile], constant: float | None = None
) -> Contender:
    """Return a model as the gate sees it, from what the ledger keeps of it and its outcomes per day."""
    return Contender(name, entry.kind, entry.complexity, entry.recipe, days, entry.digest, constant)


def _only_candidates(decision: GateDecision, candidates: set[str]) -> GateDecision:
    """Return the decision of a side training, where only its own candidates may move on.

    The baselines of a side training are there to be compared with.
    """
    moves = {
        decision.forward if decision.verdict.action is Action.PROMOTE else None,
        decision.challenger,
        decision.waits,
    } - {None}
    if not moves or moves <= candidates:
        return decision
    lost = [c for c in decision.comparisons if c.contender in candidates]
    sentence = lost[0].sentence if lost else "None of its candidates moved on."
    verdict = Verdict(Status.FAIL, Action.REFUSE, sentence, decision.verdict.findings)
    return replace(decision, verdict=verdict, forward=None, challenger=None, waits=None)


def _champion(
    ctx: Context, state: Promotion | None, days: Mapping[str, Mapping[date, OutcomeProfile]]
) -> Contender | None:
    """Return the champion as its recipe was on the folds."""
    if state is None or state.champion is None:
        return None
    entry, name = version_entry(ctx, state.champion), f"{CHAMPION} (version {state.champion})"
    return contender_of(entry, name, days[CHAMPION], training_constant(ctx, state.champion))


def _act(ctx: Context, run_id: str, judged: GateJudgement, subject: str, *, propose: bool) -> StageOutcome:
    """Register the winners, then let one compare-and-set decide who serves; MLflow follows, and is repaired from it."""
    decision = judged.decision
    verdict = decision.verdict
    forward = decision.forward if verdict.action is Action.PROMOTE else None
    waits = propose and forward is not None
    proposal = PromotionProposal(forward, decision.challenger, judged.training, run_id, verdict.sentence)
    record = _record(ctx, judged, subject, proposal, waits=waits)
    if waits or not proposal.winners:
        ctx.ledger.append(record)
    else:
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


def _record(
    ctx: Context, judged: GateJudgement, subject: str, proposal: PromotionProposal, *, waits: bool
) -> RunRecord:
    training, verdict = judged.training, judged.decision.verdict
    day = date.fromisoformat(next(iter(training.partitions)))
    number = judged.state.number if judged.state else 0
    return ctx.record(
        proposal.judged_by,
        "gate",
        subject,
        Interval.of(day),
        verdict.action,
        why=verdict.sentence,
        partitions={
            str(day): PartitionState(
                PartitionStatus.JUDGED, PartitionFingerprint(subject, str(day), training.run_id, "", ""), {}
            )
        },
        counts={"findings": len(verdict.findings)},
        verdict=verdict.summary,
        details=GateDetails(
            training=training.run_id,
            forward=judged.decision.forward,
            challenger=judged.decision.challenger,
            promotion=number + 1 if proposal.winners and not waits else None,
            against=number if waits else None,
        ),
    )
