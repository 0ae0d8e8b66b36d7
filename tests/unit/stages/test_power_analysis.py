"""What a plan says of a gate before it judges: the chance that its looks show a gain."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from assay.core.check import Finding, Status
from assay.core.decisions.looks.planner import chances
from assay.core.interval import Interval
from assay.core.verdict import Action, Verdict
from assay.stages.planning.power_analysis import gate_power
from assay.stages.runtime.context import Context
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...expect_errors import missing_data

MONDAY = date(2024, 2, 5)


@pytest.fixture
def ctx(parcels: Context) -> Context:
    return parcels


def judged(ctx: Context, day: date, errors: dict[str, float], days: int = 28) -> str:
    """A gate of `day` that compared something with each of the named models, with these errors; its run."""
    run_id = f"gate-{day}"
    findings = [Finding("gate.floor", Status.PASS, "", details={"value": 0.6})]
    for other, error in errors.items():
        details = {"ours": "boosted", "theirs": other, "error": error, "days": days}
        findings.append(Finding("gate.pair", Status.PASS, "", details=details))
    findings.append(Finding("gate.slice", Status.PASS, "", details={"theirs": "linear", "error": 9.0, "days": days}))
    ctx.runs.write(run_id, VERDICT, Verdict(Status.PASS, Action.KEEP, "", tuple(findings)))
    state = PartitionState(PartitionStatus.JUDGED, PartitionFingerprint("parcels", str(day), "training", "", ""), {})
    ctx.ledger.append(
        ctx.record(run_id, "gate", "parcels", Interval.of(day), Action.KEEP, partitions={str(day): state})
    )
    return run_id


def test_before_the_first_gate_nothing_is_known_of_its_errors(ctx: Context) -> None:
    assert gate_power(ctx, MONDAY) == ""


def test_the_errors_of_the_last_gate_say_what_todays_folds_can_show(ctx: Context) -> None:
    judged(ctx, MONDAY - timedelta(weeks=2), {"linear": 9.0})
    run = judged(ctx, MONDAY - timedelta(weeks=1), {"constant": 7.0, "linear": 0.02, "champion": 0.04, "other": 0.05})
    judged(ctx, MONDAY, {"linear": 8.0})  # what is to be planned again does not speak for itself
    gate = ctx.pipeline.spec.gate
    first = gate.fold * gate.folds
    sentence = gate_power(ctx, MONDAY)
    for gain in (gate.margin, 2 * gate.margin):
        shown = chances(
            gain, 0.04 * math.sqrt(28 / first), level=0.005, margin=gate.margin, first=first, step=gate.fold
        )
        assert missing_data(sentence, f"{100 * round(shown[0], 2):.5g} %", f"{100 * round(shown[-1], 2):.5g} %") == []
    assert missing_data(sentence, f"{first} days", run, f"{gate.margin:g}") == []


def test_a_gate_that_compared_nothing_or_lost_its_verdict_leaves_the_plan_as_it_is(ctx: Context) -> None:
    run = judged(ctx, MONDAY - timedelta(weeks=1), {"constant": 0.02})
    assert gate_power(ctx, MONDAY) == ""
    (ctx.runs.path(run) / "verdict.json").unlink()
    assert gate_power(ctx, MONDAY) == ""
