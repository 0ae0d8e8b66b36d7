"""challenge: judge the standing challenger by the days that it has spent in the shadow, from stored Profiles alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from assay.core.challenge import ChallengeDecision, judge_challenge
from assay.core.gate import Contender
from assay.core.interval import Interval
from assay.core.outcome import OutcomeProfile
from assay.stages.context import Context, Outcome
from assay.stages.gate import policy_of
from assay.stages.pause import paused
from assay.stages.promote import decide, known_versions, project, reconcile
from assay.stages.served_days import counted_outcomes
from assay.stages.versions import about_version
from assay.store.locks import hold
from assay.store.promotions import Promotion
from assay.store.record import Record, new_run_id, now_utc


def challenge(ctx: Context) -> Outcome:
    """Promote, refuse, expire or keep the challenger; no JVM, and nothing where there is no challenger.

    Both are judged by the days that count: labels that were mature when they were measured, and days that neither was
    trained or promoted by.
    """
    name = ctx.pipeline.name
    with hold(ctx.lake, f"gate/{name}", None, wait=ctx.wait):
        reconcile(ctx)
        state = ctx.promotions.current()
        if state is None or state.champion is None or state.challenger is None:
            return Outcome("challenge", name, None, "there is no challenger", status="skipped")
        held = paused(ctx)
        if held is not None:
            return Outcome("challenge", name, None, f"no look is taken: {name} is {held.sentence}", status="paused")
        about = dict(state.evidence.get("challenge", {}))
        since = date.fromisoformat(about["since"])
        ours = counted_outcomes(ctx, "shadow", state.challenger).since(since)
        theirs = counted_outcomes(ctx, "score", state.champion).since(since)
        age = (ours.newest - since).days if ours.newest else 0
        decision = judge_challenge(
            _contender(ctx, state.challenger, ours.days),
            _contender(ctx, state.champion, theirs.days),
            policy_of(ctx),
            looks_taken=int(about.get("looks", 0)),
            last_days=int(about.get("days", 0)),
            age=age,
            expires=ctx.pipeline.spec.gate.expires,
            waiting=len(ours.waiting),
        )
        return _act(ctx, state, decision, about)


def _contender(ctx: Context, version: int, days: Mapping[date, OutcomeProfile]) -> Contender:
    about = about_version(ctx, version)
    name = f"{about['name']} (version {version})"
    return Contender(name, about["kind"], about["complexity"], about["recipe"], days, about["digest"])


def _act(ctx: Context, state: Promotion, decision: ChallengeDecision, about: dict[str, Any]) -> Outcome:
    action, sentence = decision.verdict.action, decision.verdict.sentence
    taken = decision.looks != int(about.get("looks", 0))
    if action == "keep" and not taken:
        return Outcome("challenge", ctx.pipeline.name, None, sentence, status="keep")
    champion = state.challenger if action == "promote" else state.champion
    challenger = state.challenger if action == "keep" else None
    run_id = new_run_id("challenge")
    ctx.runs.write(run_id, "verdict", decision.verdict.to_json())
    record = _record(ctx, run_id, state, decision)
    evidence: dict[str, Any] = {"versions": known_versions(state)}
    if challenger is not None:
        evidence["challenge"] = about | {"looks": decision.looks, "days": decision.days}
    kind = {"promote": "promote", "keep": "challenge"}.get(action, "expire")
    decide(ctx, state, record, kind=kind, champion=champion, challenger=challenger, evidence=evidence)
    warning = project(ctx)
    return Outcome("challenge", ctx.pipeline.name, run_id, f"{sentence} {warning}".strip(), status=action)


def _record(ctx: Context, run_id: str, state: Promotion, decision: ChallengeDecision) -> Record:
    today = date.fromisoformat(now_utc()[:10])
    verdict = decision.verdict
    return ctx.record(
        run_id,
        "challenge",
        ctx.pipeline.name,
        Interval.of(today),
        verdict.action,
        why=verdict.sentence,
        partitions={},
        counts={"days": decision.days, "looks": decision.looks},
        verdict=verdict.summary,
        details={"champion": state.champion, "challenger": state.challenger, "spent": decision.spent},
    )
