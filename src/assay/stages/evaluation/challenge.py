"""challenge: judge the present challenger by the days that it has spent in the shadow, from stored Profiles alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from assay.core.decisions.challenge import ChallengeDecision, judge_challenge
from assay.core.evaluation.contender import Contender
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion, ScoreRole
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.stages.evaluation.gate import contender_of, policy_of
from assay.stages.models.model_versions import training_constant, version_entry
from assay.stages.models.served_outcomes import counted_outcomes
from assay.stages.promotion.aliases import align_aliases
from assay.stages.promotion.challenger_tenure import challenge_of
from assay.stages.promotion.pause import paused
from assay.stages.promotion.promote import decide, reconcile
from assay.stages.promotion.proposal import answers, turn_down, waiting_challenge
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.ledger.promotions import Promotion, PromotionKind
from assay.store.ledger.run_details import ChallengeDetails
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import RunRecord, new_run_id
from assay.store.locks.locks import hold
from assay.store.users import now_utc


def challenge(ctx: Context, day: date | None = None, *, propose: bool = False) -> StageOutcome:
    """Promote, refuse, expire or keep the challenger, without a JVM; do nothing where there is no challenger.

    Both models are judged by the days that count: their labels were mature when they were measured, and neither model
    was trained or promoted by them.

    With `propose`, or where the spec requires an approval, a promotion is only proposed, for `assay promote
    --proposal`. While a proposal waits no look is taken. Where an approval is required and none comes in the time of
    the spec (`promotion.expires`), the proposal is declined.

    `day` is the date of the run, today's by default. A run that is repeated for the date of a waiting proposal proposes
    it again.
    """
    name, day = ctx.pipeline.name, day or date.fromisoformat(now_utc()[:10])
    propose = propose or ctx.pipeline.spec.promotion.needs_approval
    with hold(ctx.lake, f"gate/{name}", None, wait=ctx.wait):
        reconcile(ctx)
        state = ctx.promotions.current()
        if state is None or state.champion is None or state.challenger is None:
            return StageOutcome("challenge", name, None, "there is no challenger", status=RunStatus.SKIPPED)
        held = paused(ctx)
        if held is not None:
            return StageOutcome(
                "challenge", name, None, f"no look is taken: {name} is {held.sentence}", status=RunStatus.PAUSED
            )
        waits = waiting_challenge(ctx)
        if waits is not None:
            return _unanswered(ctx, waits, day)
        tenure = challenge_of(state)
        challenger_outcomes = counted_outcomes(ctx, ScoreRole.SHADOW, state.challenger).since(tenure.since)
        # Days count since the champion serves; the age counts since the challenge began, whoever served.
        champion_outcomes = counted_outcomes(ctx, ScoreRole.SERVED, state.champion).since(tenure.first_day)
        age = (challenger_outcomes.newest - tenure.since).days if challenger_outcomes.newest else 0
        decision = judge_challenge(
            _contender(ctx, state.challenger, challenger_outcomes.days),
            _contender(ctx, state.champion, champion_outcomes.days),
            policy_of(ctx),
            looks_taken=tenure.looks,
            last_days=tenure.days,
            age=age,
            expires=ctx.pipeline.spec.gate.expires,
            waiting=len(challenger_outcomes.waiting),
        )
        if decision.verdict.action is Action.PROMOTE and propose:
            return _propose(ctx, state, decision, day)
        return _act(ctx, state, decision, day)


def _propose(ctx: Context, state: Promotion, decision: ChallengeDecision, day: date) -> StageOutcome:
    """Leave the promotion to a person or to a later task.

    One record is both the look and the proposal. So a kill at any instant leaves both or neither, and no look is taken
    while the proposal waits.
    """
    run_id = new_run_id("challenge")
    ctx.runs.write(run_id, VERDICT, decision.verdict)
    record = ctx.ledger.append(_record(ctx, run_id, state, decision, day, waits=True))
    return _asks(ctx, record)


def _unanswered(ctx: Context, waits: RunRecord, day: date) -> StageOutcome:
    """Propose a waiting proposal again, decline it once its time is over, or let it wait.

    It is proposed again by a repeated run of its date, and by any run where no approval is needed, so that a failed
    promotion is made up for. Else it waits until its time is over, so that one person gets one request.
    """
    promotion = ctx.pipeline.spec.promotion
    until = datetime.fromisoformat(waits.at) + timedelta(seconds=promotion.expires)
    if not promotion.needs_approval or waits.start == day:
        return _asks(ctx, waits)
    if datetime.now(UTC) >= until:
        late = replace(ctx, why=f"no answer came by {until:%Y-%m-%d %H:%M} UTC")
        done = turn_down(late, waits, f"What {waits.run_id} proposed is declined: {late.why}.")
        sentence = f"{done.sentence} {align_aliases(ctx, only_if_behind=True)}".strip()
        return replace(done, stage="challenge", status=RunStatus.DECLINED, sentence=sentence)
    promote, _ = answers(ctx, waits)
    sentence = f"No look is taken: {waits.run_id} waits for an answer until {until:%Y-%m-%d %H:%M} UTC, '{promote}'."
    return StageOutcome("challenge", ctx.pipeline.name, waits.run_id, sentence, status=RunStatus.WAITS)


def _asks(ctx: Context, waits: RunRecord) -> StageOutcome:
    sentence = f"{waits.why} It waits: '{answers(ctx, waits)[0]}' makes it serve."
    return StageOutcome("challenge", ctx.pipeline.name, waits.run_id, sentence, status=RunStatus.PROPOSE)


def _contender(ctx: Context, version: ModelVersion, days: Mapping[date, OutcomeProfile]) -> Contender:
    entry = version_entry(ctx, version)
    return contender_of(entry, f"{entry.name} (version {version})", days, training_constant(ctx, version))


def _act(ctx: Context, state: Promotion, decision: ChallengeDecision, day: date) -> StageOutcome:
    action, sentence = decision.verdict.action, decision.verdict.sentence
    tenure = challenge_of(state)
    taken = decision.looks != tenure.looks
    if action is Action.KEEP and not taken:
        return StageOutcome("challenge", ctx.pipeline.name, None, sentence, status=Action.KEEP)
    champion = state.challenger if action is Action.PROMOTE else state.champion
    challenger = state.challenger if action is Action.KEEP else None
    run_id = new_run_id("challenge")
    ctx.runs.write(run_id, VERDICT, decision.verdict)
    record = _record(ctx, run_id, state, decision, day)
    going_on = replace(tenure, looks=decision.looks, days=decision.days) if challenger is not None else None
    evidence = replace(state.evidence, challenge=going_on)
    kind = {Action.PROMOTE: PromotionKind.PROMOTE, Action.KEEP: PromotionKind.CHALLENGE}.get(
        action, PromotionKind.EXPIRE
    )
    decide(ctx, state, record, kind=kind, champion=champion, challenger=challenger, evidence=evidence)
    warning = align_aliases(ctx)
    return StageOutcome("challenge", ctx.pipeline.name, run_id, f"{sentence} {warning}".strip(), status=action)


def _record(
    ctx: Context, run_id: str, state: Promotion, decision: ChallengeDecision, day: date, *, waits: bool = False
) -> RunRecord:
    verdict = decision.verdict
    assert state.champion is not None and state.challenger is not None, "a challenge has both roles"
    return ctx.record(
        run_id,
        "challenge",
        ctx.pipeline.name,
        Interval.of(day),
        verdict.action,
        why=verdict.sentence,
        partitions={},
        counts={"days": decision.days, "looks": decision.looks},
        verdict=verdict.summary,
        details=ChallengeDetails(
            champion=state.champion,
            challenger=state.challenger,
            spent=decision.spent,
            promotion=None if waits else state.number + 1,
            against=state.number if waits else None,
            judged=decision.judged,
        ),
    )
