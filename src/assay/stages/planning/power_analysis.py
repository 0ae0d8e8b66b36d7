"""The power of a gate: the chance that it shows a gain of one and of two margins, before anything is trained."""

from __future__ import annotations

import math
from datetime import date

from assay.core.decisions.looks.error_account import ErrorAccount
from assay.core.decisions.looks.planner import chances
from assay.core.evaluation.claims import percent
from assay.core.text import quantity
from assay.errors import AssayError
from assay.stages.runtime.context import Context
from assay.store.ledger.run_documents import VERDICT


def gate_power(ctx: Context, day: date) -> str:
    """Return a sentence for the plan of a gate on `day`, from the errors of the last gate before it; "" without one.

    It has the chance that a new recipe is shown at its first and by its fourth look, where its true gain is one margin
    and where it is two. The error is the middle one of that gate's comparisons, scaled to the days of a first look.
    """
    gate = ctx.pipeline.spec.gate
    errors = sorted(_errors(ctx, day))
    if not errors or not gate.margin:
        return ""
    error, days, run = errors[(len(errors) - 1) // 2]
    first = gate.fold * gate.folds
    scaled = error * math.sqrt(days / first)
    if not scaled:
        return ""
    state = ctx.gate_states.current()
    account = state.account if state else ErrorAccount.opened(day, 1 - gate.confidence)
    _, level = account.on(day).spend(1)
    clauses = []
    for named, gain in (("one margin", gate.margin), ("two margins", 2 * gate.margin)):
        shown = chances(gain, scaled, level=level, margin=gate.margin, first=first, step=gate.fold)
        clauses.append(f"{named} with {_percent(shown[0])}, by its fourth look with {_percent(shown[-1])}")
    return (
        f"a new recipe is shown on {quantity(first, 'day')} to gain {'; '.join(clauses)} (margin {gate.margin:g}, "
        f"errors as in {run})"
    )


def _percent(share: float) -> str:
    return percent(round(share, 2))


def _errors(ctx: Context, day: date) -> list[tuple[float, int, str]]:
    """Return the standard error and the days of each comparison of the last gate before `day`, with the run's name."""
    judged = {at: gate_entry for at, gate_entry in ctx.ledger.latest("gate", ctx.pipeline.name).items() if at < day}
    if not judged:
        return []
    run = judged[max(judged)][0].run_id
    try:
        findings = ctx.runs.read(run, VERDICT).findings
    except AssayError:
        return []  # a plan is made without it
    # Beside the constant only one side varies, so that its errors are another metric's.
    details = [finding.details for finding in findings if finding.check in ("gate.pair", "gate.refresh")]
    models = [one for one in details if "error" in one and one["theirs"] != "constant"]
    return [(float(one["error"]), int(one["days"]), run) for one in models]
