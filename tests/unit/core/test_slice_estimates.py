"""The estimate of a metric by slice before labels come: rows as the oracle of its formula, and what it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score

from assay.core.evaluation.metrics import METRICS
from assay.core.evaluation.slices import OTHER
from assay.core.monitoring.performance_estimate import BINS, Calibration
from assay.core.monitoring.slice_estimates import MIN_DAYS, SlicedFolds, SliceEstimate, level_of
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile, merge_scores
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT

FIRST = date(2024, 1, 1)
FOLDS, WAITING = 28, 3
SLOPES = {"A": 1.0, "B": 0.4}


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The scores and labels of a slice on a day."""

    scores: np.ndarray
    labels: np.ndarray

    def state(self, labelled: float = 1.0) -> LabelledScores:
        """The state of the rows when the labels of the first share of them are known."""
        known = int(labelled * len(self.scores))
        rest = label_scores(self.scores[known:], np.zeros(len(self.scores) - known)).negatives
        measured = label_scores(self.scores[:known], self.labels[:known])
        return replace(measured, unlabelled=rest.total, unlabelled_scores=rest)


def rows(value: str, day: int, *, count: int = 150, spread: float = 1.0) -> Rows:
    """Rows whose label follows the score less in B than in A."""
    random = np.random.default_rng([ord(value), day])
    log_odds = spread * random.normal(0, 1.2, count) + random.normal(0, 0.1)
    chance = 1 / (1 + np.exp(-SLOPES.get(value, 1.0) * log_odds))
    return Rows(1 / (1 + np.exp(-log_odds)), (random.random(count) < chance).astype(int))


def outcomes(
    start: int, days: int, values: str = "AB", *, labelled: float = 1.0, **drawn: float
) -> dict[date, OutcomeProfile]:
    made = {}
    for day in range(start, start + days):
        parts = {value: rows(value, day, spread=drawn.get(value, 1.0)).state(labelled) for value in values}
        made[FIRST + timedelta(days=day)] = OutcomeProfile(merge_scores(parts.values()), {"depot": parts})
    return made


def estimates(
    waiting: Mapping[date, OutcomeProfile],
    known: Mapping[date, OutcomeProfile] | None = None,
    *,
    folds: Mapping[date, OutcomeProfile] | None = None,
    metric: str = "roc_auc",
    min_rows: int = 500,
) -> dict[str, SliceEstimate]:
    folds = outcomes(0, FOLDS) if folds is None else folds
    sliced = SlicedFolds.of(METRICS[metric], folds, columns=["depot"], min_rows=min_rows)
    return {one.value: one for one in sliced.estimates(waiting, known or {})}


def weighted(metric: str, days: list[Rows], calibration: Calibration) -> float:
    """The metric of rows of which each is positive by its calibrated chance, and otherwise negative."""
    values, weights = [], []
    for part in days if metric == "within_day_roc_auc" else [_together(days)]:
        chance = calibration.rates[np.minimum((part.scores * BINS).astype(int), BINS)]
        both = {"sample_weight": np.concatenate([chance, 1 - chance])}
        labels, scores = np.repeat([1, 0], len(chance)), np.tile(part.scores, 2)
        values.append((log_loss if metric == "log_loss" else roc_auc_score)(labels, scores, **both))
        weights.append(chance.sum() * (1 - chance).sum() / len(chance))
    return float(np.average(values, weights=weights))


def _together(days: list[Rows]) -> Rows:
    return Rows(np.concatenate([one.scores for one in days]), np.concatenate([one.labels for one in days]))


@pytest.mark.parametrize("metric", ["roc_auc", "within_day_roc_auc", "log_loss"])
@pytest.mark.parametrize("value", ["A", "B"])
def test_an_estimate_is_the_one_of_weighted_rows_and_what_that_missed_on_the_folds(metric: str, value: str) -> None:
    folds, waiting = outcomes(0, FOLDS), outcomes(FOLDS, WAITING, labelled=0.0)
    estimated = estimates(waiting, folds=folds, metric=metric)[value]
    of_folds = [rows(value, day) for day in range(FOLDS)]
    of_waiting = [rows(value, day) for day in range(FOLDS, FOLDS + WAITING)]
    states = [one.state() for one in of_folds]
    calibration = Calibration.of(states)
    truth = METRICS[metric].over(states)
    assert calibration is not None
    assert truth is not None
    moved = weighted(metric, of_waiting, calibration) - weighted(metric, of_folds, calibration)
    assert estimated.folds == pytest.approx(truth)
    assert estimated.waiting.value == pytest.approx(truth + moved, abs=1e-4)
    assert estimated.shift == pytest.approx(METRICS[metric].sign * moved, abs=1e-4)
    assert (estimated.waiting.days, estimated.waiting.rows) == (WAITING, WAITING * 150)


@settings(max_examples=10, deadline=None)
@given(st.floats(0, 1))
def test_labels_that_came_early_change_no_estimate(labelled: float) -> None:
    none, some = (estimates(outcomes(FOLDS, WAITING, labelled=share)) for share in (0.0, labelled))
    assert [one.waiting.value for one in none.values()] == pytest.approx([one.waiting.value for one in some.values()])


def test_the_record_is_the_estimate_of_known_days_beside_their_truth() -> None:
    known = outcomes(FOLDS, 28)
    for value, one in estimates(outcomes(60, WAITING, labelled=0.0), known).items():
        assert one.truth == METRICS["roc_auc"].over(day.slices["depot"][value] for day in known.values())
        assert one.then is not None
        assert one.truth is not None
        assert one.missed_by == abs(one.then.value - one.truth)
        assert one.missed_by < one.then.reach < one.waiting.reach


def test_without_known_days_there_is_no_record() -> None:
    assert {one.missed_by for one in estimates(outcomes(FOLDS, WAITING)).values()} == {None}


def test_small_values_and_new_ones_are_estimated_together() -> None:
    folds, waiting = outcomes(0, FOLDS, "ABCD"), outcomes(FOLDS, WAITING, "ABCDE", labelled=0.0)
    small = {
        day: OutcomeProfile(
            one.overall, {"depot": {**one.slices["depot"], **{v: rows(v, n, count=40).state() for v in "CD"}}}
        )
        for n, (day, one) in enumerate(folds.items())
    }
    estimated = estimates(waiting, folds=small, min_rows=2_000)
    assert list(estimated) == ["A", "B", OTHER]
    assert estimated[OTHER].waiting.rows == WAITING * 3 * 150


def test_what_is_too_small_even_together_is_left_out() -> None:
    assert estimates(outcomes(FOLDS, WAITING), min_rows=100_000) == {}
    assert estimates(outcomes(FOLDS, WAITING), folds=outcomes(0, MIN_DAYS - 1)) == {}


def test_a_slice_whose_waiting_scores_were_not_measured_is_left_out() -> None:
    day = FIRST + timedelta(days=FOLDS)
    unknown = replace(rows("A", FOLDS).state(0.5), unlabelled_scores=Histogram(LOG_ODDS_EXPONENT))
    waiting = outcomes(FOLDS, 1)
    parts = {**waiting[day].slices["depot"], "A": unknown}
    assert list(estimates({day: OutcomeProfile(waiting[day].overall, {"depot": parts})})) == ["B"]


def test_a_metric_without_an_estimate_has_no_slices() -> None:
    assert estimates(outcomes(FOLDS, WAITING), metric="brier") == {}


def test_a_slice_whose_scores_order_its_rows_worse_fell_and_the_others_did_not() -> None:
    estimated = estimates(outcomes(FOLDS, WAITING, labelled=0.0, A=0.4))
    level = level_of(len(estimated), 1.0)
    assert estimated["A"].fell(0.02, level)
    assert not estimated["A"].fell(0.5, level)
    assert not estimated["B"].fell(0.02, level)


def test_the_promise_is_shared_by_slices_and_nights() -> None:
    assert level_of(4, 2.0) == pytest.approx(2 * level_of(4, 1.0)) == pytest.approx(level_of(2, 1.0))
    assert 0 < level_of(0, 1.0) < 0.01
