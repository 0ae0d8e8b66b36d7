"""The dates of a training and of its folds: no model sees a label that was not mature when it would have been made."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.decisions.looks.error_account import ErrorAccount
from assay.core.decisions.looks.gate_state import GateState
from assay.core.decisions.looks.pair import Pair
from assay.core.interval import Interval
from assay.spec.schema.pipeline import PipelineSpec
from assay.stages.features.inputs import Inputs
from assay.stages.planning.windows import MIN_HISTORY, windows_for
from assay.stages.runtime.context import Context
from assay.stages.training.train import plan_train

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


@given(since=st.dates(date(2023, 11, 1), date(2024, 3, 1)), window=st.integers(1, 30) | st.just("all"))
def test_older_folds_begin_on_a_day_or_later_and_leave_the_newest_as_they_are(since: date, window: int | str) -> None:
    spec, first = with_training(SPECS[0], window), date(2023, 12, 1)
    plain, windows = windows_for(spec, DAY, first), windows_for(spec, DAY, first, since)
    assert (plain.older, windows.newest) == ((), plain)
    blocks = [fold.block for fold in (*windows.older, *windows.folds)]
    assert all(one.end == two.start for one, two in itertools.pairwise(blocks)), "no gap, and no day twice"
    for fold in windows.older:
        assert fold.block.end > since
        assert fold.window.end == fold.block.start - timedelta(days=1), "no label that was not mature"
        assert fold.window.start >= first
        assert set(windows.all) >= {*fold.block.dates(), *fold.window.dates()}


def test_older_folds_reach_back_to_the_block_in_which_a_pair_began() -> None:
    spec = with_training(SPECS[0], 9)
    older = [fold.block.start for fold in windows_for(spec, DAY, None, date(2023, 12, 28)).older]
    assert older == [date(2023, 12, 28), date(2024, 1, 4)]


def with_open_pair(ctx: Context, first_day: date, subject: str = "parcels") -> None:
    pair = Pair("5e1f", "boosted", subject, 0.0025, first_day)
    ctx.gate_states.write(f"t-{first_day}-{subject}", None, "g1", GateState(ErrorAccount.opened(DAY), (pair,)))


def test_a_pair_that_is_open_makes_a_training_read_older_days_and_does_not_make_it_stale(
    parcels: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written(_ctx: Context, dates: Interval, *, labelled: bool) -> Inputs:
        assert labelled
        tables = ("parcels", "deliveries")
        wrote = {table: {day: f"c-{table}-{day}" for day in dates.dates()} for table in tables}
        return Inputs(dates, dict.fromkeys(tables, dates), dict.fromkeys(tables, 1), wrote)

    monkeypatch.setattr("assay.stages.training.train.find_inputs", written)
    plain, _ = plan_train(parcels, DAY)
    with_open_pair(parcels, date(2023, 12, 28), "parcels.other")
    assert plan_train(parcels, DAY)[0] == plain, "the pairs of another training concern it in nothing"
    with_open_pair(parcels, date(2023, 12, 28))
    older, _ = plan_train(parcels, DAY)
    assert older.identity == plain.identity
    assert (len(plain.windows.older), len(older.windows.older)) == (0, 2)
    assert older.inputs.dates == older.windows.all, "what is read and counted"
    assert older.inputs.dates.start < plain.inputs.dates.start
