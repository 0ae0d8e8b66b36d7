"""pause and resume: no scoring and no promotion while a person examines a problem; a rollback stays possible."""

from __future__ import annotations

from datetime import date

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, VerdictSummary
from assay.errors import InputError, VerdictFailed
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.decisions.pauses import Kind, Pauses, Switch
from assay.store.ledger.run_record import new_run_id


def pause(ctx: Context) -> StageOutcome:
    """Stop scoring and promotions until `resume`; where the pipeline is paused already, the outcome names the user."""
    return _switch(ctx, "pause")


def resume(ctx: Context) -> StageOutcome:
    """Let scoring and promotions go on; nothing that was left out meanwhile is done by itself."""
    return _switch(ctx, "resume")


def paused(ctx: Context) -> Switch | None:
    """Return the pause that holds now, None where the pipeline is not paused."""
    return Pauses(ctx.lake, ctx.pipeline.name).current()


def refuse_while_paused(ctx: Context, what: str) -> None:
    """Refuse `what` while the pipeline is paused.

    Raises:
        VerdictFailed: The pipeline is paused. The message names who paused it and why.
    """
    held = paused(ctx)
    if held is not None:
        raise VerdictFailed(
            f"no {what}: {ctx.pipeline.name} is {held.sentence}",
            code="paused",
            hint=f"'assay resume {ctx.pipeline.name} --reason ...' when that is settled",
        )


def needs_reason(ctx: Context, what: str) -> None:
    """Check that the user gave a reason.

    Raises:
        InputError: There is none.
    """
    if not ctx.why.strip():
        raise InputError(f"a {what} needs a reason", code="no-reason", hint="say why with --reason '...'")


def _switch(ctx: Context, kind: Kind) -> StageOutcome:
    name = ctx.pipeline.name
    needs_reason(ctx, "pause" if kind == "pause" else "resumption")
    pauses = Pauses(ctx.lake, name)
    held = pauses.current()
    if (held is not None) == (kind == "pause"):
        already = f"{name} is {held.sentence}" if held else f"{name} is not paused"
        return StageOutcome(kind, name, None, already, status=RunStatus.SKIPPED)
    switch = pauses.write(kind, ctx.actor, ctx.why)
    run_id, today = new_run_id(kind), date.fromisoformat(switch.at[:10])
    verdict = VerdictSummary(Status.PASS, Action(kind), f"{name} {switch.sentence}")
    ctx.ledger.append(ctx.record(run_id, kind, name, Interval.of(today), RunStatus.DONE, verdict=verdict))
    return StageOutcome(kind, name, run_id, verdict.sentence)
