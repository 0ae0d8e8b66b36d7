"""Variants are shown by blocks of days, and each one beside what was served on the days that both have."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from assay.core.decisions.variants import Variant, VariantGain, VariantRole, side_by_side
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import METRICS
from assay.core.interval import Interval
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from bench.split_world import SERVED_FROM, DaySpec, days_from

AUC = METRICS["roc_auc"]
BLOCKS = [Interval(SERVED_FROM + timedelta(days=28 * n), SERVED_FROM + timedelta(days=28 * (n + 1))) for n in range(3)]


def variant(name: str, days: list[DaySpec], role: VariantRole = VariantRole.CHALLENGER, after: int = 0) -> Variant:
    """A variant with outcomes from some day on."""
    return Variant(name, role, days_from(SERVED_FROM + timedelta(days=after), days, np.random.default_rng(1)))


SERVED = variant("served", [DaySpec(broken=0.5)] * 56, VariantRole.SERVED)


def test_a_better_variant_gains_on_the_days_that_both_have() -> None:
    table = side_by_side(SERVED, [variant("new", [DaySpec()] * 28, after=14)], BLOCKS, AUC, margin=0.01)
    [gain] = table.gains
    assert isinstance(gain, VariantGain)
    assert gain.days == 28
    assert 0 < gain.low < gain.estimate < gain.high


def test_days_with_other_rows_are_not_compared() -> None:
    other = Variant("other", VariantRole.CHALLENGER, days_from(SERVED_FROM, [DaySpec()] * 56, np.random.default_rng(2)))
    [gain] = side_by_side(SERVED, [other], BLOCKS, AUC, margin=0.01).gains
    assert isinstance(gain, Insufficient)


def test_the_constant_loses_by_the_area_above_one_half() -> None:
    days = {
        day: OutcomeProfile(label_scores(np.full(one.overall.rows, 0.5), labels_of(one)))
        for day, one in SERVED.days.items()
    }
    [gain] = side_by_side(SERVED, [Variant("constant", VariantRole.CONSTANT, days)], BLOCKS, AUC, margin=0.01).gains
    assert isinstance(gain, VariantGain)
    served = AUC.over([one.overall for one in SERVED.days.values()])
    assert served is not None
    assert gain.estimate == pytest.approx(0.5 - served)
    assert gain.low < gain.high < 0


def labels_of(one: OutcomeProfile) -> np.ndarray:
    """The labels of a day, in some order."""
    assert isinstance(one.overall, LabelledScores)
    return np.repeat([1, 0], [one.overall.positives.total, one.overall.negatives.total])


def test_each_block_has_the_metric_of_the_days_of_each_variant() -> None:
    new = variant("new", [DaySpec()] * 28, after=14)
    table = side_by_side(SERVED, [new], BLOCKS, AUC, margin=0.01)
    assert [[value.days for value in row.values] for row in table.blocks] == [[28, 14], [28, 14]]
    first = [one.overall for day, one in new.days.items() if day in BLOCKS[0]]
    assert table.blocks[0].values[1].value == pytest.approx(AUC.over(first))


def test_a_block_without_a_day_of_any_variant_is_left_out() -> None:
    assert [row.block for row in side_by_side(SERVED, [], BLOCKS, AUC, margin=0.01).blocks] == BLOCKS[:2]


def test_a_variant_without_a_day_in_the_blocks_is_left_out() -> None:
    table = side_by_side(SERVED, [variant("old", [DaySpec()] * 5, after=-30)], BLOCKS, AUC, margin=0.01)
    assert [one.name for one in table.variants] == ["served"]
    assert table.gains == ()


def test_few_common_days_have_no_gain_and_a_reason() -> None:
    [gain] = side_by_side(SERVED, [variant("new", [DaySpec()] * 5)], BLOCKS, AUC, margin=0.01).gains
    assert isinstance(gain, Insufficient)
