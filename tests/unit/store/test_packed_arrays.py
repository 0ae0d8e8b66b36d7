"""Packed arrays come back to the bit, and bytes that are not whole are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.store.profiles.packed_arrays import pack, unpack

numbers = st.floats(allow_nan=True, allow_infinity=True)
tables = st.integers(0, 4).flatmap(
    lambda width: st.lists(st.lists(numbers, min_size=width, max_size=width), max_size=4).map(
        lambda rows: np.array(rows, dtype=np.float64).reshape(len(rows), width)
    )
)


@given(st.dictionaries(st.text(max_size=5), tables, max_size=3), st.dictionaries(st.text(), st.integers() | st.text()))
def test_what_was_packed_comes_back(arrays: dict[str, np.ndarray], header: dict[str, int | str]) -> None:
    read, back = unpack(pack(header, arrays))
    assert read == header
    assert {name: (array.shape, array.tobytes()) for name, array in back.items()} == {
        name: (array.shape, array.tobytes()) for name, array in arrays.items()
    }


@given(st.data())
def test_a_byte_that_changed_or_is_missing_is_refused(data: st.DataObject) -> None:
    whole = pack({"a": 1}, {"x": np.arange(9.0)})
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytes([*whole[:place], whole[place] ^ data.draw(st.integers(1, 255)), *whole[place + 1 :]])
    for broken in (changed, whole[:place]):
        with pytest.raises(ValueError, match="digest"):
            unpack(broken)
