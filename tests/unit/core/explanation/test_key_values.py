"""Keys as people type them, and the texts of files that are the same value."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from assay.core.explanation.key_values import KeyValue, parse_key, text_is
from assay.errors import InputError

from ....expect_errors import raises_code

TYPES = {"day": "date", "parcel": "long", "depot": "string"}


def test_a_key_of_several_columns_has_values_of_their_types_in_the_tables_order() -> None:
    key = parse_key(["depot=HAM=1", "parcel=17", "day=2024-02-01"], TYPES)
    assert list(key.items()) == [("day", date(2024, 2, 1)), ("parcel", 17), ("depot", "HAM=1")]


@pytest.mark.parametrize(
    ("pairs", "part"),
    [
        (["parcel"], "parcel"),
        (["parcle=1"], "parcel"),
        (["parcel=1", "parcel=2"], "parcel"),
        (["parcel=x", "depot=HAM", "day=2024-02-01"], "long"),
        (["parcel=1.5", "depot=HAM", "day=2024-02-01"], "long"),
        (["day=2024-02-31", "depot=HAM", "parcel=1"], "date"),
        (["depot=HAM", "parcel=1"], "day"),
    ],
)
def test_a_key_that_is_none_is_refused(pairs: list[str], part: str) -> None:
    with raises_code(InputError, "bad-key", part):
        parse_key(pairs, TYPES)


@pytest.mark.parametrize(
    ("text", "value", "same"),
    [
        (" 017", 17, True),
        ("17.5", 17, False),
        ("1e1", 10.0, True),
        ("nan", 10.0, False),
        ("TRUE", True, True),
        ("1", True, False),
        (" HAM", "HAM", False),
        ("2024-02-01", date(2024, 2, 1), True),
        ("2024-02-01T07:00:00+01:00", datetime(2024, 2, 1, 6, tzinfo=UTC), True),
        ("", 0, False),
    ],
)
def test_a_text_of_a_file_is_compared_as_a_value_of_the_type(text: str, value: KeyValue, same: bool) -> None:
    assert text_is(text, value) is same
