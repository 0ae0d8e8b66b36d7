"""The grid of the scores of an event: bins of equal width in log-odds, so that small probabilities have many bins.

A bin is 2^-8 wide in log-odds, and the bins reach from odds of e^-32 to e^32. They cost less than 1e-4 of ROC AUC at
any share of positives. Bins of equal width in the probability cost .05 where 2 rows in 10,000 are positive.
"""

from __future__ import annotations

import math

from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram

LOG_ODDS_EXPONENT = -8
"""The width of a bin in log-odds, as an exponent of 2."""

LIMIT = 32
"""The log-odds at which the grid ends; a score outside counts as underflow or overflow, as 0 and 1 do."""

COARSEST = 5
"""The exponent of the coarsest grid: one bin on either side of a probability of one half."""


def half_of(bin_exponent: int) -> int:
    """Return the number of bins on either side of one half: bins are numbered from -half to half - 1.

    >>> half_of(LOG_ODDS_EXPONENT), half_of(COARSEST)
    (8192, 1)
    """
    return LIMIT >> bin_exponent if bin_exponent >= 0 else LIMIT << -bin_exponent


def as_probabilities(histogram: Histogram) -> Histogram:
    """Return scores on the grid of equal bins of the probability, each as the middle of its bin in log-odds.

    Served scores are kept on that grid, which a person reads more easily.

    >>> as_probabilities(Histogram(LOG_ODDS_EXPONENT, {0: 3}, under=1, over=2))
    Histogram(bin_exponent=-12, bins={0: 1, 2049: 3}, under=0, over=2)
    """
    half, width = half_of(histogram.bin_exponent), math.ldexp(1.0, histogram.bin_exponent)
    bins: dict[int, int] = {0: histogram.under} if histogram.under else {}
    for index, count in histogram.bins.items():
        middle = 1 / (1 + math.exp(-(min(max(index, -half), half - 1) + 0.5) * width))
        to = int(math.ldexp(middle, -SCORE_BIN_EXPONENT))
        bins[to] = bins.get(to, 0) + count
    return Histogram(SCORE_BIN_EXPONENT, dict(sorted(bins.items())), 0, histogram.over)


def as_log_odds(histogram: Histogram) -> Histogram:
    """Return scores that were kept in equal bins of the probability on the grid of log-odds, by the middle of each bin.

    Profiles of format 2 and before were kept so.

    >>> as_log_odds(Histogram(-12, {2048: 3}, over=2))
    Histogram(bin_exponent=-8, bins={0: 3}, under=0, over=2)
    """
    bins: dict[int, int] = {}
    for index, count in histogram.bins.items():
        to = _bin_of(math.ldexp(index + 0.5, histogram.bin_exponent))
        bins[to] = bins.get(to, 0) + count
    return Histogram(LOG_ODDS_EXPONENT, dict(sorted(bins.items())), histogram.under, histogram.over)


def _bin_of(score: float) -> int:
    """Return the bin of a score; one below the first bin, or one above the last, where it is outside of the grid."""
    half = half_of(LOG_ODDS_EXPONENT)
    if not 0 < score < 1:
        return -half - 1 if score <= 0 else half
    index = math.floor(math.ldexp(math.log(score / (1 - score)), -LOG_ODDS_EXPONENT))
    return min(max(index, -half - 1), half)
