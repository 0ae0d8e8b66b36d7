"""The digest of the rows of a date depends on no order of rows or files, and on every value."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import InputError
from assay.store.delta.row_digest import RowDigest, add_rows
from assay.store.delta.source_table import SourceTable, as_date, without_secrets

from ...expect_errors import raises_code

DAY = date(2024, 1, 1)
FIELDS = {
    "number": pa.int64(),
    "value": pa.float64(),
    "text": pa.string(),
    "flag": pa.bool_(),
    "day": pa.date32(),
    "at": pa.timestamp("us", "UTC"),
}
ROW = st.tuples(
    st.none() | st.integers(-3, 3),
    st.none() | st.sampled_from([0.0, 1.0, math.nan]),
    st.none() | st.sampled_from(["", "a", "NA"]),
    st.none() | st.booleans(),
    st.none() | st.sampled_from([DAY, date(1970, 1, 1)]),
    st.none() | st.sampled_from([datetime(2024, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)]),
)
ROWS = st.lists(ROW, max_size=6)


def digest(*batches: list[tuple[Any, ...]]) -> str:
    digests = {DAY: RowDigest()}
    for rows in batches:
        columns = [pa.array([row[index] for row in rows], kind) for index, kind in enumerate(FIELDS.values())]
        add_rows(digests, pa.record_batch(columns, names=[*FIELDS]), [DAY], [0] * len(rows))
    return digests[DAY].digest


def values(rows: list[tuple[Any, ...]]) -> Counter[str]:
    return Counter(map(repr, rows))


@given(ROWS, ROWS)
def test_two_lists_of_rows_have_one_digest_exactly_where_they_hold_the_same_rows(
    one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]
) -> None:
    assert (digest(one) == digest(other)) == (values(one) == values(other))


@given(ROWS, st.randoms(), st.integers(0, 6))
def test_the_order_of_rows_and_their_spread_over_files_play_no_part(
    rows: list[tuple[Any, ...]], chance: Any, cut: int
) -> None:
    shuffled = chance.sample(rows, len(rows))
    assert digest(shuffled[:cut], shuffled[cut:]) == digest(rows)


def test_equal_values_of_narrower_types_and_dictionaries_have_one_digest() -> None:
    def of(column: pa.Array) -> str:
        digests: dict[date, RowDigest] = {}
        add_rows(digests, pa.record_batch([column], names=["one"]), [DAY], [0] * len(column))
        return digests[DAY].digest

    texts = pa.array(["a", None, "b", "a"])
    assert of(texts) == of(texts.dictionary_encode())
    numbers = pa.array([1, None, -2])
    assert of(numbers) == of(numbers.cast("int16"))


def test_rows_without_a_date_are_left_out() -> None:
    digests: dict[date, RowDigest] = {}
    add_rows(digests, pa.record_batch([pa.array([1, 2, 3])], names=["one"]), [DAY, None], [0, 1, 0])
    assert {day: one.rows for day, one in digests.items()} == {DAY: 2}


@pytest.mark.parametrize("text", ["2024-13-01", "20240101", "2024-1-1", "2024-W01-1", "x"])
def test_a_text_that_is_no_date_is_refused(text: str) -> None:
    with raises_code(InputError, "source-date", text):
        as_date(text, "day")


def test_a_message_shows_no_value_of_a_variable_that_may_be_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AZURE_STORAGE_SAS_KEY"):
        monkeypatch.setenv(name, f"canary-{name.lower()}")
    text = "refused: canary-aws_secret_access_key, canary-aws_access_key_id, canary-aws_session_token"
    assert "canary" not in without_secrets(f"{text}, canary-azure_storage_sas_key")


def test_a_folder_without_a_log_is_no_table(tmp_path: Path) -> None:
    assert not SourceTable(tmp_path).exists()
