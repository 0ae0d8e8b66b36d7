"""A fast part of `python -m bench.gate`: the same simulations, with fewer runs and a fixed seed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from assay.core.decisions.looks.paired_evidence import PairedEvidence
from assay.core.evaluation.label_maturity import is_mature
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.outcome_profile import LabelledScores
from bench.gate import Year, evidence, found_gains
from bench.late_labels import (
    CHAMPION,
    GRID,
    MARGIN,
    MeasuredRows,
    Rows,
    day_of,
    drawn_run,
    promoted,
    serves,
)
from bench.simulated_days import smooth


def lower_bound(hits: int, runs: int) -> float:
    """The exact lower bound of a share at 99.5 %, one-sided (Clopper and Pearson 1934)."""
    return float(beta.ppf(0.005, hits, runs - hits + 1)) if hits else 0.0


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("autocorrelation", [0.0, 0.5])
def test_one_gate_of_three_equals_shows_one_as_rarely_as_its_level_says(autocorrelation: float, skewed: bool) -> None:
    rng, gates, hits = np.random.default_rng(1), 400, 0
    for _ in range(gates):
        days = [evidence(smooth(84, autocorrelation, rng, skewed=skewed)) for _ in range(3)]
        hits += any(one is not None and one.p_value() < 0.05 / 3 for one in days)
    assert lower_bound(hits, gates) <= 0.05
    assert hits > 0, "a gate that never errs at 5 % decides nothing"


def test_years_of_recipes_that_are_no_better_promote_one_as_rarely_as_promised() -> None:
    rng, years, false = np.random.default_rng(2), 60, 0
    for _ in range(years):
        year = Year(0.5, 0.3, rng)
        for week in range(52):
            year.train(7 * week, [(str(week), 0.0)])
        false += bool(year.promotions)
    assert lower_bound(false, years) <= 0.05


def test_gains_of_two_margins_are_found_in_most_years() -> None:
    rng = np.random.default_rng(3)
    years = [found_gains(Year(0.5, 0.0, rng), 1) for _ in range(20)]
    assert sum(gains >= 4 for gains in years) >= 16, "at least four of five; 95 % of years by the long simulation"


LABEL_DELAY = 90
CANDIDATES = (0.0, 1.0, 8.0)


def judged_runs(runs: int) -> list[tuple[MeasuredRows, int]]:
    """Runs with three candidates each: one that equals the champion, one that is a margin worse, and one that is 8."""
    rng = np.random.default_rng(6)
    drawn = [drawn_run(LABEL_DELAY, CANDIDATES, rng) for _ in range(runs)]
    return [(run, candidate) for run in drawn for candidate in range(1, len(CANDIDATES) + 1)]


def test_candidates_whose_good_labels_come_early_are_promoted_by_all_days_and_never_by_mature_ones() -> None:
    runs = judged_runs(6)
    judged = [(candidate, promoted(run, candidate, LABEL_DELAY)) for run, candidate in runs]
    by_all = [promoted(run, candidate, 0)[0] for run, candidate in runs]
    assert [shown for candidate, (shown, _) in judged if candidate > 1] == [False] * 12
    assert sum(shown for _, (shown, _) in judged) <= 1, "of 6 equals, at 5 %"
    assert sum(by_all) >= 12, "the bias that maturity takes away: most are promoted, whatever they are worth"
    gains = np.array([[e.estimate for c, (_, e) in judged if c == one and e] for one in (1, 2, 3)]).mean(axis=1)
    assert gains / MARGIN == pytest.approx([0, -1, -8], abs=0.6), "as the candidates are drawn"


def test_a_refresh_that_is_worse_over_all_labels_serves_by_early_ones_alone() -> None:
    runs = [run for run, candidate in judged_runs(4) if candidate == 1]
    by_mature = [[serves(run, candidate, LABEL_DELAY) for run in runs] for candidate in (1, 3)]
    by_all = [[serves(run, candidate, 0) for run in runs] for candidate in (1, 3)]
    assert sum(by_mature[0]) >= 3, "an equal one"
    assert by_mature[1] == [False] * 4
    assert by_all == [[True] * 4, [True] * 4]


def test_the_simulated_profiles_are_those_of_the_rows_whose_labels_are_known() -> None:
    rows = Rows.drawn(12, 10, (1.0,), np.random.default_rng(1))
    at = 12
    for day, profile in enumerate(rows.profiles(CHAMPION, 0, at, at)):
        known = rows.lags[day] < at - day
        bins, labels = rows.bins[CHAMPION][day][known], rows.labels[day][known].astype(int)
        scores = 1 / (1 + np.exp(-np.ldexp(bins + 0.5, GRID)))
        measured = label_scores(scores, labels)
        assert isinstance(profile.overall, LabelledScores)
        assert profile.overall.positives == measured.positives.coarsen(GRID)
        assert profile.overall.negatives == measured.negatives.coarsen(GRID)
        assert profile.overall.unlabelled == (~known).sum()
        assert (profile.overall.unlabelled == 0) == is_mature(day_of(day), day_of(at), 10)


def test_a_first_look_at_mature_days_always_has_evidence() -> None:
    assert all(isinstance(promoted(run, c, LABEL_DELAY)[1], PairedEvidence) for run, c in judged_runs(1))
