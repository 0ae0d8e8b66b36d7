"""Slices at the gate: a contender that is shown worse for one of them is refused, equal ones are rarely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.core.check import Severity, Status
from assay.core.decisions.looks.pair import LookOutcome
from assay.core.evaluation.slices import OTHER, SliceRule, holm, judge_slices

from ...expect_errors import missing_data
from .drawn_contenders import POLICY, contender, gate, outcomes

SLICED = replace(POLICY, slices=("carrier",), min_slice_rows=1_000)
CHAMPION = contender("version 3", 1.0, recipe="old")


def test_a_contender_better_overall_but_shown_worse_for_one_slice_is_refused() -> None:
    decision = gate(contender("boosted", 1.4, slices={"DL": 0.7}), champion=CHAMPION, policy=SLICED)
    assert decision.verdict.action == "refuse"
    assert outcomes(decision) == {"boosted": LookOutcome.SLICE_WORSE}
    assert missing_data(decision.verdict.sentence, "carrier", "DL", "boosted", "ROC AUC") == []


def test_slices_below_the_smallest_are_pooled_and_said() -> None:
    boosted = contender("boosted", 1.4, slices={"AA": 0.1})
    assert gate(boosted, champion=CHAMPION, policy=SLICED).verdict.action == "promote"
    rule = SLICED.slice_rule(SLICED.confidence)
    findings = judge_slices(("boosted", boosted.days), (CHAMPION.name, CHAMPION.days), rule)
    slices = {f.details["value"]: f for f in findings}
    assert set(slices) == {"UA", "DL", OTHER}
    assert slices[OTHER].details["values"] == ["AA"]
    assert Status.FAIL not in {f.status for f in findings}


def test_each_slice_says_which_loss_it_could_hide() -> None:
    boosted = contender("boosted", 1.4)
    judged = judge_slices(("boosted", boosted.days), (CHAMPION.name, CHAMPION.days), SLICED.slice_rule(0.95))
    findings = [finding for finding in judged if "difference" in finding.details]
    assert len(findings) > 1
    for finding in findings:
        low = finding.details["difference"]["low"]
        assert finding.details["hides"] == max(0.0, -low)
        assert finding.details["safe"]


@pytest.mark.parametrize(("harm", "action"), [(0.5, "promote"), (0.003, "keep")])
def test_with_a_harm_margin_each_slice_has_to_be_shown_to_lose_less(harm: float, action: str) -> None:
    policy = replace(SLICED, slice_harm=harm)
    decision = gate(contender("boosted", 1.4, slices={"DL": 0.97}), champion=CHAMPION, policy=policy)
    assert decision.verdict.action == action
    wanted = LookOutcome.SHOWN if action == "promote" else LookOutcome.SLICE_UNSURE
    assert outcomes(decision) == {"boosted": wanted}
    unsafe = [f for look in decision.looks for f in look.slices if not f.details.get("safe", True)]
    assert [f.details["value"] for f in unsafe] == ([] if action == "promote" else ["DL"])


def test_a_column_whose_values_are_all_pooled_is_a_warning() -> None:
    boosted, rule = contender("boosted", 1.4), replace(SLICED, min_slice_rows=10**6).slice_rule(0.95)
    findings = judge_slices(("boosted", boosted.days), (CHAMPION.name, CHAMPION.days), rule)
    assert (findings[0].column, findings[0].status, findings[0].severity) == ("carrier", Status.WARN, Severity.WARNING)
    decision = gate(boosted, champion=CHAMPION, policy=replace(SLICED, min_slice_rows=10**6))
    assert (decision.verdict.action, decision.verdict.status) == ("promote", Status.WARN)


def test_a_slice_column_that_was_not_measured_fails() -> None:
    policy = replace(SLICED, slices=("origin",))
    decision = gate(contender("boosted", 1.4), champion=CHAMPION, policy=policy)
    assert decision.verdict.action == "refuse"
    assert outcomes(decision) == {"boosted": LookOutcome.SLICE_WORSE}
    assert missing_data(decision.verdict.sentence, "origin") == []


def test_slices_of_two_equal_models_are_rarely_shown_worse() -> None:
    rule, refused = SliceRule("roc_auc", ("carrier",), 300, 0.0, 0.95), 0
    for seed in range(20):
        one, two = (contender(n, 1.0, luck=0.3, days=20, rows=100, seed=seed) for n in ("a", "b"))
        findings = judge_slices((one.name, one.days), (two.name, two.days), rule)
        refused += any(f.status is Status.FAIL for f in findings)
    assert refused <= 3


def test_holm_is_never_below_the_raw_and_never_above_one() -> None:
    assert holm([]) == []
    assert holm([0.2, 0.6, 0.001]) == pytest.approx([0.4, 0.6, 0.003])
