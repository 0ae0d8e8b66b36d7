"""What the age of a model costs, by days that were served and lie in folds of the same recipe."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from assay.core.decisions.staleness import AgedDay, staleness
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import METRICS

from .drawn_contenders import contender

DAYS, MARGIN = 84, 0.01


def aged(loss_after: int, *, days: int = DAYS) -> list[AgedDay]:
    """Days served by a model that is as good as a newer one at first, and worse from an age on."""
    fresh, old = (contender("x", strength, days=days, rows=300).days for strength in (1.4, 1.0))
    first = min(fresh)
    return [
        AgedDay(day, (day - first).days, -1, old[day] if (day - first).days >= loss_after else fresh[day], fresh[day])
        for day in sorted(fresh)
    ]


def test_the_age_from_which_on_a_model_loses_is_the_cadence() -> None:
    judged = staleness(aged(56), METRICS["roc_auc"], margin=MARGIN, width=28)
    assert [band.ages for band in judged.bands] == [(0, 28), (28, 56), (56, 84)]
    assert [band.days for band in judged.bands] == [28, 28, 28]
    assert judged.cadence == 56
    assert not isinstance(judged.newest, Insufficient)
    assert judged.newest.interval[0] > 0, "a training would help now"
    assert {band.fresh_age for band in judged.bands} == {-1.0}


def test_a_model_that_loses_nothing_by_age_suggests_no_cadence() -> None:
    judged = staleness(aged(DAYS), METRICS["roc_auc"], margin=MARGIN, width=28)
    assert judged.cadence is None
    gains = [band.compared.evidence.estimate for band in judged.bands if not isinstance(band.compared, Insufficient)]
    assert gains == [0.0, 0.0, 0.0]


def test_few_days_decide_nothing() -> None:
    judged = staleness(aged(0, days=28)[:12], METRICS["roc_auc"], margin=MARGIN, width=28)
    assert isinstance(judged.newest, Insufficient)
    assert (judged.cadence, [band.days for band in judged.bands]) == (None, [12])
    assert staleness([], METRICS["roc_auc"], margin=MARGIN, width=28).bands == ()


def test_days_whose_rows_differ_are_left_out() -> None:
    days = aged(56)
    other = contender("y", 1.0, days=1, rows=100).days
    odd = AgedDay(days[0].day - timedelta(days=1), 0, -1, next(iter(other.values())), days[0].fresh)
    judged = staleness([odd, *days], METRICS["roc_auc"], margin=MARGIN, width=28)
    assert [band.days for band in judged.bands] == [28, 28, 28]


def test_days_on_which_the_model_of_the_fold_was_not_the_newer_one_are_left_out() -> None:
    days = [replace(one, fresh_age=one.age) if one.age < 28 else one for one in aged(56)]
    judged = staleness(days, METRICS["roc_auc"], margin=MARGIN, width=28)
    assert [band.ages for band in judged.bands] == [(28, 56), (56, 84)]
