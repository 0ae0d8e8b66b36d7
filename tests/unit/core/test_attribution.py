"""The change of a metric is split into parts that add up to it, and a cause has the change that it made."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import METRICS
from assay.core.monitoring.attribution.change import Cause, Marks, MetricChange, split_change
from assay.core.monitoring.attribution.since import changed_since
from assay.core.monitoring.attribution.slice_changes import fallen_slices
from bench.split_world import FOLDS_FROM, SERVED_FROM, DaySpec, days_from, number_days_from

AUC = METRICS["roc_auc"]
NORMAL = [DaySpec()] * 28


def served_days(first: int, end: int) -> frozenset[date]:
    """Return some of the served days by their places."""
    return frozenset(SERVED_FROM + timedelta(days=place) for place in range(first, end))


def split(
    served: list[DaySpec],
    metric: str = "roc_auc",
    marks: Marks = Marks(),  # noqa: B008 - frozen
    column: str | None = "origin",
    seed: int = 5,
) -> MetricChange:
    """Return the change from four weeks of normal days to the served days."""
    rng = np.random.default_rng(seed)
    days = days_from if METRICS[metric].task.value == "classification" else number_days_from
    change = split_change(
        METRICS[metric], days(FOLDS_FROM, NORMAL, rng), days(SERVED_FROM, served, rng), marks, column=column
    )
    assert isinstance(change, MetricChange)
    return change


@pytest.mark.parametrize("metric", ["roc_auc", "within_day_roc_auc", "pr_auc", "log_loss", "brier"])
def test_another_mix_of_slices_is_mix(metric: str) -> None:
    change = split([DaySpec(share=0.9)] * 28, metric)
    mix, relation = change.part(Cause.MIX), change.part(Cause.RELATION)
    assert mix.shown
    assert mix.gain < 0
    assert abs(relation.gain) < abs(mix.gain) / 4


@pytest.mark.parametrize("metric", ["roc_auc", "within_day_roc_auc", "log_loss"])
def test_labels_that_follow_the_scores_less_are_relation(metric: str) -> None:
    change = split([DaySpec(share=0.7, follows=-1.5)] * 28, metric)
    relation = change.part(Cause.RELATION)
    assert relation.shown
    assert relation.gain < 0


def test_the_mix_of_scores_alone_does_not_see_the_slices() -> None:
    by_slice, by_score = (
        split([DaySpec(share=0.9)] * 28, "log_loss"),
        split([DaySpec(share=0.9)] * 28, "log_loss", column=None),
    )
    assert by_score.slice is None
    assert by_score.gain == by_slice.gain


def test_broken_days_are_an_incident_and_nothing_else() -> None:
    days = [DaySpec(broken=1.0) if place in (4, 5, 6) else DaySpec() for place in range(28)]
    broken = frozenset(SERVED_FROM + timedelta(days=place) for place in (4, 5, 6))
    change = split(days, marks=Marks(incidents=broken))
    incident = change.part(Cause.INCIDENT)
    assert (incident.days, incident.gain < 0) == (3, True)
    assert not change.part(Cause.RELATION).shown
    assert abs(change.part(Cause.RELATION).gain) < abs(incident.gain)


def test_days_cleaned_by_other_code_are_code() -> None:
    days = [DaySpec()] * 14 + [DaySpec(broken=0.6)] * 14
    change = split(days, marks=Marks(changed=served_days(14, 28)))
    code = change.part(Cause.CODE)
    assert (code.days, code.shown, code.gain < 0) == (14, True, True)
    assert not change.part(Cause.RELATION).shown


def test_code_that_changed_before_the_first_days_cannot_be_split_off() -> None:
    change = split([DaySpec(broken=0.6)] * 28, marks=Marks(changed=served_days(2, 28)))
    assert change.part(Cause.CODE).days == 0
    assert change.part(Cause.RELATION).shown


@pytest.mark.parametrize("metric", ["rmse", "mae"])
def test_a_number_has_a_mix_of_slices(metric: str) -> None:
    change = split([DaySpec(share=0.8)] * 28, metric)
    assert change.part(Cause.MIX).shown
    assert change.part(Cause.MIX).gain < 0
    assert not change.part(Cause.RELATION).shown


def test_one_day_that_was_cleaned_again_is_code_and_the_days_after_it_are_not() -> None:
    change = split([DaySpec()] * 28, marks=Marks(changed=served_days(3, 4)))
    assert change.part(Cause.CODE).days == 1


def test_slices_with_few_labels_have_the_rates_of_all_rows() -> None:
    rng = np.random.default_rng(2)
    folds = days_from(FOLDS_FROM, [DaySpec(share=0.001)] * 28, rng)
    served = days_from(SERVED_FROM, [DaySpec(share=0.001)] * 28, rng)
    by_slice, by_score = (split_change(AUC, folds, served, Marks(), column=column) for column in ("origin", None))
    assert isinstance(by_slice, MetricChange)
    assert isinstance(by_score, MetricChange)
    assert by_slice.part(Cause.MIX).gain == pytest.approx(by_score.part(Cause.MIX).gain, abs=2e-3)


def test_r2_has_no_split() -> None:
    rng = np.random.default_rng(1)
    days = [number_days_from(first, NORMAL, rng) for first in (FOLDS_FROM, SERVED_FROM)]
    assert isinstance(split_change(METRICS["r2"], days[0], days[1], Marks(), column="origin"), Insufficient)


def test_four_days_are_insufficient() -> None:
    rng = np.random.default_rng(1)
    folds, served = days_from(FOLDS_FROM, NORMAL, rng), days_from(SERVED_FROM, [DaySpec()] * 6, rng)
    marks = Marks(incidents=frozenset(list(served)[:2]))
    assert isinstance(split_change(AUC, folds, served, marks), Insufficient)


@settings(max_examples=5, deadline=None)
@given(share=st.floats(0.1, 0.9), follows=st.floats(-1, 1), broken=st.floats(0, 1), at=st.integers(0, 27))
def test_the_parts_add_up_to_the_change(share: float, follows: float, broken: float, at: int) -> None:
    days = [DaySpec(share, follows, broken)] * 28
    change = split(days, marks=Marks(incidents=served_days(0, 1), changed=served_days(at, 28)))
    assert sum(part.gain for part in change.parts) == pytest.approx(change.gain, abs=1e-12)
    assert change.gain == pytest.approx(change.now - change.then)


def test_nothing_that_changed_is_shown_in_few_runs() -> None:
    shown = [
        sum(
            part.shown
            for part in split(
                [DaySpec(effect=e) for e in np.random.default_rng(seed).normal(0, 0.2, 28)], seed=seed
            ).parts
        )
        for seed in range(8)
    ]
    assert sum(shown) <= 5  # of 16 parts, each with an interval of 90 %


def test_the_slice_that_fell_is_named() -> None:
    rng = np.random.default_rng(3)
    folds, served = days_from(FOLDS_FROM, NORMAL, rng), days_from(SERVED_FROM, [DaySpec(follows=-1.0)] * 28, rng)
    [fallen] = fallen_slices(AUC, folds, served, columns=["origin"], min_rows=1_000)
    assert (fallen.column, fallen.value) == ("origin", "B")
    assert fallen.gain < fallen.high < 0
    assert fallen.share == pytest.approx(0.3, abs=0.02)


def test_a_slice_with_few_rows_is_not_judged() -> None:
    rng = np.random.default_rng(3)
    folds, served = days_from(FOLDS_FROM, NORMAL, rng), days_from(SERVED_FROM, [DaySpec(follows=-1.0)] * 28, rng)
    assert fallen_slices(AUC, folds, served, columns=["origin"], min_rows=100_000) == ()


def test_a_metric_that_fell_has_its_first_day() -> None:
    rng = np.random.default_rng(3)
    folds = days_from(FOLDS_FROM, NORMAL, rng)
    served = days_from(SERVED_FROM, [DaySpec()] * 20 + [DaySpec(broken=0.8)] * 20, rng)
    since = changed_since(AUC, folds, served)
    assert since is not None
    assert since.earliest <= SERVED_FROM + timedelta(days=20) <= since.latest
    assert (since.latest - since.earliest).days <= 4
