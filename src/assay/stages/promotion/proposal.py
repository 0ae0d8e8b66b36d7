"""Proposals of a gate, which are carried out or turned down later: once, and with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.core.check import Status
from assay.core.decisions.promotion_claim import PromotionClaim
from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, VerdictSummary
from assay.errors import InputError, LostRace, VerdictFailed
from assay.stages.promotion.pause import needs_reason, refuse_while_paused
from assay.stages.promotion.promote import reconcile
from assay.stages.promotion.serve import PromotionProposal, serve
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.decisions.promotions import Promotion
from assay.store.failpoints import failpoint
from assay.store.ledger.run_details import AnswerDetails, GateDetails, TrainingDetails
from assay.store.ledger.run_record import RunRecord, new_run_id
from assay.store.locks.locks import hold


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that is neither promoted nor declined: the run that made it, and the commands that answer it."""

    by: str
    run_id: str
    date: date
    sentence: str
    promote: str
    decline: str


def carry_out(ctx: Context, which: date | str) -> StageOutcome:
    """Promote what the gate of a date, or a run of the gate, proposed; do nothing if it was done.

    The exit code is 3 where nothing was proposed.

    Raises:
        InputError: No gate judged that date, the run is none of a gate, or a required reason is missing.
        VerdictFailed: The proposal was declined, or the pipeline is paused.
        LostRace: The champion has changed since: what it was judged against no longer serves.
    """
    with hold(ctx.lake, f"gate/{ctx.pipeline.name}", None, wait=ctx.wait):
        reconcile(ctx)
        judged = _judged(ctx, which)
        answered = _answer(ctx, judged)
        if answered is not None and answered.status is RunStatus.DECLINED:
            raise VerdictFailed(
                f"declined by {answered.actor}: {answered.why}", code="declined", hint=_again(ctx, judged)
            )
        number = _answer_of(answered).promotion if answered is not None else _proposed(judged).promotion
        if answered is not None or number:
            return StageOutcome("promote", ctx.pipeline.name, None, f"done already by promotion {number}.")
        if _proposed(judged).against is None:
            sentence = f"nothing to promote: {judged.why}"
            return StageOutcome("promote", ctx.pipeline.name, None, sentence, RunStatus.SKIPPED, 3)
        if ctx.pipeline.spec.promotion.needs_approval:
            needs_reason(ctx, "promotion")
        refuse_while_paused(ctx, "promotion")
        return _carry_out(ctx, judged)


def decline(ctx: Context, which: date | str, *, unanswered: bool = False) -> StageOutcome:
    """Turn down for good what the gate of a date, or a run of the gate, proposed.

    The ledger holds the reason. The recipe rests, unless the proposal was `unanswered`: that is no judgement of it, and
    the next training proposes it again.
    """
    needs_reason(ctx, "refusal")
    with hold(ctx.lake, f"gate/{ctx.pipeline.name}", None, wait=ctx.wait):
        reconcile(ctx)
        judged = _judged(ctx, which)
        answered = _answer(ctx, judged)
        if answered is not None or _proposed(judged).against is None:
            done = f"promotion {_answer_of(answered).promotion} stands" if answered else "nothing waits"
            if answered is not None and answered.status is RunStatus.DECLINED:
                done = f"declined already by {answered.actor}: {answered.why}"
            return StageOutcome("decline", ctx.pipeline.name, None, done, status=RunStatus.SKIPPED)
        sentence = f"{ctx.actor} declined what {judged.run_id} proposed: {ctx.why}"
        return turn_down(ctx, judged, sentence, rests=not unanswered)


def turn_down(ctx: Context, judged: RunRecord, sentence: str, *, rests: bool = True) -> StageOutcome:
    """Record the refusal of a waiting proposal; the caller holds the pipeline's gate, the reason is the context's.

    Its recipe `rests` where a person has refused it.
    """
    run_id = new_run_id("decline")
    details, state = _proposed(judged), ctx.gate_states.current()
    if rests and state is not None and details.claim is PromotionClaim.BETTER and details.forward is not None:
        training = ctx.ledger.record(details.training).details_as(TrainingDetails)
        declined = state.declined(training.contenders[details.forward].recipe)
        failpoint("decline:before-state")
        ctx.gate_states.write(run_id, details.champion, run_id, declined)
    failpoint("decline:before-ledger")
    ctx.ledger.append(_record(ctx, run_id, judged, RunStatus.DECLINED, sentence, None))
    return StageOutcome("decline", ctx.pipeline.name, run_id, sentence)


def waiting(ctx: Context) -> list[Waiting]:
    """Return the proposals that wait for an answer: of the newest gate of each subject."""
    subjects = sorted({record.subject for record in ctx.ledger.records("gate")})
    gates = [ctx.ledger.latest("gate", subject) for subject in subjects]
    newest = [judged[max(judged)][0] for judged in gates if judged]
    return [_waiting(ctx, judged) for judged in newest if _open(ctx, judged)]


def answers(ctx: Context, judged: RunRecord) -> tuple[str, str]:
    """Return the commands that promote and decline the proposal of a gate."""
    main = judged.subject == ctx.pipeline.name
    which = f"{ctx.pipeline.name} " + (f"--date {judged.start}" if main else f"--proposal {judged.run_id}")
    reason = " --reason '...'"
    needed = reason if ctx.pipeline.spec.promotion.needs_approval else ""
    return f"assay promote {which}{needed}", f"assay decline {which}{reason}"


def _waiting(ctx: Context, judged: RunRecord) -> Waiting:
    return Waiting(judged.stage, judged.run_id, judged.start, str(judged.why), *answers(ctx, judged))


def _open(ctx: Context, judged: RunRecord) -> bool:
    """Return whether its proposal can still be answered by a promotion."""
    if _proposed(judged).against is None or _answer(ctx, judged) is not None:
        return False
    return _overtaken(ctx.promotions.history(), judged) is None


def _overtaken(history: list[Promotion], judged: RunRecord) -> Promotion | None:
    """Return the first promotion after which another champion serves than a proposal was judged against."""
    against = _proposed(judged).against or 0
    before = history[against - 1].champion if against else None
    return next((one for one in history[against:] if one.champion != before), None)


def _carry_out(ctx: Context, judged: RunRecord) -> StageOutcome:
    history = ctx.promotions.history()
    meanwhile = _overtaken(history, judged)
    newest = ctx.ledger.latest("gate", judged.subject)[judged.start][0]
    if meanwhile is not None or newest.run_id != judged.run_id:
        against = _proposed(judged).against
        since = meanwhile.sentence if meanwhile else f"{newest.run_id} judged the same training again"
        raise LostRace(
            f"{judged.run_id} judged against promotion {against}, and meanwhile: {since}",
            code="lost-race",
            hint=_again(ctx, judged),
        )
    state = history[-1] if history else None
    run_id = new_run_id("promote")
    sentence = f"{judged.why} {f'Approved by {ctx.actor}: {ctx.why}' if ctx.why else ''}".strip()
    record = _record(ctx, run_id, judged, RunStatus.DONE, sentence, len(history) + 1)
    promotion = _give_role(ctx, state, judged, record)
    numbers = {"promotion": promotion.number, "champion": promotion.champion}
    return StageOutcome("promote", ctx.pipeline.name, run_id, sentence, numbers=numbers)


def _give_role(ctx: Context, state: Promotion | None, judged: RunRecord, record: RunRecord) -> Promotion:
    details = _proposed(judged)
    assert details.forward is not None and details.claim is not None, "a proposal names its contender"
    training = ctx.ledger.record(details.training)
    proposal = PromotionProposal(details.forward, details.claim, training, judged.run_id, str(judged.why))
    return serve(ctx, state, proposal, record)


def _again(ctx: Context, judged: RunRecord) -> str:
    name = judged.subject.removeprefix(ctx.pipeline.name).removeprefix(".")
    side = f" --name {name}" if name else ""
    return f"judge again, against who serves now: assay gate {ctx.pipeline.name} --date {judged.start}{side} --force"


def _judged(ctx: Context, which: date | str) -> RunRecord:
    if isinstance(which, str):
        record = ctx.ledger.record(which)
        if record.stage == "gate":
            return record
        raise InputError(
            f"{which} is a run of '{record.stage}', which proposes nothing",
            code="no-proposal",
            hint=f"'assay status {ctx.pipeline.name}' lists what waits",
        )
    return judged_on(ctx, which)


def judged_on(ctx: Context, day: date) -> RunRecord:
    """Return the gate of the pipeline that judged the training of a date last.

    Raises:
        InputError: No gate judged it.
    """
    gate_entry = ctx.ledger.latest("gate", ctx.pipeline.name).get(day)
    if gate_entry is None:
        raise InputError(
            f"no gate of {ctx.pipeline.name} judged {day}",
            code="not-judged",
            hint=f"assay gate {ctx.pipeline.name} --date {day}",
        )
    return gate_entry[0]


def _answer(ctx: Context, judged: RunRecord) -> RunRecord | None:
    """Return the promotion or refusal that answered a proposal, None where there is none."""
    for record in ctx.ledger.records("promote"):
        if isinstance(record.details, AnswerDetails) and record.details.judged_by == judged.run_id:
            return record
    return None


def _answer_of(record: RunRecord) -> AnswerDetails:
    return record.details_as(AnswerDetails)


def _proposed(judged: RunRecord) -> GateDetails:
    return judged.details_as(GateDetails)


def _record(
    ctx: Context, run_id: str, judged: RunRecord, status: RunStatus, sentence: str, promotion: int | None
) -> RunRecord:
    action = Action.PROMOTE if promotion else Action.DECLINE
    return ctx.record(
        run_id,
        "promote",
        ctx.pipeline.name,
        Interval.of(judged.start),
        status,
        why=ctx.why or judged.why,
        verdict=VerdictSummary(Status.PASS, action, sentence),
        details=AnswerDetails(judged_by=judged.run_id, training=_proposed(judged).training, promotion=promotion),
    )
