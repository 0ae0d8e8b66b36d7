"""The key is the smallest one that holds on every day, and no column of the label or of later reaches a row."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.proposals.dated_rows import DatedRows
from assay.core.proposals.keys import is_unique, propose_key, recurs
from assay.core.proposals.roles import NamedColumns, ProposedRoles, propose_roles

from .shops import FIRST, NULLS, columns_of, shops


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(*[st.sampled_from("ab")] * 4), min_size=1, max_size=5), min_size=1, max_size=4
    )
)  # fmt: skip
def test_the_key_is_unique_on_every_day_and_no_smaller_set_is(days: list[list[tuple[str, ...]]]) -> None:
    names = ("p", "q", "r", "s")
    table = DatedRows(names, {FIRST + timedelta(days=n): rows for n, rows in enumerate(days)})
    key = propose_key(table, names)
    smaller = range(len(names) if key is None else len(key))
    assert key is None or is_unique(table, key)
    assert not any(is_unique(table, other) for size in smaller for other in combinations(names, size))


def test_shops_come_back_and_numbers_of_rows_do_not() -> None:
    table = shops()
    assert recurs(table, ["shop"])
    assert not recurs(table, ["number"])
    assert propose_key(table, ["shop", "number"]) == ("shop",)


def test_a_day_with_one_row_needs_no_key_but_the_date() -> None:
    assert propose_key(shops(size=1), ["shop"]) == ()


def roles_of(table: DatedRows, *, key: tuple[str, ...] = ("shop",), label: str = "amount") -> ProposedRoles:
    return propose_roles(table, columns_of(table), NamedColumns(key, [label]), NULLS)


def test_of_entities_what_is_constant_and_the_calendar_is_known_and_all_else_is_later() -> None:
    roles = roles_of(shops())
    assert roles.known == ("shop", "city", "month", "note")
    assert roles.later == ("amount",)
    assert roles.entity == ("shop",)
    assert roles.row_numbers == ("number",)


def test_of_single_events_the_order_of_the_columns_decides() -> None:
    roles = roles_of(shops(), key=("number",))
    assert roles.known == ("number", "shop", "city", "month")
    assert roles.later == ("amount", "note")
    assert roles.entity == ("shop",), "the category that divides the rows most evenly"


def test_a_label_among_the_first_columns_shows_no_order_of_time() -> None:
    roles = roles_of(shops(), key=("number",), label="shop")
    assert roles.later == ("shop",)


def test_what_a_person_names_goes_before_every_rule() -> None:
    table = shops()
    named = NamedColumns(["shop"], ["amount"], known=["amount", "number"], later=["city"])
    roles = propose_roles(table, columns_of(table), named, NULLS)
    assert "number" in roles.known and "city" in roles.later
    assert "amount" in roles.later, "a label is never known when its row is scored"


def test_a_number_in_the_last_column_of_many_is_a_key() -> None:
    names = (*(f"c{n}" for n in range(20)), "booking")
    table = DatedRows(names, {FIRST: [(*"x" * 20, str(n)) for n in range(3)]})
    assert propose_key(table, names) == ("booking",)
