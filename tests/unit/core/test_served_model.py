"""A model in service: what is said of it, and what is to be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.contender import GatePolicy
from assay.core.monitoring.served_model import Served, decide_action, judge_served
from assay.core.monitoring.service.kpi import KpiLimits
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT

from ...expect_errors import missing_data
from .labelled_scores import labelled, scores_of

POLICY = GatePolicy(metric="roc_auc", margin=0.01, at_least=0.6)


def days(count: int, gap: float, *, seed: int = 1, kpi: int = 7) -> dict[date, OutcomeProfile]:
    """Days of 400 rows each, whose positives score higher by `gap` on average."""
    chance = np.random.default_rng(seed)
    made = {}
    for n in range(count):
        scores = [np.clip(chance.normal(0.5 + shift, 0.15, 200), 0, 0.9999) for shift in (gap, 0.0)]
        measured = labelled(np.concatenate(scores), np.repeat([True, False], 200))
        made[date(2013, 6, 1) + timedelta(days=n)] = OutcomeProfile(replace(measured, sums={"missed": float(kpi)}))
    return made


def finding_of(findings: Sequence[Finding], check: str) -> Finding:
    [one] = [finding for finding in findings if finding.check == check]
    return one


def test_a_model_that_keeps_its_promise_needs_nothing_done() -> None:
    findings = judge_served(Served(3, days(20, 0.2), days(28, 0.2, seed=2)), POLICY, [KpiLimits("missed")])
    assert finding_of(findings, "served.metric").status is Status.PASS
    assert finding_of(findings, "served.decline").status is Status.PASS
    assert finding_of(findings, "served.kpi").observed == 1_000 * 7 / 400
    verdict = decide_action(findings)
    assert (verdict.status, verdict.action) == (Status.PASS, "none")


def test_a_model_shown_below_its_floor_is_to_be_downgraded() -> None:
    verdict = decide_action(judge_served(Served(3, days(20, 0.0), days(28, 0.2, seed=2)), POLICY))
    assert (verdict.status, verdict.action) == (Status.FAIL, "downgrade")
    missed = finding_of(verdict.findings, "served.metric")
    assert (missed.status, missed.sentence in verdict.sentence) == (Status.FAIL, True)
    assert missing_data(missed.sentence, "0.6") == []


def test_a_decline_beyond_the_margin_asks_for_a_retraining() -> None:
    verdict = decide_action(judge_served(Served(3, days(20, 0.1), days(28, 0.3, seed=2)), POLICY))
    assert (verdict.status, verdict.action) == (Status.WARN, "retrain")
    declined = finding_of(verdict.findings, "served.decline")
    assert (declined.status, declined.sentence in verdict.sentence) == (Status.FAIL, True)


def test_too_few_days_with_outcomes_say_nothing_and_never_alarm() -> None:
    findings = judge_served(Served(3, days(4, 0.0), days(28, 0.2)), POLICY)
    assert [f.severity for f in findings] == [Severity.INFO]
    assert (decide_action(findings).action, decide_action(findings).status) == ("none", Status.WARN)


def test_days_that_wait_for_their_labels_are_counted_and_say_nothing() -> None:
    served = Served(3, days(4, 0.0), days(28, 0.2), waiting=9, seen=1)
    finding = finding_of(judge_served(served, POLICY), "served.metric")
    assert finding.details == {"waiting": 9, "seen": 1}
    assert missing_data(finding.sentence, "9 days") == []


def test_a_single_class_is_told_and_not_computed() -> None:
    one_sided = {
        day: OutcomeProfile(LabelledScores(Histogram(LOG_ODDS_EXPONENT), scores_of(profile).negatives))
        for day, profile in days(10, 0.2).items()
    }
    findings = judge_served(Served(3, one_sided, {}), POLICY, [KpiLimits("missed")])
    finding = finding_of(findings, "served.metric")
    assert (finding.status, finding.observed) == (Status.FAIL, None)
    assert finding_of(findings, "served.kpi").observed is None, "a KPI is judged whether the metric is defined or not"
    verdict = decide_action([finding])
    assert (verdict.status, verdict.action) == (Status.FAIL, "none"), "a model is not left because labels are missing"


def test_what_drifts_asks_for_a_look_and_never_for_a_training() -> None:
    fine = judge_served(Served(3, days(20, 0.2), days(28, 0.2, seed=2)), POLICY)
    temperature = Finding("drift.jump", Status.WARN, "temp drifted.", Severity.WARNING, column="temp")
    scores = Finding("drift.level", Status.WARN, "score drifted.", Severity.WARNING, column="score")
    quiet = Finding("drift.jump", Status.PASS, "None drifted.", Severity.WARNING)
    assert decide_action([*fine, quiet]).action == "none"
    for drifted in ([temperature], [scores], [temperature, scores]):
        verdict = decide_action([*fine, *drifted])
        assert (verdict.action, verdict.status) == ("look", Status.WARN)
        assert verdict.sentence.startswith(drifted[0].sentence[:-1])


def test_nothing_judged_is_a_fail() -> None:
    assert decide_action([]).status is Status.FAIL


def test_a_decline_that_is_not_shown_yet_is_told_before_any_drift() -> None:
    weak = Finding("served.decline", Status.WARN, "It declined.", Severity.WARNING)
    first, second = (
        Finding("drift.jump", Status.WARN, f"{name} drifted.", Severity.WARNING, column=name)
        for name in ("temp", "wind")
    )
    sentence = decide_action([first, second, weak]).sentence
    assert sentence.startswith(f"{weak.sentence} {first.sentence}")
    assert missing_data(sentence, "1 more statistic") == []
