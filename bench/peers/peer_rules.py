"""The rules of other monitors, written again from their documentation for many days at once.

`bench.drift` compares the values with those of the packages themselves (`bench/peers/packages.py`). Each rule gives a
score to a column and a day; it alarms from a threshold on. Missing values are left out, as the packages do.

- NannyML 0.13 (univariate drift, https://nannyml.readthedocs.io): Jensen-Shannon distance, or Kolmogorov-Smirnov for
  numbers, by 3 standard deviations of the reference's days. Its calculator of missing values goes with it.
- Evidently 0.7 (data drift, https://docs.evidentlyai.com): above 1,000 rows the normed Wasserstein distance and, for a
  category, the Jensen-Shannon distance; both from .1 on.
- popmon 1.4 (traffic lights, https://popmon.readthedocs.io): a profile is red beyond 7 standard deviations of the
  reference's days, a comparison beyond a normal score of 7.
- The two-sample Kolmogorov-Smirnov test and the chi-squared test, as of scipy.
- PSI by ten quantiles of the reference, missing values being an own bin (Siddiqi 2006).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from scipy.special import kolmogorov, ndtri, rel_entr
from scipy.stats import chi2

from bench.peers.drifting_rows import ColumnRows
from bench.simulated_days import Floats

LEAST_P = 1e-300
QUANTILES = (0.01, 0.05, 0.16, 0.5, 0.84, 0.95, 0.99)
PSI_BINS, LEAST_SHARE = 10, 1e-4
KS_BINS = 10_000
NANNYML_SD, POPMON_PULL, EVIDENTLY_DISTANCE = 3.0, 7.0, 0.1


class Rule(StrEnum):
    """A rule of another monitor; the value is its name in tables."""

    NANNYML_JS = "NannyML, Jensen-Shannon"
    NANNYML_KS = "NannyML, Kolmogorov-Smirnov"
    EVIDENTLY = "Evidently, Wasserstein"
    POPMON = "popmon, traffic lights"
    KS = "Kolmogorov-Smirnov, chi-squared"
    PSI = "PSI"


@dataclass(frozen=True, slots=True, eq=False)
class SortedDays:
    """A number's values without missing ones, sorted: all of the reference together, and of each day.

    The sums of the reference's least values, divided by their number, are `sums`; they begin with 0. The share of each
    day's missing values is `nulls`.
    """

    reference: Floats
    days: tuple[Floats, ...]
    sums: Floats
    nulls: Floats

    @classmethod
    def of(cls, values: Floats, training: int) -> SortedDays:
        """Return the values of days x rows; the first `training` days are the reference."""
        days = tuple(np.sort(rows[~np.isnan(rows)]) for rows in values)
        reference = np.sort(np.concatenate(days[:training]))
        sums = np.concatenate([[0.0], np.cumsum(reference)]) / len(reference)
        return cls(reference, days, sums, np.isnan(values).mean(axis=1))

    def integral(self, u: Floats) -> Floats:
        """Return the integral of the reference's quantile function from 0 to each u in [0, 1]."""
        place = u * len(self.reference)
        whole = np.minimum(place.astype(np.int64), len(self.reference) - 1)
        return np.asarray(self.sums[whole] + (place - whole) * self.reference[whole] / len(self.reference))


def scores(column: ColumnRows, training: int, judged: int) -> dict[Rule, Floats]:
    """Return the score of each rule on the newest `judged` days; the first `training` days are the reference."""
    chosen = np.r_[0:training, len(column.values) - judged : len(column.values)]
    values = column.values[chosen]
    missing = np.abs(standardized(np.isnan(values).mean(axis=1), training))
    by_rule = _of_text(values, training) if column.is_text else _of_number(values, training)
    for rule in (Rule.NANNYML_JS, Rule.NANNYML_KS):
        by_rule[rule] = np.maximum(standardized(by_rule[rule], training), missing)
    by_rule[Rule.POPMON] = np.maximum(by_rule[Rule.POPMON], missing)
    return {rule: one[training:] for rule, one in by_rule.items()}


def standardized(values: Floats, training: int) -> Floats:
    """Return the distances of the values from the mean of the reference's days, in their standard deviations.

    Where all of these days are alike, another value is infinitely far.
    """
    off = values - values[:training].mean()
    deviation = float(values[:training].std())
    if deviation > 0:
        return np.asarray(off / deviation)
    return np.where(np.isclose(off, 0.0), 0.0, np.copysign(np.inf, off))


def _of_number(values: Floats, training: int) -> dict[Rule, Floats]:
    number = SortedDays.of(values, training)
    days, judged, unjudged = number.days, number.days[training:], np.zeros(training)
    distances = np.array([ks_distance(number.reference, day) for day in judged])
    since = np.array([ks_distance(*pair) for pair in pairwise(days[training - 1 :])])
    rows = np.array([len(day) for day in judged])
    p = ks_p_value(distances, len(number.reference), rows)
    profiles = np.array([(day.mean(), day.std(), *np.quantile(day, QUANTILES)) for day in days])
    pulls = np.abs(np.column_stack([standardized(one, training) for one in profiles.T])).max(axis=1)[training:]
    compared = np.maximum(_normal_score(p), _normal_score(ks_p_value(since, rows, rows)))
    distance = np.array([wasserstein(number, day) for day in judged]) / number.reference.std()
    return {
        Rule.NANNYML_JS: binned_js(number),
        Rule.NANNYML_KS: binned_ks(number),
        Rule.EVIDENTLY: np.concatenate([unjudged, distance]),
        Rule.POPMON: np.concatenate([unjudged, np.maximum(pulls, compared)]),
        Rule.KS: np.concatenate([unjudged, -np.log10(np.maximum(p, LEAST_P))]),
        Rule.PSI: psi(_by_quantiles(number), training),
    }


def _of_text(values: Floats, training: int) -> dict[Rule, Floats]:
    categories = np.unique(values[~np.isnan(values)])
    counts = np.array([[np.count_nonzero(rows == one) for one in categories] for rows in values], dtype=np.float64)
    reference = counts[:training].sum(axis=0)
    shares, whole = counts / counts.sum(axis=1, keepdims=True), reference / reference.sum()
    js = js_distance(shares, whole)
    p = np.array([chi_squared_p_value(reference, day) for day in counts])
    since = np.array([1.0, *(chi_squared_p_value(*pair) for pair in pairwise(counts))])
    compared = np.maximum(_normal_score(p), _normal_score(since))
    return {
        Rule.NANNYML_JS: js / np.sqrt(np.log(2)),
        Rule.NANNYML_KS: js / np.sqrt(np.log(2)),
        Rule.EVIDENTLY: js,
        Rule.POPMON: np.maximum(np.abs(standardized(js, training)), compared),
        Rule.KS: -np.log10(np.maximum(p, LEAST_P)),
        Rule.PSI: psi(shares, training),
    }


def ks_distance(reference: Floats, day: Floats) -> float:
    """Return the Kolmogorov-Smirnov distance of two samples that are sorted."""
    n, m = len(reference), len(day)
    gaps = [
        np.searchsorted(reference, day, side) / n - np.searchsorted(day, day, side) / m for side in ("left", "right")
    ]
    return float(np.abs(np.stack(gaps)).max())


def ks_p_value(distances: Floats, reference: Floats | int, rows: Floats) -> Floats:
    """Return the p-values of distances, in the limit of many rows with the correction of Stephens (1970)."""
    root = np.sqrt(reference * rows / (reference + rows))
    return np.asarray(kolmogorov((root + 0.12 + 0.11 / root) * distances))


def chi_squared_p_value(reference: Floats, day: Floats) -> float:
    """Return the p-value of the chi-squared test that two counts of the same categories have the same shares."""
    table = np.stack([reference, day])[:, reference + day > 0]
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return float(chi2.sf(((table - expected) ** 2 / expected).sum(), table.shape[1] - 1))


def wasserstein(number: SortedDays, day: Floats) -> float:
    """Return the first Wasserstein distance of a sorted day from the reference, by the integral of its quantiles."""
    edges = np.arange(len(day) + 1) / len(day)
    share = np.searchsorted(number.reference, day, "right") / len(number.reference)
    split = np.clip(share, edges[:-1], edges[1:])
    at_edges, middle = number.integral(edges), number.integral(split)
    below = day * (split - edges[:-1]) - (middle - at_edges[:-1])
    above = (at_edges[1:] - middle) - day * (edges[1:] - split)
    return float((below + above).sum())


def js_distance(shares: Floats, reference: Floats) -> Floats:
    """Return the Jensen-Shannon distance of each row of shares from the reference, by natural logarithms."""
    middle = (shares + reference) / 2
    from_reference = rel_entr(np.broadcast_to(reference, shares.shape), middle)
    parts = (rel_entr(shares, middle) + from_reference).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(parts, 0.0) / 2))


def binned_js(number: SortedDays) -> Floats:
    """Return the Jensen-Shannon distance of each day by Doane's bins of the reference, by logarithms of base 2."""
    edges = np.histogram_bin_edges(number.reference, bins="doane")
    counts = np.array([np.histogram(day, edges)[0] / len(day) for day in number.days])
    shares = np.column_stack([counts, np.maximum(0.0, 1 - counts.sum(axis=1))])
    reference = np.append(np.histogram(number.reference, edges)[0] / len(number.reference), 0.0)
    return np.asarray(js_distance(shares, reference) / np.sqrt(np.log(2)))


def binned_ks(number: SortedDays) -> Floats:
    """Return the Kolmogorov-Smirnov distance of each day by 10,000 equal bins of the reference."""
    edges = np.linspace(number.reference[0], number.reference[-1], KS_BINS + 1)[1:]
    edges[-1] = np.nextafter(edges[-1], np.inf)  # the last bin has its upper edge
    reference = np.searchsorted(number.reference, edges) / len(number.reference)
    return np.array([np.abs(np.searchsorted(day, edges) / len(day) - reference).max() for day in number.days])


def psi(shares: Floats, training: int) -> Floats:
    """Return the PSI of each day's shares against the mean of the first days; no share is below LEAST_SHARE."""
    day, reference = np.maximum(shares, LEAST_SHARE), np.maximum(shares[:training].mean(axis=0), LEAST_SHARE)
    return np.asarray(((day - reference) * np.log(day / reference)).sum(axis=1))


def _by_quantiles(number: SortedDays) -> Floats:
    inner = np.unique(np.quantile(number.reference, np.arange(1, PSI_BINS) / PSI_BINS))
    below = np.array([np.searchsorted(day, inner, "right") / len(day) for day in number.days])
    edge = np.ones((len(below), 1))
    shares = np.diff(np.hstack([0 * edge, below, edge]), axis=1)
    return np.column_stack([shares * (1 - number.nulls)[:, None], number.nulls])


def _normal_score(p: Floats) -> Floats:
    return np.asarray(-ndtri(np.maximum(p, LEAST_P)))


DEFAULTS: Mapping[Rule, Mapping[str, float]] = {
    Rule.NANNYML_JS: {"3 sd": NANNYML_SD},
    Rule.NANNYML_KS: {"3 sd": NANNYML_SD},
    Rule.EVIDENTLY: {".1": EVIDENTLY_DISTANCE},
    Rule.POPMON: {"7 sd": POPMON_PULL},
    Rule.KS: {"p < .05": float(-np.log10(0.05)), "p < .05 / columns": float(-np.log10(0.05 / 20))},
    Rule.PSI: {".1": 0.1, ".2": 0.2},
}
"""The thresholds that are usual for each rule, by name: a score from there on is an alarm."""
