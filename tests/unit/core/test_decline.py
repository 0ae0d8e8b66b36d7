"""The evidence of a fall: its formula, the days it looks at, and how rarely it is shown without one."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from assay.core.check import Severity, Status
from assay.core.decisions.downgrade import LOOK_DAYS, better_version, judge_earlier
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.evaluation.jackknife import Jackknife
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.service.decline import MIXTURE_DAYS, Reference, fall_of, limit_of, reference_of
from assay.core.profiles.outcome_profile import OutcomeProfile
from bench.declined import first_shown

from .labelled_scores import labelled

POLICY = GatePolicy(metric="roc_auc", margin=0.01)


def measured(days: np.ndarray) -> Jackknife:
    mean, count = float(days.mean()), len(days)
    return Jackknife(mean, 0.0, count, tuple(((count * mean - days) / (count - 1)).tolist()))


@given(st.integers(5, 300), st.floats(0.01, 3.0), st.sampled_from([84.0, math.inf]))
def test_the_evidence_is_the_mixture_of_likelihood_ratios_over_all_sizes(days: int, loss: float, of: float) -> None:
    reference = Reference(0.7, 2.0, of, 2.6)
    total, variance = days * loss / 2.0, days + days**2 / of

    def ratio(size: float) -> float:
        density = float(stats.norm.pdf(size, scale=1 / math.sqrt(MIXTURE_DAYS)))
        return math.exp(min(700.0, size * total - size**2 * variance / 2)) * density

    peak = total / (variance + MIXTURE_DAYS)
    width = 12 / math.sqrt(variance + MIXTURE_DAYS)
    mixed, _ = integrate.quad(ratio, peak - width, peak + width)
    fall = fall_of([(days, 0.7 - loss)], reference)
    if fall.evidence < 300:
        assert fall.evidence == pytest.approx(max(0.0, math.log(mixed)), abs=1e-6)
    assert fall_of([(days, 0.7 + loss)], reference).evidence == 0, "a gain is no fall"


def test_the_reference_has_the_spread_of_its_days_inflated_where_they_follow_each_other() -> None:
    random = np.random.default_rng(4)
    plain = random.normal(0, 2, 2_000)
    alike = plain.copy()
    for n in range(1, 2_000):
        alike[n] += 0.5 * alike[n - 1]
    assert reference_of(measured(plain)).spread == pytest.approx(2, rel=0.2)
    assert reference_of(measured(alike)).spread == pytest.approx(2 / (1 - 0.5), rel=0.25)


def test_a_long_bad_tail_raises_the_threshold_and_a_long_good_one_does_not() -> None:
    tail = np.random.default_rng(2).exponential(1, 84)
    good, bad = (reference_of(measured(sign * tail)).threshold for sign in (1, -1))
    assert good == 2.6
    assert bad == pytest.approx(2.6 + 0.9 * stats.skew(tail), rel=1e-6)
    assert reference_of(measured(-tail), sign=-1).threshold == good, "where lower is better the tails change sides"


def test_the_strongest_of_the_windows_counts_and_a_limit_is_known_exactly() -> None:
    reference = reference_of(measured(np.random.default_rng(3).normal(0.7, 0.05, 84)))
    fall = fall_of([(200, reference.value), (28, reference.value - 0.1)], reference)
    assert (fall.days, fall.shown) == (28, True)
    limit = limit_of(reference.value, reference)
    assert fall_of([(28, limit.value - 0.1)], limit).evidence > fall.evidence


def test_a_model_that_recovered_is_kept_and_one_without_any_spread_has_finite_evidence() -> None:
    reference = reference_of(measured(np.random.default_rng(3).normal(0.7, 0.05, 84)))
    assert not fall_of([(78, reference.value - 0.1), (28, reference.value + 0.01)], reference).shown
    flat = reference_of(measured(np.full(84, 1.0)))
    fall = fall_of([(28, 0.9)], flat)
    assert fall.shown
    assert math.isfinite(fall.evidence), "a verdict is written as JSON, which has no infinity"
    assert not fall_of([(28, 1.0 - 1e-16)], flat).shown


def test_years_without_a_fall_show_one_as_rarely_as_the_page_has_it() -> None:
    shown = sum(first_shown(seed, 0.3, False, 0.0, 0) is not None for seed in range(150))
    assert stats.binom.sf(shown - 1, 150, 0.05) > 0.005, f"{shown} of 150 years"


def test_a_fall_of_three_margins_is_shown_within_six_weeks() -> None:
    delays = [first_shown(seed, 0.0, False, 3.0, 0) for seed in range(40)]
    assert sum(delay is not None and delay < 42 for delay in delays) >= 38


def days_of(strength: float, count: int, seed: int) -> dict[date, OutcomeProfile]:
    random = np.random.default_rng(seed)
    days = {}
    for n in range(count):
        scores = np.clip(
            np.concatenate([random.normal(0.5 + strength, 0.15, 150), random.normal(0.5, 0.15, 150)]), 0, 1
        )
        days[date(2013, 6, 1) + timedelta(days=n)] = OutcomeProfile(labelled(scores, np.repeat([True, False], 150)))
    return days


def contender(name: str, days: dict[date, OutcomeProfile]) -> Contender:
    return Contender(name, "served", 0, "", days)


def test_an_earlier_model_that_is_shown_better_on_the_same_days_is_named() -> None:
    served, better = contender("what was served", days_of(0.05, 60, 1)), contender("version 2", days_of(0.15, 60, 2))
    finding = judge_earlier(served, better, ModelVersion(2), POLICY)
    assert finding is not None
    assert (finding.status, finding.severity) == (Status.FAIL, Severity.CRITICAL)
    assert finding.details["version"] == 2
    assert (finding.details["first"], finding.details["last"]) == ("2013-06-01", "2013-07-26"), "56 of the 60 days"
    equal = judge_earlier(served, contender("version 1", days_of(0.05, 60, 3)), ModelVersion(1), POLICY)
    assert equal is not None
    assert equal.status is Status.PASS
    assert better_version([finding, equal]) == 2
    assert better_version([equal]) is None


def test_two_earlier_models_share_the_error_of_a_year_and_few_days_are_no_look() -> None:
    served, other = contender("what was served", days_of(0.1, 60, 1)), contender("version 2", days_of(0.1, 60, 2))
    alone, shared = (judge_earlier(served, other, ModelVersion(2), POLICY, models=n) for n in (1, 2))
    assert alone is not None and shared is not None
    assert alone.details["level"] == 2 * shared.details["level"] == pytest.approx(0.05 / 13)
    few = contender("version 2", days_of(0.1, LOOK_DAYS - 1, 2))
    assert judge_earlier(served, few, ModelVersion(2), POLICY) is None
