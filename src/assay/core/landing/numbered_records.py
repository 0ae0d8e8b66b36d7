"""The lines of a delimited text that each of its records takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import tee

from assay.core.csv_records import NUL, CsvRecord, Refusal, Shape, records


@dataclass(frozen=True, slots=True)
class NumberedRecord:
    """A record, and the numbers of its first and its last line in the file, from 1."""

    first: int
    last: int
    record: CsvRecord


def numbered_records(lines: Iterable[str], shape: Shape, first_line: int) -> Iterator[NumberedRecord]:
    r"""Yield the records of `lines` with their places; the first of the lines has the number `first_line`.

    Each line that is not blank belongs to exactly one record, in order. So a record's lines are those after the record
    before it, without the blank ones.

    >>> shape = Shape(("a", "b"), ",")
    >>> [(one.first, one.last) for one in numbered_records(["1,2\n", "\n", '3,"x\n', 'y"\n', "4,5\n"], shape, 2)]
    [(2, 2), (4, 5), (6, 6)]
    """
    parsed, counted = tee(lines)
    number = first_line - 1
    for record in records(parsed, shape):
        number += 1
        while shape.is_blank(line := next(counted)):
            number += 1
        first, text = number, line
        while len(_as_kept(text, record)) < len(record.raw):
            text += next(counted)
            number += 1
        yield NumberedRecord(first, number, record)


def _as_kept(text: str, record: CsvRecord) -> str:
    """Return the lines of a record in the form in which it keeps them."""
    text = text.rstrip("\r\n")
    return text.replace(NUL, r"\x00") if record.refusal is Refusal.NUL_BYTE else text
