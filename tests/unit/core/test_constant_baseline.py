"""A model's loss beside that of a constant: against scikit-learn, and as findings that warn and change no action."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss, root_mean_squared_error

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.looks.pair import LookOutcome
from assay.core.evaluation.constant_baseline import (
    AgainstConstant,
    against_constant,
    baseline_finding,
    baselines_in,
    constant_loss,
)
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.monitoring.served_model import Served, decide_action, judge_served
from assay.core.profiles.from_arrays import residuals_of
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile, merge_outcomes
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT

from ...expect_errors import missing_data
from .drawn_contenders import judged
from .labelled_scores import labelled, scores_of

START = date(2013, 3, 1)
POLICY = GatePolicy("roc_auc", margin=0.01, at_least=0.55)
RATE = 0.3


@given(positives=st.integers(0, 500), negatives=st.integers(0, 500), rate=st.floats(0.001, 0.999))
def test_a_constants_log_loss_is_that_of_its_score_on_every_row(positives: int, negatives: int, rate: float) -> None:
    state = LabelledScores(Histogram(LOG_ODDS_EXPONENT, {9: positives}), Histogram(LOG_ODDS_EXPONENT, {9: negatives}))
    labels = np.repeat([1, 0], [positives, negatives])
    if not len(labels):
        assert constant_loss(state, rate) is None
        return
    expected = log_loss(labels, np.full(len(labels), rate), labels=[0, 1])
    assert constant_loss(state, rate) == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.integers(-500, 500), min_size=1, max_size=50), st.integers(-500, 500))
def test_a_constants_error_is_that_of_its_score_on_every_row(labels: list[int], value: int) -> None:
    state = residuals_of(np.zeros(len(labels)), np.array(labels, dtype=float), 0)
    expected = root_mean_squared_error(labels, np.full(len(labels), value))
    assert constant_loss(state, value) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_a_rate_of_nothing_or_of_everything_has_a_finite_loss() -> None:
    state = LabelledScores(Histogram(LOG_ODDS_EXPONENT, {9: 1}), Histogram(LOG_ODDS_EXPONENT, {9: 1}))
    assert all(np.isfinite(constant_loss(state, rate) or np.nan) for rate in (0.0, 1.0))


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0.01, 0.99))
def test_no_constant_is_better_than_the_rows_own(positives: int, negatives: int, rate: float) -> None:
    state = LabelledScores(Histogram(LOG_ODDS_EXPONENT, {9: positives}), Histogram(LOG_ODDS_EXPONENT, {9: negatives}))
    own, other = constant_loss(state, positives / (positives + negatives)), constant_loss(state, rate)
    assert own is not None
    assert other is not None
    assert own <= other + 1e-12


def test_labels_that_are_not_there_are_not_counted() -> None:
    known = LabelledScores(Histogram(LOG_ODDS_EXPONENT, {900: 30}), Histogram(LOG_ODDS_EXPONENT, {300: 70}))
    more = LabelledScores(known.positives, known.negatives, unlabelled=1_000)
    assert against_constant(known, constant=0.2) == against_constant(more, constant=0.2)
    assert against_constant(LabelledScores.empty(), constant=0.2) is None
    assert against_constant(Residuals.empty(0), constant=0.2) is None


def model(
    name: str, *, kind: str = "candidate", shift: float = 0.0, constant: float | None = RATE, sight: float = 2.0
) -> Contender:
    """A model that sees the label, with a ROC AUC above .8 whatever its scores are shifted by on the log-odds; without
    `sight` they are noise."""
    world = np.random.default_rng(5)
    days = {}
    for n in range(28):
        labels = world.random(300) < RATE
        noise = world.normal(0, 1, 300)
        scores = np.full(300, RATE)
        if kind != "constant":
            scores = 1 / (1 + np.exp(-(sight * labels - 1.5 + noise * 0.8 + shift)))
        days[START + timedelta(days=n)] = OutcomeProfile(labelled(scores, labels))
    level = {"constant": 0, "linear": 1}.get(kind, 2)
    return Contender(name, kind, level, name, days, name, constant)


CONSTANT = model("constant", kind="constant")
GOOD, SHIFTED = model("good"), model("shifted", shift=3.0)


def one(findings: tuple[Finding, ...] | list[Finding], name: str) -> Finding:
    [baseline] = [finding for finding in baselines_in(findings) if finding.details["model"] == name]
    return baseline


def test_a_model_that_ranks_well_and_is_worse_than_the_base_rate_is_not_promoted() -> None:
    decision = judged([CONSTANT, SHIFTED], None, POLICY)
    assert (decision.verdict.action, decision.forward) == ("refuse", None)
    assert [look.outcome for look in decision.looks] == [LookOutcome.GUARDED]
    finding = one(decision.verdict.findings, "shifted")
    assert (finding.check, finding.status, finding.severity) == ("baseline.log_loss", Status.WARN, Severity.INFO)
    assert finding.details["gain"] < 0


def test_a_model_better_than_the_base_rate_says_so_beside_its_metric_and_nothing_warns() -> None:
    decision = judged([CONSTANT, GOOD], None, POLICY)
    finding = one(decision.verdict.findings, "good")
    assert (finding.status, decision.verdict.status) == (Status.PASS, Status.PASS)
    assert finding.details["gain"] > 0.05
    assert finding.sentence in decision.verdict.sentence


def test_a_model_better_than_a_stale_base_rate_and_worse_than_that_of_the_rows_warns() -> None:
    comparison = AgainstConstant("log_loss", 0.414, 0.426, 0.378, 0.13, 25_000)
    assert (comparison.worse, comparison.worse_than_training, comparison.gain > 0) == (True, False, True)
    finding = baseline_finding("Version 2", comparison)
    assert finding.status is Status.WARN
    assert missing_data(finding.sentence, "Version 2", "0.414", "0.012 better", "0.036 worse") == []


@pytest.mark.parametrize(
    ("metric", "loss", "named"), [("log_loss", 0.7, True), ("log_loss", 0.5, False), ("rmse", 0.7, False)]
)
def test_a_warning_on_probabilities_names_the_setting_that_corrects_them(metric: str, loss: float, named: bool) -> None:
    finding = baseline_finding("Version 3", AgainstConstant(metric, loss, 0.6, 0.6, 0.3, 900))
    assert ("train.recalibrate" in finding.sentence) is named


def test_the_constant_of_the_gate_is_the_contender_that_was_scored() -> None:
    baseline = one(judged([CONSTANT, GOOD], None, POLICY).verdict.findings, "good")
    states = [scores_of(profile) for profile in CONSTANT.days.values()]
    labels = np.concatenate([np.repeat([1, 0], [s.positives.total, s.negatives.total]) for s in states])
    assert baseline.details["training"] == pytest.approx(log_loss(labels, np.full(len(labels), RATE)), abs=1e-3)


def test_the_champion_meets_the_constant_of_its_own_training() -> None:
    champion = model("champion", constant=0.9)
    baseline = one(judged([CONSTANT, GOOD], champion, POLICY).verdict.findings, "champion")
    whole = merge_outcomes(champion.days.values())
    assert baseline.details["training"] == pytest.approx(constant_loss(whole.overall, 0.9))
    assert baseline.severity is Severity.INFO


def test_too_few_days_compare_nothing_with_a_constant() -> None:
    few = [Contender(c.name, c.kind, c.complexity, c.recipe, {START: c.days[START]}) for c in (CONSTANT, GOOD)]
    assert baselines_in(judged(few, None, POLICY).verdict.findings) == []


@pytest.mark.parametrize(("contender", "status"), [(GOOD, Status.PASS), (SHIFTED, Status.WARN)])
def test_what_serves_is_judged_beside_the_constant_and_the_action_stays_none(
    contender: Contender, status: Status
) -> None:
    served = Served(3, contender.days, contender.days, constant=RATE)
    verdict = decide_action(judge_served(served, POLICY))
    finding = one(verdict.findings, "Version 3")
    assert (verdict.action, verdict.status, finding.status) == ("none", status, status)
    assert finding.sentence in verdict.sentence


@pytest.mark.parametrize("warned", [True, False])
def test_no_action_of_the_monitor_depends_on_the_constant(warned: bool) -> None:
    beside = baseline_finding("Version 3", AgainstConstant("log_loss", 0.7 if warned else 0.5, 0.6, 0.6, 0.3, 900))
    metric = {status: Finding("served.metric", status, "metric", observed=0.5) for status in Status}
    decline = Finding("served.decline", Status.FAIL, "decline", Severity.WARNING)
    score = Finding("drift.jump", Status.WARN, "drift", Severity.WARNING, "score", 0.4)
    for others in ([metric[Status.FAIL]], [metric[Status.PASS], decline], [metric[Status.PASS], score],
                   [metric[Status.WARN]], [metric[Status.PASS]]):  # fmt: skip
        alone, with_it = decide_action(others), decide_action([*others, beside])
        assert with_it.action == alone.action
        assert (with_it.status is Status.FAIL) == (alone.status is Status.FAIL)
        assert with_it.sentence.startswith(alone.sentence)


def test_a_regressor_is_compared_in_the_labels_unit() -> None:
    world = np.random.default_rng(3)
    labels = world.normal(50, 10, 2_000)
    state = residuals_of(labels + world.normal(0, 3, 2_000), labels, 0)
    comparison = against_constant(state, constant=48.0)
    assert comparison is not None
    assert comparison.metric == "rmse"
    assert comparison.gain == pytest.approx(root_mean_squared_error(labels, np.full(2_000, 48.0)) - 3, abs=0.2)
    assert not comparison.worse
    worse = against_constant(residuals_of(labels + 30, labels, 0), constant=48.0)
    assert worse is not None
    assert worse.worse
    assert missing_data(worse.sentence("linear"), "linear", "mean") == []
