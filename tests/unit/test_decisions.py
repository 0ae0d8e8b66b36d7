"""The records in docs/adr: each has a number, a status and a date, and the index lists all of them with the same."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "adr"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
HEADER = re.compile(r"# (\d+)\. (.+)\n\n- Status: (.+)\n- Date: (\d{4}-\d\d-\d\d)\n\n")
ROW = re.compile(r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (.+) \| (\d{4}-\d\d-\d\d) \|$", re.MULTILINE)
STATUS = re.compile(r"proposed|accepted|rejected|superseded by (\d+)")


def header(record: Path) -> tuple[str, ...]:
    """Return number, title, status and date of a record."""
    match = HEADER.match(record.read_text())
    assert match is not None, f"{record.name} has no header"
    return match.groups()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_a_number_a_status_and_a_date(record: Path) -> None:
    number, _, status, day = header(record)
    assert int(number) == int(record.name[:4])
    assert date.fromisoformat(day)
    match = STATUS.fullmatch(status)
    assert match is not None
    assert match[1] is None or int(number) < int(match[1]) <= len(RECORDS)


def test_numbers_are_dense_and_the_index_lists_every_record_as_it_is() -> None:
    assert [int(header(record)[0]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
    index = [match.groups() for match in ROW.finditer((FOLDER / "README.md").read_text())]
    assert index == [
        (number, title, record.name, status, day)
        for record in RECORDS
        for number, title, status, day in [header(record)]
    ]
