"""Slices at the gate: a contender that is shown worse for one of them is refused, equal ones are rarely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.core.check import Status
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
