"""A day's scores are published or held: by what they are, and beside the days by which the version was judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.check import Severity, Status
from assay.core.decisions.score_day import MIN_DAYS, DayOfScores, ScoreCheck, days_held, judge_days
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram
from assay.core.profiles.score_moments import moments, quantile_range
from assay.core.task_type import TaskType
from assay.core.verdict import Action

FIRST = date(2024, 1, 1)
WORDS = ("volume", "drift")


def a_day(mean: float = 0.3, *, seed: int = 0, rows: int = 400, spread: float = 0.1) -> DayOfScores:
    drawn = np.clip(np.random.default_rng(seed).normal(mean, spread, rows), 0, 0.999)
    return DayOfScores(rows, histogram_of(drawn, SCORE_BIN_EXPONENT))


def half_zero(day: DayOfScores) -> DayOfScores:
    """The same scores, and 0 for as many rows again, as of a join that found nothing for half of the rows."""
    return DayOfScores(2 * day.rows, Histogram(SCORE_BIN_EXPONENT, {**day.scores.bins, 0: day.rows}))


EVIDENCE = [a_day(0.3 + 0.02 * (seed % 3), seed=seed) for seed in range(28)]


def findings(
    day: DayOfScores, evidence: Sequence[DayOfScores] = EVIDENCE, hold: Sequence[str] = WORDS
) -> tuple[Action, dict[str, Status]]:
    verdict = judge_days({FIRST: day}, evidence, task=TaskType.CLASSIFICATION, hold=hold, newest=28)[FIRST]
    return verdict.action, {finding.check: finding.status for finding in verdict.findings}


def bad(day: DayOfScores, **options: Sequence[str]) -> set[str]:
    return {check for check, status in findings(day, **options)[1].items() if status is Status.FAIL}  # type: ignore[arg-type]


def test_a_day_like_the_others_is_published_and_every_check_was_judged() -> None:
    action, by_check = findings(a_day(seed=99))
    assert action is Action.PUBLISH
    assert by_check == dict.fromkeys(ScoreCheck, Status.PASS)


@pytest.mark.parametrize(
    ("day", "held_for"),
    [
        (replace(a_day(seed=1), impossible=1), {"score.possible"}),
        (a_day(0.7, seed=1), {"score.mean"}),
        (a_day(seed=1, spread=0.02), {"score.spread"}),
        (DayOfScores(400, Histogram(SCORE_BIN_EXPONENT, {1228: 400})), {"score.spread", "score.shape"}),
        (half_zero(a_day(0.4, seed=1, rows=200)), {"score.mean", "score.spread", "score.shape"}),
        (a_day(seed=1, rows=30), {"score.volume"}),
        (a_day(seed=1, rows=4_000), {"score.volume"}),
    ],
)
def test_a_day_out_of_line_is_held_and_the_check_is_named(day: DayOfScores, held_for: set[str]) -> None:
    assert findings(day)[0] is Action.HOLD
    assert bad(day) == held_for


def test_a_check_that_the_spec_does_not_name_only_warns_but_impossible_scores_always_hold() -> None:
    action, by_check = findings(a_day(0.7, seed=1), hold=["volume"])
    assert (action, by_check["score.mean"]) == (Action.PUBLISH, Status.FAIL)
    verdict = judge_days({FIRST: a_day(0.7)}, EVIDENCE, task=TaskType.CLASSIFICATION, hold=[], newest=28)[FIRST]
    assert verdict.status is Status.WARN
    assert findings(replace(a_day(seed=1), impossible=1), hold=[])[0] is Action.HOLD


def test_with_too_few_days_of_evidence_only_impossible_scores_are_judged() -> None:
    few = EVIDENCE[: MIN_DAYS - 1]
    verdict = judge_days({FIRST: a_day(0.9)}, few, task=TaskType.CLASSIFICATION, hold=WORDS, newest=28)[FIRST]
    assert verdict.action is Action.PUBLISH
    assert {f.check for f in verdict.findings if f.severity is Severity.INFO} == set(ScoreCheck) - {"score.possible"}
    assert findings(replace(a_day(0.9), impossible=3), few)[0] is Action.HOLD


def test_a_day_without_rows_or_without_a_possible_score_is_judged_by_what_is_there() -> None:
    empty = Histogram(SCORE_BIN_EXPONENT)
    assert findings(DayOfScores(0, empty))[0] is Action.PUBLISH
    assert bad(DayOfScores(400, empty, impossible=400)) == {"score.possible"}


def test_a_backfill_follows_a_slow_season_as_nights_would() -> None:
    """Each day that is published is evidence for the next one; a jump is held all the same."""
    days = {FIRST + timedelta(days=n): a_day(0.3 + 0.5 * n / 200, seed=n) for n in range(200)}
    at_once = judge_days(days, EVIDENCE, task=TaskType.CLASSIFICATION, hold=WORDS, newest=28)
    assert days_held(at_once) == []
    assert bad(a_day(0.3 + 0.5, seed=3)) == {"score.mean"}
    night_by_night, served = {}, list[DayOfScores]()
    for day, scored in days.items():
        evidence = [*EVIDENCE, *served[-28:]]
        [(_, verdict)] = judge_days(
            {day: scored}, evidence, task=TaskType.CLASSIFICATION, hold=WORDS, newest=28
        ).items()
        night_by_night[day] = verdict.action
        served.append(scored)
    assert night_by_night == {day: verdict.action for day, verdict in at_once.items()}


def test_a_held_day_is_no_evidence() -> None:
    days = {FIRST: a_day(0.7, seed=1), FIRST + timedelta(days=1): a_day(0.7, seed=2)}
    verdicts = judge_days(days, EVIDENCE, task=TaskType.CLASSIFICATION, hold=WORDS, newest=28)
    assert days_held(verdicts) == list(days)


def test_a_few_wild_scores_of_a_regressor_do_not_decide_its_mean() -> None:
    rng = np.random.default_rng(5)
    evidence = [DayOfScores(500, histogram_of(rng.normal(20, 3, 500), -4)) for _ in range(28)]
    drawn = rng.normal(20, 3, 500)
    drawn[:2] = 200.0
    day = DayOfScores(500, histogram_of(drawn, -4))
    verdict = judge_days({FIRST: day}, evidence, task=TaskType.REGRESSION, hold=WORDS, newest=28)[FIRST]
    assert verdict.action is Action.PUBLISH
    assert (
        judge_days(
            {FIRST: DayOfScores(500, histogram_of(drawn + 12, -4))},
            evidence,
            task=TaskType.REGRESSION,
            hold=WORDS,
            newest=1,
        )[FIRST].action
        is Action.HOLD
    )


def test_a_small_day_is_given_the_error_of_its_own_rows() -> None:
    """Seven rows of a public holiday have a mean of their own; only its volume is out of line."""
    for seed in range(50):
        assert bad(a_day(seed=seed, rows=7)) == {"score.volume"}


@given(st.lists(st.floats(0, 0.99), min_size=1, max_size=200))
def test_the_moments_are_those_of_the_values_within_half_a_bin(values: list[float]) -> None:
    histogram = histogram_of(np.array(values), SCORE_BIN_EXPONENT)
    measured = moments(histogram, (0.0, 1.0))
    half = 2.0**SCORE_BIN_EXPONENT / 2
    assert measured.rows == len(values)
    assert measured.mean == pytest.approx(np.mean(values), abs=half)
    assert measured.deviation == pytest.approx(np.std(values), abs=2 * half)
    low, high = quantile_range(histogram)
    outer = np.quantile(values, [0.01, 0.99], method="inverted_cdf")
    assert (low, high) == pytest.approx((2 * outer[0] - outer[1], 2 * outer[1] - outer[0]), abs=6 * half)
