"""The rows of a source by date: divided by a column or by the paths of files, or read where they lie."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from assay.core.proposals.column_types import ProposedColumn, propose_column, propose_nulls
from assay.core.proposals.dated_rows import DatedRows, Row
from assay.core.proposals.dates import DateForm, date_columns, parse_date
from assay.core.proposals.plain_names import plain_name, plain_names
from assay.core.proposals.source_place import DELTA, SourcePlace, date_sql, merged_types
from assay.core.suggestions import did_you_mean
from assay.errors import InputError
from assay.scaffold.choices import Choice, Choices
from assay.spec.inference.file_rows import ReadFile
from assay.spec.inference.source_files import MAX_ROWS, files_of, read_files
from assay.spec.inference.typed_rows import is_delta_table, rows_of_table

_PATH_SIGNS = re.compile(r"[\\*?~\[\]$]")
"""Signs that the path of a source in a pipeline's YAML may not have."""


@dataclass(frozen=True, slots=True)
class DatedSource:
    """The rows by date under plain names, and where the date comes from.

    `sources` has the source's own name of each column, and `types` the schema's type of those that declare one. `place`
    is None where the rows are divided by date before they land.
    """

    table: DatedRows
    sources: Mapping[str, str]
    date_column: str | None
    form: DateForm
    delimiter: str
    types: Mapping[str, str | None] = field(default_factory=dict)
    place: SourcePlace | None = None
    date_name: str = "day"

    @property
    def nulls(self) -> tuple[str, ...]:
        """The texts that mean a missing value; only the empty one where values have types."""
        if self.place is not None and self.place.is_typed:
            return ("",)
        return propose_nulls([set(self.table.texts(column)) for column in self.table.columns])

    @property
    def partition(self) -> str:
        """The name of the partition column: that of the date, or `day`."""
        named, columns = plain_name(self.date_name), self.table.columns
        while named in columns:
            named = "day" if named != "day" and "day" not in columns else f"{named}_of_file"
        return named

    def columns(self, nulls: Sequence[str]) -> dict[str, ProposedColumn]:
        """Return the columns by their plain names, with the types that the source declares or its texts have."""
        kinds = {name: self.types.get(source) for name, source in self.sources.items()}
        return {name: propose_column(name, self.table.texts(name), nulls, kinds[name]) for name in self.table.columns}


ReadTable = Callable[[Path, int], tuple[Any, Sequence[str]]]
"""Returns the first rows of a Delta table as an Arrow table, and its partition columns."""


def read_source(places: Sequence[Path], choices: Choices, read_table: ReadTable) -> DatedSource:
    """Return the rows of a source by date.

    A Delta table, and one folder whose files are named by date in one format, are read where they lie.

    Raises:
        InputError: It cannot be read, or nothing in it holds dates.
    """
    tables = [place for place in places if is_delta_table(place)]
    if tables and len(places) > 1:
        raise InputError("a Delta table is a source alone", code="usage", hint=f"write --from {tables[0]} alone")
    if tables:
        table, partitions = read_table(tables[0], MAX_ROWS)
        return _of_table(rows_of_table(tables[0], table), partitions, choices)
    files = read_files([file for place in places for file in files_of(place)])
    by_path = all(file.day is not None for file in files) and len({file.day for file in files}) > 1
    chosen, forms = _date_column(files, choices, by_path=by_path)
    if not chosen and by_path and len(places) == 1:
        placed = _of_folder(places[0], files)
        if placed is not None:
            return placed
    form = forms[chosen] if chosen else DateForm.ISO
    days = _days(files, files[0].header.index(chosen) if chosen else None, form)
    return _renamed(files[0], days, chosen, form)


def _date_column(
    files: Sequence[ReadFile], choices: Choices, *, by_path: bool, first: Sequence[str] = ()
) -> tuple[str, Mapping[str, DateForm]]:
    """The column of the date, empty for the paths of the files, and all columns of dates with their forms."""
    header = files[0].header
    every = [row for file in files for row in file.rows]
    forms = date_columns({name: {row[place] for row in every} - {""} for place, name in enumerate(header)})
    proposal = next((name for name in [*first, *forms] if name in forms), "")
    chosen = choices.choose(Choice.DATE, "" if by_path else proposal)
    if chosen and chosen not in header:
        hint = did_you_mean(chosen, header, "the columns are")
        raise InputError(f"the source has no column '{chosen}'", code="unknown-column", hint=hint)
    if chosen and chosen not in forms:
        message = f"the column '{chosen}' does not hold a date in every row"
        raise InputError(message, code="no-dates", hint="the dates of a column have one form, such as 2013-01-05")
    if not chosen and not by_path:
        hint = "name files or folders as 2013-01-05, or name a column: --date-column NAME"
        raise InputError("neither a column nor the paths of the files hold dates", code="no-dates", hint=hint)
    return chosen, forms


def _of_table(read: ReadFile, partitions: Sequence[str], choices: Choices) -> DatedSource:
    """A Delta table, whose dates are those of a column."""
    chosen, forms = _date_column([read], choices, by_path=False, first=partitions)
    form, kind = forms[chosen], read.types.get(chosen) or "string"
    sql = date_sql(chosen, kind, form)
    place = SourcePlace(
        format=DELTA,
        folder=str(read.path.absolute()),
        landing=None,
        date=sql,
        header=read.header,
        partition_source=chosen if sql == chosen else None,
    )
    days = _days([read], read.header.index(chosen), form)
    return _renamed(read, days, chosen, form, place, read.types, read.unusable)


def _of_folder(folder: Path, files: Sequence[ReadFile]) -> DatedSource | None:
    """A folder whose files are named by date; None where its layout or its texts are not read as they lie."""
    where, header, key = folder.absolute(), files[0].header, _layout(folder, files)
    encoding = _encoding(files)
    is_plain = all(header) and len(set(header)) == len(header) and not _PATH_SIGNS.search(str(where))
    if key is None or encoding is None or not is_plain or len({file.format for file in files}) > 1:
        return None
    types = merged_types([file.types for file in files])
    unusable = [name for name in header if types.get(name, "string") is None]
    repeated = [name for number, name in enumerate(header) if _repeats_date(files, number)]
    partition = next((name for name in repeated if types.get(name, "date") == "date"), None)
    place = SourcePlace(
        format=str(files[0].format),
        folder=where.name,
        landing=str(where.parent),
        date=None,
        header=header,
        partition_source=partition,
        encoding=encoding,
    )
    days = _days(files, None, DateForm.ISO)
    return _renamed(files[0], days, "", DateForm.ISO, place, types, [*unusable, *repeated], partition or key or "day")


def _layout(folder: Path, files: Sequence[ReadFile]) -> str | None:
    """The name before the dates of folders in Hive's form, empty without it; None where a path has another form."""
    keys = set()
    for file in files:
        parts = file.path.relative_to(folder).parts
        key, is_hive, named = parts[0].rpartition("=")
        if len(parts) == 1:
            named, is_hive = file.path.name if file.format is None else file.format.stem(parts[0]), ""
        if len(parts) > 2 or named != str(file.day):
            return None
        keys |= {key} if is_hive else set()
    return None if len(keys) > 1 else next(iter(keys), "")


def _encoding(files: Sequence[ReadFile]) -> str | None:
    """The encoding of all files, None where there is no single one."""
    names = {file.encoding for file in files}
    if names == {"utf-8", "utf-8-sig"}:
        return "utf-8-sig"
    if "windows-1252" in names:
        others = [file for file in files if file.encoding != "windows-1252"]
        is_ascii = all(text.isascii() for file in others for row in (file.header, *file.rows) for text in row)
        return "windows-1252" if is_ascii and "utf-8-sig" not in names else None
    return next(iter(names))


def _repeats_date(files: Sequence[ReadFile], number: int) -> bool:
    return all(row[number] == str(file.day) for file in files for row in file.rows)


def _days(files: Sequence[ReadFile], place: int | None, form: DateForm) -> dict[date, list[Row]]:
    """The rows by the dates of a column, or of the paths; a row without a date is left out."""
    days: dict[date, list[Row]] = {}
    for file in files:
        for row in file.rows:
            day = file.day if place is None else parse_date(row[place], form) if row[place] else None
            if day is not None:
                days.setdefault(day, []).append(row)
    return days


def _renamed(
    first: ReadFile,
    days: Mapping[date, Sequence[Row]],
    chosen: str,
    form: DateForm,
    place: SourcePlace | None = None,
    types: Mapping[str, str | None] | None = None,
    dropped: Sequence[str] = (),
    date_name: str = "",
) -> DatedSource:
    """The rows under plain names, without the column of the date unless it also holds the time of day."""
    header = first.header
    number = header.index(chosen) if chosen else None
    has_time = number is not None and any(len({row[number] for row in rows}) > 1 for rows in days.values())
    kept = [n for n, name in enumerate(header) if name not in dropped and (n != number or has_time)]
    names = plain_names([header[n] for n in kept])
    table = DatedRows(names, {day: [tuple(row[n] for n in kept) for row in rows] for day, rows in days.items()})
    sources = {name: header[n] for name, n in zip(names, kept, strict=True)}
    date_name = date_name or chosen or "day"
    return DatedSource(table, sources, chosen or None, form, first.delimiter, types or {}, place, date_name)
