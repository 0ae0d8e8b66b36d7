"""The grid of folds: the same blocks for every training, none of which reaches into what is not mature."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from assay.core.evaluation.fold_grid import GRID_ORIGIN, blocks_before, fewest_folds

ends = st.dates(date(1971, 1, 1), date(2100, 1, 1))
lengths, counts = st.integers(1, 60), st.integers(1, 12)


@given(ends, lengths, counts)
def test_blocks_follow_each_other_on_the_grid_and_end_before_the_end(end: date, days: int, count: int) -> None:
    blocks = blocks_before(end, days=days, count=count)
    assert len(blocks) == count
    assert all(len(block) == days and (block.start - GRID_ORIGIN).days % days == 0 for block in blocks)
    assert [block.end for block in blocks[:-1]] == [block.start for block in blocks[1:]]
    assert end - timedelta(days=days) < blocks[-1].end <= end


@given(ends, lengths, counts, st.integers(0, 100))
def test_a_later_training_adds_at_most_the_blocks_that_ended_meanwhile(
    end: date, days: int, count: int, later: int
) -> None:
    before = blocks_before(end, days=days, count=count)
    after = blocks_before(end + timedelta(days=later), days=days, count=count)
    assert len(set(after) - set(before)) <= -(-later // days)


@given(counts, lengths, st.integers(1, 90))
def test_a_young_pipeline_needs_two_thirds_of_the_folds_and_the_least_days(count: int, days: int, least: int) -> None:
    fewest = fewest_folds(count, days=days, min_days=least)
    assert 3 * fewest >= 2 * count
    assert fewest * days >= least
    assert fewest_folds(count, days=days, min_days=1) <= count
