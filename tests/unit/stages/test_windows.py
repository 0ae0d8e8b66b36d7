"""The dates of a training and of its folds: no model sees a label that was not mature when it would have been made."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.spec.schema.pipeline import PipelineSpec
from assay.stages.planning.windows import MIN_HISTORY, windows_for
from assay.stages.runtime.context import Context

DAY = date(2024, 2, 8)


def with_training(spec: PipelineSpec, window: int | str, delay: int = 1) -> PipelineSpec:
    train = spec.train.model_copy(update={"window": window})
    label = spec.label.model_copy(update={"label_delay": delay})
    return spec.model_copy(update={"train": train, "label": label})


@given(st.data())
def test_what_a_model_learns_from_was_mature_on_the_first_day_that_it_scores(data: st.DataObject) -> None:
    spec = with_training(SPECS[0], data.draw(st.integers(1, 90) | st.just("all")), data.draw(st.integers(0, 9)))
    day, first = (
        data.draw(st.dates(date(2020, 1, 1), date(2030, 1, 1))),
        data.draw(st.dates(date(2019, 1, 1), date(2020, 1, 1))),
    )
    windows, delay = windows_for(spec, day, first), timedelta(days=spec.label.label_delay)
    assert windows.window.end == day - delay
    for fold in windows.folds:
        assert fold.window.end == fold.block.start - delay
        assert fold.window.start >= first
        assert fold.block.end <= windows.window.end
    assert set(windows.all) >= set(windows.window)


SPECS: list[PipelineSpec] = []


@pytest.fixture(autouse=True)
def _spec(parcels: Context) -> None:
    SPECS[:] = [parcels.pipeline.spec]


def test_folds_whose_window_would_reach_before_the_history_are_left_out() -> None:
    spec = with_training(SPECS[0], 9)
    starts = [date(2024, 1, 11), date(2024, 1, 18), date(2024, 1, 25)]
    assert [fold.block.start for fold in windows_for(spec, DAY, date(2024, 1, 1)).folds] == starts
    assert [fold.block.start for fold in windows_for(spec, DAY, date(2024, 1, 2)).folds] == starts[1:]


def test_a_model_of_all_history_begins_where_the_history_does_and_needs_two_weeks_of_it() -> None:
    spec, first = with_training(SPECS[0], "all"), date(2024, 1, 5)
    windows = windows_for(spec, DAY, first)
    assert windows.window.start == first
    assert [(fold.window.start, len(fold.window)) for fold in windows.folds] == [(first, 19)]
    assert all(len(fold.window) >= MIN_HISTORY for fold in windows.folds)
