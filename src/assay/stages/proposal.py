"""What a gate found better is made to serve: by the gate itself, or later, when it was left as a proposal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from assay.core.interval import Interval
from assay.errors import InputError, LostRace, VerdictFailed
from assay.stages.context import Context, Outcome
from assay.stages.pause import needs_reason, refuse_while_paused
from assay.stages.promote import decide, known_versions, project, reconcile
from assay.store.locks import hold
from assay.store.promotions import Promotion
from assay.store.record import Record, new_run_id


@dataclass(frozen=True, slots=True)
class Proposal:
    """The contenders of a training that a gate would make champion (None: nobody) and challenger, and its words."""

    forward: str | None
    challenger: str | None
    training: Record
    judged_by: str
    sentence: str

    @property
    def winners(self) -> list[str]:
        """The contenders that become versions, the new champion first."""
        return [name for name in (self.forward, self.challenger) if name]


def serve(ctx: Context, state: Promotion | None, proposal: Proposal, record: Record) -> Promotion:
    """The promotion that gives the roles, written against `state`. Raises LostRace when that is no longer the last."""
    registered = {name: _register(ctx, proposal, name) for name in proposal.winners}
    forward, training = proposal.forward, proposal.training
    versions = known_versions(state)
    for name, version in registered.items():
        versions[str(version)] = training.details["contenders"][name] | {
            "name": name,
            "code": training.details["code"],
            "feature_section": training.details.get("feature_section"),
            "subject": training.subject,
            "training": training.run_id,
            "judged_by": proposal.judged_by,
        }
    champion = registered[forward] if forward else state.champion if state else None
    challenger = state.challenger if state and not forward else None
    evidence: dict[str, Any] = {"versions": versions}
    if proposal.challenger:
        challenger = registered[proposal.challenger]
        evidence["challenge"] = {"since": training.details["holdout"][1], "looks": 0}
    elif challenger is not None and state is not None:
        evidence["challenge"] = state.evidence.get("challenge", {})
    kind = "promote" if forward else "challenge"
    return decide(ctx, state, record, kind=kind, champion=champion, challenger=challenger, evidence=evidence)


def carry_out(ctx: Context, day: date) -> Outcome:
    """Promote what the gate of `day` proposed; done already when it was. A gate that promoted nothing exits 3.

    Raises:
        InputError: No gate judged that day, or an approval is required and no reason is given.
        VerdictFailed: The gate refused, somebody declined, or the pipeline is paused.
        LostRace: Others were promoted since the gate looked: what it judged against no longer serves.
    """
    with hold(ctx.lake, f"gate/{ctx.pipeline.name}", None, wait=ctx.wait):
        reconcile(ctx)
        judged = _judged(ctx, day)
        answered = _answer(ctx, judged)
        if answered is not None and answered.status == "declined":
            raise VerdictFailed(f"declined by {answered.who}: {answered.why}", code="declined", hint=_again(ctx, day))
        if answered is not None or judged.details.get("promotion"):
            number = (answered or judged).details["promotion"]
            sentence = f"done already by promotion {number}. {project(ctx)}".strip()
            return Outcome("promote", ctx.pipeline.name, None, sentence)
        proposed = judged.details.get("proposed")
        if proposed is None:
            return Outcome("promote", ctx.pipeline.name, None, f"nothing to promote: {judged.why}", "skipped", 3)
        if ctx.pipeline.spec.promotion.approval == "required":
            needs_reason(ctx, "promotion")
        refuse_while_paused(ctx, "promotion")
        return _carry_out(ctx, day, judged, int(proposed["against"]))


def decline(ctx: Context, day: date) -> Outcome:
    """Turn down what the gate of `day` proposed, for good; the reason stands in the ledger."""
    needs_reason(ctx, "refusal")
    with hold(ctx.lake, f"gate/{ctx.pipeline.name}", None, wait=ctx.wait):
        reconcile(ctx)
        judged = _judged(ctx, day)
        answered = _answer(ctx, judged)
        if answered is not None or judged.details.get("proposed") is None:
            done = f"promotion {answered.details['promotion']} stands" if answered else "nothing waits"
            if answered is not None and answered.status == "declined":
                done = f"declined already by {answered.who}: {answered.why}"
            return Outcome("decline", ctx.pipeline.name, None, done, status="skipped")
        run_id = new_run_id("decline")
        sentence = f"{ctx.who} declined what {judged.run_id} proposed: {ctx.why}"
        ctx.ledger.append(_record(ctx, run_id, day, judged, "declined", sentence, None))
        return Outcome("decline", ctx.pipeline.name, run_id, sentence)


def waiting(ctx: Context) -> str | None:
    """The date of the newest gate, if what it proposed was neither promoted nor declined."""
    day, found = max(ctx.ledger.latest("gate", ctx.pipeline.name).items(), default=(None, None))
    if found is None or found[0].details.get("proposed") is None or _answer(ctx, found[0]):
        return None
    return str(day)


def _carry_out(ctx: Context, day: date, judged: Record, against: int) -> Outcome:
    state = ctx.promotions.current()
    number = state.number if state else 0
    if number != against:
        raise LostRace(
            f"{judged.run_id} judged against promotion {against}, and meanwhile: {state.sentence if state else 'none'}",
            code="lost-race",
            hint=_again(ctx, day),
        )
    training = ctx.ledger.record(judged.details["training"])
    proposal = Proposal(
        judged.details["forward"], judged.details["challenger"], training, judged.run_id, str(judged.why)
    )
    run_id = new_run_id("promote")
    sentence = f"{judged.why} {f'Approved by {ctx.who}: {ctx.why}' if ctx.why else ''}".strip()
    record = _record(ctx, run_id, day, judged, "done", sentence, number + 1)
    promotion = serve(ctx, state, proposal, record)
    warning = project(ctx)
    numbers = {"promotion": promotion.number, "champion": promotion.champion}
    return Outcome("promote", ctx.pipeline.name, run_id, f"{sentence} {warning}".strip(), numbers=numbers)


def _again(ctx: Context, day: date) -> str:
    return f"judge again, against who serves now: assay gate {ctx.pipeline.name} --date {day} --force"


def _judged(ctx: Context, day: date) -> Record:
    found = ctx.ledger.latest("gate", ctx.pipeline.name).get(day)
    if found is None:
        raise InputError(
            f"no gate of {ctx.pipeline.name} judged {day}",
            code="not-judged",
            hint=f"assay gate {ctx.pipeline.name} --date {day}",
        )
    return found[0]


def _answer(ctx: Context, judged: Record) -> Record | None:
    """The promotion or refusal that answered a gate's proposal."""
    answers = (r for r in ctx.ledger.records("promote") if r.details.get("judged_by") == judged.run_id)
    return next(answers, None)


def _record(
    ctx: Context, run_id: str, day: date, judged: Record, status: str, sentence: str, promotion: int | None
) -> Record:
    action = "promote" if promotion else "decline"
    return ctx.record(
        run_id,
        "promote",
        ctx.pipeline.name,
        Interval.of(day),
        status,
        why=ctx.why or judged.why,
        verdict={"status": "pass", "action": action, "sentence": sentence},
        details={"judged_by": judged.run_id, "training": judged.details["training"], "promotion": promotion},
    )


def _register(ctx: Context, proposal: Proposal, name: str) -> int:
    about = proposal.training.details["contenders"][name]
    tags = {"training": proposal.training.run_id, "digest": about["digest"], "contender": name}
    return ctx.registry.register(about["run_id"], description=proposal.sentence, tags=tags)
