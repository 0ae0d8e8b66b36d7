"""Propose a first schema and a first suite for a file without a description: to be read, corrected and signed."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from assay.core.profiles.histogram import propose_bin_exponent
from assay.errors import InputError

SAMPLE_LINES = 200_000
"""Lines of the file that are read: enough for the quantiles of a grid."""

MAX_CATEGORIES = 30
"""A text column with at most so many values in the sample is taken for a set of categories."""

_DELIMITERS = ",;\t|"
_INT, _LONG = 2**31, 2**63


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """A column as the sample shows it; `values` are the categories of a text, `bin_exponent` the grid of a number."""

    name: str
    type: str
    nulls: int
    bin_exponent: int | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SchemaProposal:
    """A table as its first file shows it."""

    table: str
    columns: tuple[ProposedColumn, ...]
    rows: int
    nulls: tuple[str, ...]
    delimiter: str

    @property
    def schema_yaml(self) -> str:
        """The text of `conf/schemas/<table>.yaml`."""
        lines = [f"# Proposed from {self.rows:,} rows by `assay profile`: read it before you trust it.", "columns:"]
        for column in self.columns:
            exponent = "" if column.bin_exponent is None else f", bin_exponent: {column.bin_exponent}"
            lines.append(f"  - {{name: {json.dumps(column.name)}, type: {column.type}{exponent}}}")
        lines.append(f"nulls: {json.dumps(list(self.nulls))}")
        if self.delimiter != ",":
            lines.append(f"delimiter: {json.dumps(self.delimiter)}")
        return "\n".join(lines) + "\n"

    @property
    def suite(self) -> dict[str, Any]:
        """The content of `conf/expectations/<table>.json`, as Great Expectations writes it."""
        expectations = [_expect("expect_table_row_count_to_be_between", min_value=max(1, self.rows // 2))]
        for column in self.columns:
            if column.nulls == 0:
                expectations.append(_expect("expect_column_values_to_not_be_null", column=column.name))
            if column.values:
                expectations.append(
                    _expect(
                        "expect_column_values_to_be_in_set",
                        severity="warning",
                        column=column.name,
                        value_set=list(column.values),
                        mostly=0.99,
                    )
                )
        return {"name": self.table, "expectations": expectations, "meta": {}}


def propose(path: Path, table: str, *, nulls: Sequence[str] = ("", "NA")) -> SchemaProposal:
    """Return a schema and a suite that the first lines of a CSV file (gzipped or not) agree with.

    Raises:
        InputError: The file is missing, empty or without rows, or its rows are not as wide as its header.
    """
    with _opened(path) as lines:
        first = lines.readline()
        delimiter = max(_DELIMITERS, key=first.count)
        header = next(csv.reader([first], delimiter=delimiter), [])
        if not header:
            raise InputError(f"{path} is empty: its first line must name the columns", code="empty-file")
        rows = list(itertools.islice(csv.reader(lines, delimiter=delimiter), SAMPLE_LINES))
    rows = [row for row in rows if row]
    wrong = next((number for number, row in enumerate(rows, start=2) if len(row) != len(header)), None)
    if wrong is not None or not rows:
        what = "has no rows" if not rows else f"line {wrong} has another number of fields than the header"
        raise InputError(f"{path} cannot be profiled: {what}", code="bad-file", hint="take a file that is whole")
    missing = frozenset(nulls)
    columns = [_column(name, [row[index] for row in rows], missing) for index, name in enumerate(header)]
    return SchemaProposal(table, tuple(columns), len(rows), tuple(nulls), delimiter)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as lines:
            yield lines
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}", code="unreadable-file") from None


def _column(name: str, texts: list[str], missing: frozenset[str]) -> ProposedColumn:
    known = [text for text in texts if text not in missing]
    nulls = len(texts) - len(known)
    kind = next(kind for kind, fits in _TYPES.items() if all(map(fits, known))) if known else "string"
    if kind == "string":
        values = sorted(set(known))
        return ProposedColumn(name, kind, nulls, values=tuple(values) if 0 < len(values) <= MAX_CATEGORIES else ())
    if kind in ("int", "long", "double"):
        return ProposedColumn(name, kind, nulls, bin_exponent=_grid([float(text) for text in known]))
    return ProposedColumn(name, kind, nulls)


def _grid(numbers: list[float]) -> int:
    """The bin exponent with about 256 bins between two quantiles that no single extreme value moves."""
    usual = [number for number in numbers if math.isfinite(number)]
    if not usual:
        return 0
    low, high = np.quantile(usual, [0.005, 0.995])
    return propose_bin_exponent(float(low), float(high))


def _whole(limit: int) -> Callable[[str], bool]:
    return lambda text: bool(re.fullmatch(r"[+-]?\d{1,19}", text)) and -limit <= int(text) < limit


def _is(parse: Callable[[str], object], pattern: str) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        if not re.fullmatch(pattern, text, re.IGNORECASE):
            return False
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return fits


def _double(text: str) -> None:
    """Raise ValueError for a number that no double is near."""
    value = float(text)
    if math.isinf(value) and "n" not in text.lower():
        raise ValueError(text)
    if value == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise ValueError(text)


_TYPES: dict[str, Callable[[str], bool]] = {
    "boolean": lambda text: text.lower() in ("true", "false"),
    "int": _whole(_INT),
    "long": _whole(_LONG),
    "double": _is(_double, r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|[+-]?inf(inity)?"),
    "date": _is(date.fromisoformat, r"\d{4}-\d{2}-\d{2}"),
    "timestamp": _is(
        datetime.fromisoformat, r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6}0*)?)?(Z|[+-]\d{2}:?\d{2})?"
    ),
    "string": lambda _: True,
}
"""The types from the narrowest to the widest, each with a test whether the schema's parser reads a text as it."""


def _expect(kind: str, *, severity: str = "critical", **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "severity": severity, "meta": {}}
