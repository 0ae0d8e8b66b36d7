"""The lines of a file that each of its records takes."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from assay.core.csv_records import NUL, Refusal, Shape, records
from assay.core.landing.numbered_records import numbered_records

SHAPE = Shape(("a", "b"), ",")


@given(st.text(st.sampled_from('a1 ,"\n\r\0\ufeff'), max_size=60))
def test_each_line_that_is_not_blank_belongs_to_one_record(text: str) -> None:
    lines = list(io.StringIO(text, newline=""))
    numbered = list(numbered_records(lines, SHAPE, 5))
    assert [one.record for one in numbered] == list(records(lines, SHAPE))
    taken: set[int] = set()
    for one in numbered:
        raw = "".join(lines[one.first - 5 : one.last - 4]).rstrip("\r\n")
        assert one.record.raw == (raw.replace(NUL, r"\x00") if one.record.refusal is Refusal.NUL_BYTE else raw)
        taken |= set(range(one.first - 5, one.last - 4))
    assert taken >= {place for place, line in enumerate(lines) if not SHAPE.is_blank(line)}
