"""Scores that crowd in few bins: what the bins may have moved is never taken for a gain, a loss or a floor."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.special import expit, logit

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.looks.pair import LookOutcome
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.evaluation.jackknife import Insufficient, compare
from assay.core.evaluation.metrics import METRICS
from assay.core.evaluation.slices import SliceRule, judge_slices
from assay.core.monitoring.served_model import Served, decide_action, judge_served
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile

from ...expect_errors import missing_data
from .drawn_contenders import judged
from .labelled_scores import labelled, scores_of

PREVALENCE = 2e-4
POLICY = GatePolicy("roc_auc", margin=0.01)
DAYS = [date(2013, 3, 1) + timedelta(days=n) for n in range(28)]


def scored(name: str, scale: float, *, sees: float = 1.2, complexity: int = 2, recipe: str = "") -> Contender:
    """A model of a rare event. Its log-odds are those of every other with the same `sees`, times `scale` percent."""
    world = np.random.default_rng(3)
    outcomes = {}
    for day in DAYS:
        labels = world.random(40_000) < PREVALENCE
        signal = world.normal(0, 1, len(labels)) + sees * labels
        spread = 0.0 if name == "constant" else scale / 100
        scores = expit(logit(PREVALENCE) + spread * signal)
        state = labelled(scores, labels)
        outcomes[day] = OutcomeProfile(state, {"carrier": {"UA": state}})
    kind = "constant" if name == "constant" else "candidate"
    return Contender(name, kind, 0 if kind == "constant" else complexity, recipe or name, outcomes, identity=name)


CONSTANT = scored("constant", 1)
CROWDED = scored("champion", 0.25)
RESCALED = scored("rescaled", 100, complexity=3)


def findings_of(findings: tuple[Finding, ...] | list[Finding], check: str) -> list[Finding]:
    return [finding for finding in findings if finding.check == check]


def test_a_copy_with_scores_a_hundred_times_as_large_has_the_same_value() -> None:
    """Bins of equal width in the probability gave it .05 more, and the gate promoted it five times of five."""
    world = np.random.default_rng(3)
    labels = world.random(200_000) < PREVALENCE
    scores = 0.5 * PREVALENCE * np.exp(world.normal(0, 1, len(labels)) + 1.2 * labels)
    values = [METRICS["roc_auc"].function(labelled(np.minimum(times * scores, 1.0), labels)) for times in (1, 100)]
    assert values[0] == pytest.approx(values[1], abs=2e-4)


def test_a_rescaled_copy_of_the_champion_seems_to_gain_and_is_not_promoted() -> None:
    days = [{day: profile.overall for day, profile in model.days.items()} for model in (RESCALED, CROWDED)]
    seeming = compare("roc_auc", days[0], days[1], 0.95)
    assert not isinstance(seeming, Insufficient)
    assert seeming.estimate > POLICY.margin and seeming.low > 0, "or the test would show nothing"
    assert seeming.bounds[0] < POLICY.margin / 2 < seeming.bounds[1], "the copy resolves, the champion does not"
    decision = judged([CONSTANT, RESCALED], CROWDED, POLICY)
    assert decision.forward is None
    [look] = decision.looks
    assert (look.outcome, look.comparison, look.pair.looks) == (LookOutcome.OPEN, None, 0)
    bounds = [f"{bound:.2g}" for bound in seeming.bounds]
    assert missing_data(look.finding.sentence, *bounds, "log_loss", "brier") == []
    noted = findings_of(decision.verdict.findings, "gate.resolution")
    assert [finding.observed for finding in noted] == [seeming.bounds[1]], "the champion is asked as well"


def test_a_gain_that_dwarfs_what_the_bins_cost_is_judged_as_before() -> None:
    """Against the constant a model gains far more than its bins may have moved; one score for all hides no order."""
    decision = judged([CONSTANT, RESCALED], None, POLICY)
    assert decision.verdict.action == "promote"
    blind = judged([CONSTANT, scored("blind", 1, sees=0.0)], None, POLICY)
    assert (blind.forward, blind.looks[0].comparison) == (None, None)


@pytest.mark.parametrize(("metric", "margin"), [("log_loss", 1e-4), ("brier", 1e-5)])
def test_metrics_that_rest_on_exact_sums_are_never_unresolved(metric: str, margin: float) -> None:
    def summed(model: Contender) -> Contender:
        sums = {"log_loss": 9.0, "brier": 9.0}
        days = {
            day: OutcomeProfile(LabelledScores(scores_of(p).positives, scores_of(p).negatives, sums=sums))
            for day, p in model.days.items()
        }
        return Contender(model.name, model.kind, model.complexity, model.recipe, days, model.identity)

    decision = judged([summed(CONSTANT), summed(RESCALED)], summed(CROWDED), GatePolicy(metric, margin=margin))
    assert all("resolution" not in finding.sentence for finding in decision.verdict.findings)


def test_a_floor_that_the_bins_leave_open_is_not_reached() -> None:
    floor = GatePolicy("roc_auc", margin=0.01, at_least=0.78)
    decision = judged([CONSTANT, scored("crowded", 5)], None, floor)
    [look] = decision.looks
    assert look.outcome is LookOutcome.BELOW_LIMIT
    assert look.comparison is not None
    assert look.comparison.values[0] >= 0.78, "the number alone reaches the floor"
    assert decision.verdict.action == "refuse"


def test_a_slice_that_the_bins_leave_open_is_a_warning() -> None:
    rule = SliceRule("roc_auc", ["carrier"], 1_000, 0.01, 0.95)
    [finding] = judge_slices(("rescaled", RESCALED.days), ("champion", CROWDED.days), rule)
    assert (finding.status, finding.severity) == (Status.WARN, Severity.WARNING)
    assert missing_data(finding.sentence, *(f"{bound:.2g}" for bound in finding.details["difference"]["bounds"])) == []
    [good] = judge_slices(("rescaled", RESCALED.days), ("copy", scored("copy", 90).days), rule)
    assert good.status is Status.PASS


def test_a_served_model_is_not_downgraded_on_what_its_bins_leave_open() -> None:
    served = Served(3, CROWDED.days, RESCALED.days)
    policy = GatePolicy("roc_auc", margin=0.01, at_least=0.76)
    findings = judge_served(served, policy)
    for check in ("served.metric", "served.decline"):
        [finding] = findings_of(findings, check)
        assert (finding.status, finding.severity) == (Status.WARN, Severity.WARNING)
    assert (decide_action(findings).status, decide_action(findings).action) == (Status.WARN, "none")
    fine = judge_served(Served(3, RESCALED.days, RESCALED.days), policy)
    assert [f.status for f in fine if f.check.startswith("served")] == [Status.PASS, Status.PASS]
