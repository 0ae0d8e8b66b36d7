"""Propose a first schema and a first suite for files without a description: to be read, corrected and signed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assay.core.proposals.column_types import ProposedColumn, propose_column, propose_nulls
from assay.core.proposals.dated_rows import DatedRows, Row
from assay.core.proposals.dates import date_columns, parse_date
from assay.core.proposals.source_place import merged_types
from assay.core.proposals.suite import ProposedSuite, propose_suite
from assay.core.text import quantity
from assay.spec.inference.file_rows import ReadFile
from assay.spec.inference.source_files import files_of, read_files

MIN_DAYS = 14
"""The fewest days on which checks are back-tested: each weekday in both halves."""


@dataclass(frozen=True, slots=True)
class SchemaProposal:
    """A table as its files show it; `back_tested` are its checks where the files have enough days."""

    table: str
    columns: tuple[ProposedColumn, ...]
    rows: int
    nulls: tuple[str, ...]
    delimiter: str
    encoding: str = "utf-8"
    back_tested: ProposedSuite | None = None

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
        if self.encoding != "utf-8":
            lines.append(f"encoding: {self.encoding}")
        return "\n".join(lines) + "\n"

    @property
    def suite(self) -> dict[str, Any]:
        """The content of `conf/expectations/<table>.json`, as Great Expectations writes it."""
        if self.back_tested is not None:
            return suite_document(self.table, self.back_tested)
        expectations = [_expect("expect_table_row_count_to_be_between", min_value=max(1, self.rows // 2))]
        for column in self.columns:
            if column.nulls == 0:
                expectations.append(_expect("expect_column_values_to_not_be_null", column=column.name))
            if column.values:
                values = {"column": column.name, "value_set": list(column.values), "mostly": 0.99}
                expectations.append(_expect("expect_column_values_to_be_in_set", severity="warning", **values))
        return {"name": self.table, "expectations": expectations, "meta": {}}


def propose(paths: Sequence[Path], table: str, *, nulls: Sequence[str] = ("", "NA")) -> SchemaProposal:
    """Return a schema and a suite that the rows of files or folders agree with.

    The checks are back-tested where the paths of the files, or a column of dates, divide the rows into enough days.

    Raises:
        InputError: A file is missing, empty or without rows, its rows are not as wide as its header, or it has another
            header than the others.
    """
    files = read_files([file for path in paths for file in files_of(path)])
    header, rows = files[0].header, [row for file in files for row in file.rows]
    texts = {name: [row[place] for row in rows] for place, name in enumerate(header)}
    missing = propose_nulls(map(set, texts.values()), nulls)
    types = merged_types([file.types for file in files])
    columns = tuple(propose_column(name, values, missing, types.get(name)) for name, values in texts.items())
    days = _by_day(files)
    dated = DatedRows(header, days)
    suite = None
    if len(days) >= MIN_DAYS:
        suite = propose_suite(dated, {column.name: column for column in columns}, missing)
    first = files[0]
    return SchemaProposal(table, columns, len(rows), missing, first.delimiter, first.encoding, suite)


def suite_document(name: str, suite: ProposedSuite) -> dict[str, Any]:
    """Return the content of `conf/expectations/<name>.json` with the back-test of each check in its `meta`."""
    expectations = [
        {
            "type": check.type,
            "kwargs": dict(check.arguments),
            "severity": check.severity.value,
            "meta": {
                "notes": f"{quantity(check.alarms, 'false alarm')} on {days_text(suite.test.tested)}: "
                f"{check.alarms_per_month:.2f} a month"
            },
        }
        for check in suite.checks
    ]
    meta = {"notes": f"proposed by assay, fitted on {days_text(suite.test.fitted)}", "left_out": list(suite.left_out)}
    return {"name": name, "expectations": expectations, "meta": meta}


def days_text(dates: Sequence[date]) -> str:
    """Return the number of days with the first and the last of them.

    >>> days_text([date(2024, 1, 1), date(2024, 1, 3)])
    'the 2 days 2024-01-01 to 2024-01-03'
    """
    return f"the {quantity(len(dates), 'day')} {dates[0]} to {dates[-1]}" if dates else "no day"


def _by_day(files: Sequence[ReadFile]) -> Mapping[date, Sequence[Row]]:
    """The rows by the dates of the files' paths, or else by the column with the most dates."""
    days: dict[date, list[Row]] = {}
    if all(file.day is not None for file in files):
        for file in files:
            if file.day is not None:
                days.setdefault(file.day, []).extend(file.rows)
        return days
    header = files[0].header
    rows = [row for file in files for row in file.rows]
    forms = date_columns({name: {row[place] for row in rows} - {""} for place, name in enumerate(header)})
    if not forms:
        return {}
    chosen, form = next(iter(forms.items()))
    for row in rows:
        text = row[header.index(chosen)]
        if text:
            days.setdefault(parse_date(text, form), []).append(row)
    return days


def _expect(kind: str, *, severity: str = "critical", **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "severity": severity, "meta": {}}
