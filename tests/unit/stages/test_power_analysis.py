"""What a plan says of a gate before it judges: which gains its folds can show at all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from assay.core.check import Finding, Status
from assay.core.evaluation.jackknife import MetricDifference, smallest_difference
from assay.core.interval import Interval
from assay.core.verdict import Action, Verdict
from assay.stages.planning.power_analysis import minimum_detectable_effect
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
        difference = MetricDifference("roc_auc", 0.7, 0.69, 0.01, error, -0.01, 0.03, 0.95, 0.2, 0.8, days, 1_000, 1e-4)
        details = {"ours": "boosted", "theirs": other, "difference": difference.to_json()}
        findings.append(Finding("gate.superiority", Status.PASS, "", details=details))
    findings.append(Finding("gate.slice", Status.PASS, "", details={"difference": difference.to_json()}))
    ctx.runs.write(run_id, VERDICT, Verdict(Status.PASS, Action.KEEP, "", tuple(findings)))
    state = PartitionState(PartitionStatus.JUDGED, PartitionFingerprint("parcels", str(day), "training", "", ""), {})
    ctx.ledger.append(
        ctx.record(run_id, "gate", "parcels", Interval.of(day), Action.KEEP, partitions={str(day): state})
    )
    return run_id


def test_before_the_first_gate_nothing_is_known_of_its_errors(ctx: Context) -> None:
    assert minimum_detectable_effect(ctx, MONDAY) == ""


def test_the_errors_of_the_last_gate_say_what_todays_folds_can_show(ctx: Context) -> None:
    judged(ctx, MONDAY - timedelta(weeks=2), {"linear": 9.0})
    run = judged(ctx, MONDAY - timedelta(weeks=1), {"constant": 7.0, "linear": 0.02, "champion": 0.04, "other": 0.05})
    judged(ctx, MONDAY, {"linear": 8.0})  # what is to be planned again does not speak for itself
    gate = ctx.pipeline.spec.gate
    least = smallest_difference(0.04, gate.fold * gate.folds, measured_on=28, confidence=gate.confidence, power=0.9)
    sentence = minimum_detectable_effect(ctx, MONDAY)
    assert missing_data(sentence, f"{gate.fold * gate.folds} days", f"{least:.2g}", run, f"{gate.margin:g}") == []


def test_a_margin_within_reach_is_no_warning(ctx: Context) -> None:
    judged(ctx, MONDAY - timedelta(weeks=1), {"linear": 1e-6})
    sentence = minimum_detectable_effect(ctx, MONDAY)
    assert sentence
    assert missing_data(sentence, f"{ctx.pipeline.spec.gate.margin:g}") != [], "the margin is named in a warning alone"


def test_a_gate_that_compared_nothing_or_lost_its_verdict_leaves_the_plan_as_it_is(ctx: Context) -> None:
    run = judged(ctx, MONDAY - timedelta(weeks=1), {"constant": 0.02})
    assert minimum_detectable_effect(ctx, MONDAY) == ""
    (ctx.runs.path(run) / "verdict.json").unlink()
    assert minimum_detectable_effect(ctx, MONDAY) == ""
