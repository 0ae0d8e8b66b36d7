"""gate: judge the recipes of a training by their folds; what is shown better serves, and so does a good refresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.core.check import Finding, Status
from assay.core.decisions.gate import GateDecision
from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, Verdict
from assay.errors import InputError
from assay.stages.evaluation.champion_age import newer_champion
from assay.stages.evaluation.gate_report import record_evidence
from assay.stages.evaluation.judgement import Days, gate_inputs, judge, policy_of
from assay.stages.promotion.aliases import align_aliases
from assay.stages.promotion.pause import paused
from assay.stages.promotion.promote import reconcile
from assay.stages.promotion.serve import PromotionProposal, serve
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.training.train import subject_of
from assay.store.decisions.gate_inputs import GATE_INPUTS
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
    days: Days
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
            align_aliases(ctx)
            return _judged_before(ctx, before[0])
        propose = propose or ctx.pipeline.spec.promotion.needs_approval or paused(ctx) is not None
        return _gate(ctx, training, subject, propose=propose)


def _judged_before(ctx: Context, judged: RunRecord) -> StageOutcome:
    """Return the outcome of a training that was judged already: with its exit code, and a word on changed settings."""
    sentence, policy = f"already judged: {judged.sentence}", policy_of(ctx)
    if judged.details_as(GateDetails).state is not None and ctx.runs.read(judged.run_id, GATE_INPUTS).policy != policy:
        sentence += " The gate's settings have changed since: --force judges by those of today."
    exit_code = 3 if judged.status == Action.REFUSE else 0
    return StageOutcome("gate", judged.subject, None, sentence, status=judged.status, exit_code=exit_code)


def _gate(ctx: Context, training: RunRecord, subject: str, *, propose: bool) -> StageOutcome:
    state = ctx.promotions.current()
    run_id = new_run_id("gate")
    refusal = newer_champion(ctx, training, state) or _without_folds(training)
    if refusal is not None:
        verdict = Verdict(Status.FAIL, Action.REFUSE, refusal.sentence, (refusal,))
        ctx.runs.write(run_id, VERDICT, verdict)
        return _act(ctx, run_id, GateJudgement(training, state, {}, GateDecision(verdict)), subject, propose=propose)
    inputs = gate_inputs(ctx, training, state)
    judged = judge(ctx, training, inputs)
    ctx.runs.write(run_id, GATE_INPUTS, inputs)
    ctx.runs.write(run_id, VERDICT, judged.decision.verdict)
    number = None
    if judged.decision.state is not None:
        failpoint("gate:before-state")
        number = ctx.gate_states.write(training.run_id, inputs.champion, run_id, judged.decision.state)
        failpoint("gate:after-state")
    judgement = GateJudgement(training, state, judged.days, judged.decision, number)
    return _act(ctx, run_id, judgement, subject, propose=propose)


def _without_folds(training: RunRecord) -> Finding | None:
    """Return the finding that refuses a training with too little history for a fold, None for any other."""
    if training.details_as(TrainingDetails).blocks:
        return None
    sentence = "Refused: the training has no fold, so nothing is known of its contenders: insufficient."
    return Finding("gate.insufficient", Status.FAIL, sentence, observed=0, expected="a fold")


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
        record_evidence(ctx, judged.training, judged.state, judged.days, decision)
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
