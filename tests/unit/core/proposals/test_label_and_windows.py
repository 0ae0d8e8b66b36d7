"""The label is a number or an event, and the first training has the history that its windows take."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from cronsim import CronSim
from hypothesis import assume, given
from hypothesis import strategies as st

from assay.core.evaluation.fold_grid import fewest_folds
from assay.core.proposals.label import propose_label, read_label
from assay.core.proposals.windows import MIN_DAYS, propose_windows
from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.spec.schema.pipeline import PipelineSpec
from assay.stages.planning.windows import windows_for

from ....expect_errors import raises_code
from .shops import FIRST, NULLS, columns_of, shops

TABLE = shops()
COLUMNS = columns_of(TABLE)


@pytest.mark.parametrize(
    ("text", "name", "sql", "task"),
    [
        ("amount", "amount_value", "amount", TaskType.REGRESSION),
        ("city", "is_city1", "city = 'city1'", TaskType.CLASSIFICATION),
        ("much=amount > 70", "much", "amount > 70", TaskType.CLASSIFICATION),
        ("twice=2 * amount", "twice", "2 * amount", TaskType.REGRESSION),
        ("amount=amount >= 70", "amount_label", "amount >= 70", TaskType.CLASSIFICATION),
    ],
)
def test_a_label_is_a_column_or_sql(text: str, name: str, sql: str, task: TaskType) -> None:
    label = read_label(text, TABLE, COLUMNS, NULLS)
    assert label.task is task
    assert label.sql == sql
    if text != "city":
        assert label.name == name


@pytest.mark.parametrize(
    ("text", "code"), [("shop", "bad-label"), ("amont", "unknown-column"), ("a=b > 1", "unknown-column")]
)
def test_what_cannot_be_a_label_is_refused(text: str, code: str) -> None:
    with raises_code(InputError, code):
        read_label(text, TABLE, COLUMNS, NULLS)


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "=", "<>"])
def test_the_rate_of_a_comparison_is_that_of_the_rows(operator: str) -> None:
    label = read_label(f"x=amount {operator} 70", TABLE, COLUMNS, NULLS)
    numbers = [float(text) for text in TABLE.texts("amount")]
    python = {"=": "==", "<>": "!="}.get(operator, operator)
    assert label.rate == pytest.approx(sum(eval(f"n {python} 70", {"n": n}) for n in numbers) / len(numbers))


def test_the_last_event_is_proposed_and_else_the_last_number() -> None:
    assert propose_label(COLUMNS, ["shop", "city", "number"]) == "amount"
    assert propose_label({"city": COLUMNS["city"], "amount": COLUMNS["amount"]}, []) == "city"
    assert propose_label({"shop": COLUMNS["shop"]}, []) is None


@given(st.integers(MIN_DAYS, 2_000), st.integers(1, 10), st.floats(0.5, 5_000), st.floats(0.02, 0.98), st.dates(FIRST))
def test_the_first_training_has_its_window_and_enough_folds_as_run_counts_them(
    days: int, delay: int, rows: float, rate: float, first: date
) -> None:
    assume(first.year < 2100)
    last = first + timedelta(days=days - 1)
    windows = propose_windows(first, last, delay=delay, rows_per_day=rows, rate=rate)
    assert windows.fold * windows.folds >= 20
    assert windows.training <= last or days < 80 + 4 * delay
    # run trains on a scheduled date whose window and whose fewest folds lie in the history
    spec = SimpleNamespace(
        gate=SimpleNamespace(fold=windows.fold, folds=windows.folds),
        label=SimpleNamespace(label_delay=delay),
        train=SimpleNamespace(window=windows.window),
    )
    planned = windows_for(cast(PipelineSpec, spec), windows.training, first)
    assert planned.window.start >= first
    assert len(planned.folds) >= fewest_folds(windows.folds, days=windows.fold, min_days=20)
    due = next(CronSim(windows.schedule, datetime.combine(windows.training, time(), UTC)))
    assert due.date() == windows.training, "the schedule has that date"


def test_too_few_days_are_refused() -> None:
    with raises_code(InputError, "few-days"):
        propose_windows(FIRST, FIRST + timedelta(days=MIN_DAYS - 2), delay=1, rows_per_day=9)
