"""Which days judge a model: labels that came early are a biased sample, and days that it knows are none at all."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.core.decisions.looks.comparison import PairComparison, compare_pair
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.label_maturity import DayMeasurement, count_days, first_immature, is_mature
from assay.core.evaluation.metrics import METRICS
from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import OutcomeProfile

from .labelled_scores import labelled

START = date(2024, 3, 1)
LABEL_DELAY = 30
WORSE, CHAMPION = (2.0, 0.2), (0.5, 1.05)
"""By how much positives score higher that are known early, and late: a challenger that is nine margins of ROC AUC worse
over both, and looks far better as long as the late ones are not known; and the champion."""


def day(chance: np.random.Generator, gaps: tuple[float, float], *, complete: bool) -> OutcomeProfile:
    """300 rows, 100 of them positive, a quarter of those known early: the others are no positives before that."""
    early, late = (chance.normal(gap, 1, count) for gap, count in zip(gaps, (25, 75), strict=True))
    scores = np.concatenate([chance.normal(0, 1, 200), early, late if complete else []])
    labels = np.arange(len(scores)) >= 200
    return OutcomeProfile(labelled(1 / (1 + np.exp(-scores)), labels))


def first_look(seed: int, label_delay: int, nights: int) -> PairComparison | Insufficient:
    """The comparison after some nights, each of which measured the days before it again."""
    sides = []
    for number, gaps in enumerate((WORSE, CHAMPION)):
        measured = {}
        for n in range(nights):
            at = START + timedelta(days=min(nights, n + 1 + LABEL_DELAY))  # measured for the last time
            complete = is_mature(START + timedelta(days=n), at, LABEL_DELAY)
            chance = np.random.default_rng([seed, number, n])
            measured[START + timedelta(days=n)] = DayMeasurement(day(chance, gaps, complete=complete), at)
        sides.append({day: one.overall for day, one in count_days(measured, label_delay).days.items()})
    return compare_pair(METRICS["roc_auc"], ("challenger", sides[0]), ("champion", sides[1]), margin=0.01)


def test_a_challenger_nine_margins_worse_looks_better_by_early_labels_and_never_by_mature_ones() -> None:
    by_all = [first_look(seed, 0, 20) for seed in range(20)]
    assert all(bound > 0 for bound, _ in bounds(by_all)), "what the rule is for: each of these is shown better"
    assert {type(first_look(seed, LABEL_DELAY, 20)) for seed in range(20)} == {Insufficient}
    by_mature = [first_look(seed, LABEL_DELAY, 20 + LABEL_DELAY) for seed in range(60)]
    assert all(bound < 0 for _, bound in bounds(by_mature)), "and shown worse"


def bounds(looks: list[PairComparison | Insufficient]) -> list[tuple[float, float]]:
    """The bounds of each gain with 90 % confidence."""
    compared = [one.interval for one in looks if isinstance(one, PairComparison)]
    assert len(compared) == len(looks)
    return compared


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 90), st.integers(1, 60))
def test_a_daily_and_a_monthly_monitor_measure_every_day_once_its_labels_are_mature(
    first: date, label_delay: int, days: int
) -> None:
    interval = Interval(first, first + timedelta(days=days))
    again = interval.back(label_delay)
    # What the run before, which ended where this one begins, could not measure yet, this one measures again.
    waited = [
        day
        for day in Interval.of(first).back(label_delay + 5)
        if day < first and not is_mature(day, first, label_delay)
    ]
    assert len(waited) == label_delay
    assert all(day in again for day in waited)
    assert sum(is_mature(day, interval.end, label_delay) for day in again) == days


def test_an_old_measurement_does_not_become_mature_by_waiting() -> None:
    measured = {START: DayMeasurement(OutcomeProfile.empty(), START + timedelta(days=3))}
    assert count_days(measured, 3).waiting == (START,)
    again = {START: DayMeasurement(OutcomeProfile.empty(), START + timedelta(days=4))}
    assert list(count_days(again, 3).days) == [START]


def test_days_that_the_model_was_trained_by_never_count() -> None:
    at = START + timedelta(days=40)
    measured = {START + timedelta(days=n): DayMeasurement(OutcomeProfile.empty(), at) for n in range(10)}
    counted = count_days(measured, 1, seen=Interval(START, START + timedelta(days=4)))
    assert (len(counted.days), len(counted.seen), counted.waiting) == (6, 4, ())
    assert min(counted.days) == START + timedelta(days=4)


def test_what_was_mature_before_a_date_does_not_know_later_days() -> None:
    at = START + timedelta(days=40)
    measured = {START + timedelta(days=n): DayMeasurement(OutcomeProfile.empty(), at) for n in range(10)}
    counted = count_days(measured, 2).before(START + timedelta(days=5), 2)
    assert max(counted.days) == first_immature(START + timedelta(days=5), 2) - timedelta(days=1)
    assert counted.waiting == (START + timedelta(days=3), START + timedelta(days=4))
