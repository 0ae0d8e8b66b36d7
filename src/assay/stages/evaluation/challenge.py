"""challenge: judge the standing challenger by the days that it has spent in the shadow, from stored Profiles alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from assay.core.decisions.challenge import ChallengeDecision, judge_challenge
from assay.core.evaluation.contender import Contender
from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.evaluation.gate import policy_of
from assay.stages.models.model_versions import about_version, training_constant
from assay.stages.models.served_outcomes import counted_outcomes
from assay.stages.promotion.aliases import align_aliases
from assay.stages.promotion.pause import paused
from assay.stages.promotion.promote import decide, known_versions, reconcile
from assay.stages.promotion.proposal import answers, turn_down, waiting_challenge
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.ledger.promotions import Promotion
from assay.store.ledger.run_record import RunRecord, new_run_id
from assay.store.locks.locks import hold
from assay.store.users import now_utc


def challenge(ctx: Context, day: date | None = None, *, propose: bool = False) -> StageOutcome:
    """Promote, refuse, expire or keep the challenger; no JVM, and nothing where there is no challenger.

    Both are judged by the days that count: labels that were mature when they were measured, and days that neither was
    trained or promoted by.

    With `propose`, or where the spec asks for an approval, what would be promoted is left to `assay promote
    --proposal`. While that waits no look is taken; where an approval is required and none comes in the time of the
    spec (`promotion.expires`), it is declined. `day` is the date of the run, today's by default: a run that is
    repeated for the date of a proposal that waits proposes it again.
    """
    name, day = ctx.pipeline.name, day or date.fromisoformat(now_utc()[:10])
    propose = propose or ctx.pipeline.spec.promotion.needs_approval
    with hold(ctx.lake, f"gate/{name}", None, wait=ctx.wait):
        reconcile(ctx)
        state = ctx.promotions.current()
        if state is None or state.champion is None or state.challenger is None:
            return StageOutcome("challenge", name, None, "there is no challenger", status="skipped")
        held = paused(ctx)
        if held is not None:
            return StageOutcome(
                "challenge", name, None, f"no look is taken: {name} is {held.sentence}", status="paused"
            )
        waits = waiting_challenge(ctx)
        if waits is not None:
            return _unanswered(ctx, waits, day)
        about = dict(state.evidence.get("challenge", {}))
        since = date.fromisoformat(about["since"])
        challenger_outcomes = counted_outcomes(ctx, "shadow", state.challenger).since(since)
        # Days count since the champion serves; the age counts since the challenge began, whoever served.
        serves = date.fromisoformat(about.get("from") or about["since"])
        champion_outcomes = counted_outcomes(ctx, "score", state.champion).since(serves)
        age = (challenger_outcomes.newest - since).days if challenger_outcomes.newest else 0
        decision = judge_challenge(
            _contender(ctx, state.challenger, challenger_outcomes.days),
            _contender(ctx, state.champion, champion_outcomes.days),
            policy_of(ctx),
            looks_taken=int(about.get("looks", 0)),
            last_days=int(about.get("days", 0)),
            age=age,
            expires=ctx.pipeline.spec.gate.expires,
            waiting=len(challenger_outcomes.waiting),
        )
        if decision.verdict.action == "promote" and propose:
            return _propose(ctx, state, decision, day)
        return _act(ctx, state, decision, about, day)


def _propose(ctx: Context, state: Promotion, decision: ChallengeDecision, day: date) -> StageOutcome:
    """Leave the promotion to a person or to a later task. One record is the look and the proposal, so a kill at any
    instant leaves both or neither, and none is taken while it waits."""
    run_id = new_run_id("challenge")
    ctx.runs.write(run_id, "verdict", decision.verdict.to_json())
    record = ctx.ledger.append(_record(ctx, run_id, state, decision, day, waits=True))
    return _asks(ctx, record)


def _unanswered(ctx: Context, waits: RunRecord, day: date) -> StageOutcome:
    """What becomes of a proposal that waits.

    The run of its date, repeated, proposes it again, and so does any where no person is needed: a promotion that failed
    is made up for. Else it waits until its time is over, so that one person gets one question.
    """
    promotion = ctx.pipeline.spec.promotion
    until = datetime.fromisoformat(waits.at) + timedelta(seconds=promotion.expires)
    if not promotion.needs_approval or waits.start == day:
        return _asks(ctx, waits)
    if datetime.now(UTC) >= until:
        late = replace(ctx, why=f"no answer came by {until:%Y-%m-%d %H:%M} UTC")
        done = turn_down(late, waits, f"What {waits.run_id} proposed is declined: {late.why}.")
        sentence = f"{done.sentence} {align_aliases(ctx, only_if_behind=True)}".strip()
        return replace(done, stage="challenge", status="declined", sentence=sentence)
    promote, _ = answers(ctx, waits)
    sentence = f"No look is taken: {waits.run_id} waits for an answer until {until:%Y-%m-%d %H:%M} UTC, '{promote}'."
    return StageOutcome("challenge", ctx.pipeline.name, waits.run_id, sentence, status="waits")


def _asks(ctx: Context, waits: RunRecord) -> StageOutcome:
    sentence = f"{waits.why} It waits: '{answers(ctx, waits)[0]}' makes it serve."
    return StageOutcome("challenge", ctx.pipeline.name, waits.run_id, sentence, status="propose")


def _contender(ctx: Context, version: int, days: Mapping[date, OutcomeProfile]) -> Contender:
    about = about_version(ctx, version)
    name = f"{about['name']} (version {version})"
    constant = training_constant(ctx, version)
    return Contender(name, about["kind"], about["complexity"], about["recipe"], days, about["digest"], constant)


def _act(ctx: Context, state: Promotion, decision: ChallengeDecision, about: dict[str, Any], day: date) -> StageOutcome:
    action, sentence = decision.verdict.action, decision.verdict.sentence
    taken = decision.looks != int(about.get("looks", 0))
    if action == "keep" and not taken:
        return StageOutcome("challenge", ctx.pipeline.name, None, sentence, status="keep")
    champion = state.challenger if action == "promote" else state.champion
    challenger = state.challenger if action == "keep" else None
    run_id = new_run_id("challenge")
    ctx.runs.write(run_id, "verdict", decision.verdict.to_json())
    record = _record(ctx, run_id, state, decision, day)
    evidence: dict[str, Any] = {"versions": known_versions(state)}
    if challenger is not None:
        evidence["challenge"] = about | {"looks": decision.looks, "days": decision.days}
    kind = {"promote": "promote", "keep": "challenge"}.get(action, "expire")
    decide(ctx, state, record, kind=kind, champion=champion, challenger=challenger, evidence=evidence)
    warning = align_aliases(ctx)
    return StageOutcome("challenge", ctx.pipeline.name, run_id, f"{sentence} {warning}".strip(), status=action)


def _record(
    ctx: Context, run_id: str, state: Promotion, decision: ChallengeDecision, day: date, *, waits: bool = False
) -> RunRecord:
    verdict = decision.verdict
    judged = {"judged": [str(day) for day in decision.judged]} if decision.judged else {}
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
        details={
            "champion": state.champion,
            "challenger": state.challenger,
            "spent": decision.spent,
            "promotion": None if waits else state.number + 1,
            "proposed": {"against": state.number} if waits else None,
            **judged,
        },
    )
