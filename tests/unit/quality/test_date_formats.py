"""A date format becomes a pattern and an ISO time that accept what Python's own `strptime` accepts."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assay.core.expectations.types.dates import as_regex

FORMATS = [
    "%Y-%m-%d",
    "%Y%m%d",
    "%d/%m/%y",
    "%d.%m.%Y %H:%M",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%H%M%S",
    "%S%f",
    "%m%d",
    "%y %%",
]
TEXTS = st.text("0123456789-/.:T t%\n\t\u00a0\x1c", max_size=24)
MOMENTS = st.datetimes()


def accepted(strftime_format: str, text: str) -> bool:
    """Do in Python what the SQL does in Spark: match, rewrite, and read the ISO time."""
    translated = as_regex(strftime_format)
    assert translated is not None
    pattern, date_time = translated
    pattern = pattern.replace("(?iU)", "(?i)").replace(r"\z", r"\Z")
    if not re.search(pattern, text):
        return False
    iso = re.sub(pattern, date_time.replace("$", "\\"), text).replace(" ", "0")
    year, month, day, second = (int(number) for number in re.split(r"-|T0:0:", iso))
    try:
        datetime(year, month, day, 0, 0, second, tzinfo=UTC)
    except ValueError:
        return False
    return True


def read(strftime_format: str, text: str) -> bool:
    try:
        datetime.strptime(text, strftime_format)  # noqa: DTZ007
    except ValueError:
        return False
    return True


@given(st.sampled_from(FORMATS), st.one_of(TEXTS, MOMENTS), st.integers(0, 23), st.sampled_from("0 9"))
@example("%S%f", "60", 0, "0")
@example("%m%d", "0230", 0, "0")
@example("%Y%m%d", "00000101", 0, "0")
@example("%d.%m.%Y %H:%M", " 1.02.2013 \t06:07", 3, "3")
def test_a_text_has_a_format_where_python_reads_it(
    strftime_format: str, text: str | datetime, at: int, digit: str
) -> None:
    if isinstance(text, datetime):
        written = text.strftime(strftime_format)
        text = written[:at] + digit + written[at + 1 :]
    assert accepted(strftime_format, text) is read(strftime_format, text)


@pytest.mark.parametrize("strftime_format", ["%d %B %Y", "%I:%M %p", "%Y-%m-%d %Z", "%Y %Y", "%Y %y", "%j"])
def test_what_depends_on_a_language_or_names_a_part_twice_is_left_to_great_expectations(strftime_format: str) -> None:
    assert as_regex(strftime_format) is None
