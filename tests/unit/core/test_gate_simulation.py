"""A fast part of `python -m bench.gate`: the same simulations, with fewer runs and a fixed seed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from bench.gate import Year, evidence, found_gains, smooth


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
