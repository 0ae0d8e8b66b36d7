"""The power of a holdout: whether the margin of a gate is within reach of the days that it judges."""

from __future__ import annotations

from datetime import date

from assay.core.evaluation.jackknife import smallest_difference
from assay.core.text import quantity
from assay.errors import AssayError
from assay.stages.runtime.context import Context
from assay.store.ledger.run_documents import VERDICT

POWER = 0.9


def minimum_detectable_effect(ctx: Context, day: date) -> str:
    """Return a sentence for the plan of a gate on `day`, from the errors of the last gate before it; "" without one.

    The error of a difference is taken from the comparisons of that gate, the middle one of several, and scaled to the
    days of today's holdout. A margin below the smallest difference is a warning: the gate will often be undecided.
    """
    gate = ctx.pipeline.spec.gate
    errors = sorted(_errors(ctx, day))
    if not errors:
        return ""
    error, days, run = errors[(len(errors) - 1) // 2]
    judged = gate.fold * gate.folds
    least = smallest_difference(error, judged, measured_on=days, confidence=gate.confidence, power=POWER)
    shown = f"folds of {quantity(judged, 'day')} show a gain of {least:.2g} nine times in ten (errors as in {run})"
    return shown if gate.margin >= least else f"{shown}; the margin of {gate.margin:g} is below that"


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
    # A slice has fewer rows than the whole, and against the constant only one side varies.
    details = [finding.details for finding in findings]
    models = [detail for detail in details if detail.get("theirs", "constant") != "constant"]
    differences = [detail["difference"] for detail in models if "difference" in detail]
    return [(float(one["error"]), int(one["days"]), run) for one in differences if one["days"] > 1]
