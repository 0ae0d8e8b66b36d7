"""Types, missing values, names and dates are read from texts as the schema would read them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.proposals.column_types import narrowest_type, propose_column, propose_nulls
from assay.core.proposals.dates import DateForm, date_columns, date_form, parse_date
from assay.core.proposals.plain_names import plain_names
from assay.spec.schema.table import TableSchema

DATES = st.dates(date(1950, 1, 1), date(2090, 12, 31))
ORDER = ["boolean", "int", "long", "double"]


@given(st.lists(st.text(max_size=30), max_size=8))
def test_plain_names_are_distinct_and_a_schema_takes_them(header: list[str]) -> None:
    names = plain_names(header)
    assert len(names) == len(header) == len(set(names))
    if names:
        schema = TableSchema.model_validate({"columns": [{"name": name, "type": "string"} for name in names]})
        assert list(schema.names) == list(names)
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)


@given(st.lists(st.integers(-(2**70), 2**70).map(str), min_size=1, max_size=6))
def test_a_further_number_never_makes_a_type_narrower(texts: list[str]) -> None:
    rank = {kind: place for place, kind in enumerate(ORDER)}
    first, all_ = narrowest_type(texts[:1]), narrowest_type(texts)
    assert rank.get(all_, 99) >= rank.get(first, 99)


@given(DATES, st.sampled_from(list(DateForm)))
def test_a_date_that_was_written_in_a_form_is_read_back(day: date, form: DateForm) -> None:
    text = day.isoformat() if form is DateForm.ISO else day.strftime(form.value)
    assert parse_date(text, form) == day


@given(st.lists(DATES, min_size=30, max_size=60, unique=True))
def test_a_column_of_iso_dates_is_one_of_dates_and_a_number_is_none(days: list[date]) -> None:
    forms = date_columns({"n": {"1", "2"}, "day": {day.isoformat() for day in days}})
    assert forms == {"day": DateForm.ISO}


@pytest.mark.parametrize("text", ["7", "2024-13-01", "20240101x", "12:00", ""])
def test_what_is_no_date_has_no_form(text: str) -> None:
    assert date_form([text]) is None


def test_an_american_date_is_told_from_a_british_one_by_a_day_beyond_twelve() -> None:
    assert date_form(["01/02/2024", "01/13/2024"]) is DateForm.AMERICAN
    assert date_form(["01/02/2024", "13/01/2024"]) is DateForm.BRITISH


def test_a_text_is_a_missing_value_only_where_the_others_are_no_texts() -> None:
    assert propose_nulls([{"1", "2", "-"}, {"a", "?"}]) == ("", "NA", "-")


def test_whole_numbers_have_no_bins_below_one() -> None:
    column = propose_column("n", [str(n) for n in range(12)])
    assert (column.type, column.bin_exponent) == ("int", 0)
