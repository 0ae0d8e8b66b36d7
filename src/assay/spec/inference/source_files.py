"""Find and read the files of a source that has no schema yet: CSV, JSON lines, Parquet and ORC, as texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from assay.core.landing.file_format import COMPRESSIONS, FileFormat, format_of
from assay.core.proposals.dated_rows import Row
from assay.errors import InputError
from assay.spec.inference.file_rows import ReadFile
from assay.spec.inference.text_files import read_csv, read_jsonl
from assay.spec.inference.typed_rows import read_columnar

MAX_ROWS = 500_000
"""The rows from which proposals are made; what follows them is not read."""

SUFFIXES = tuple(suffix for one in FileFormat for suffix in one.suffixes)
_DAY = re.compile(r"(?:^|=)(\d{4}-\d{2}-\d{2})(?=$|\.)")


def files_of(place: Path) -> list[tuple[Path, date | None]]:
    """Return the files below `place`, or the file itself, each with the date that its path names.

    A date is the name of a file or of a folder (`2013-01-05.csv`, `2013-01-05/x.csv`), or the value of a folder of the
    form `date=2013-01-05`. Hidden files, and those that begin with `_`, are left out.

    Raises:
        InputError: There is no file that can be read.
    """
    if not place.exists():
        raise InputError(f"there is no {place}", code="missing-file", hint="name a file, or a folder of files")
    if place.is_file():
        return [(place, day_of(Path(*place.parts[-2:])))]
    paths = sorted(path for path in place.rglob("*") if path.is_file())
    chosen = [path for path in paths if path.name.endswith(SUFFIXES) and path.name[0] not in "._"]
    if not chosen:
        kinds = ", ".join(suffix for one in FileFormat for suffix in one.plain_suffixes)
        raise InputError(
            f"{place} holds no file of the kinds {kinds}",
            code="no-files",
            hint="name the folder above the dates, or a file",
        )
    return [(path, day_of(path.relative_to(place.parent))) for path in chosen]


def ends_of(paths: Iterable[Path]) -> frozenset[str]:
    """Return the formats and the compressions of files.

    >>> sorted(ends_of([Path("a.csv.gz"), Path("b.ndjson")]))
    ['.gz', 'csv', 'jsonl']
    """
    names = [path.name for path in paths]
    packed = {end for end in COMPRESSIONS if any(name.endswith(end) for name in names)}
    return frozenset({format_of(name).value for name in names} | packed)


def day_of(path: Path) -> date | None:
    """Return the date that the innermost part of a path names; None where no part names one.

    >>> day_of(Path("sales/date=2013-01-05/x.csv")), day_of(Path("sales/2013-01-05.csv.gz")), day_of(Path("x.csv"))
    (datetime.date(2013, 1, 5), datetime.date(2013, 1, 5), None)
    """
    for part in reversed(path.parts):
        match = _DAY.search(part)
        if match is not None:
            try:
                return date.fromisoformat(match[1])
            except ValueError:
                continue
    return None


def read_files(files: Iterable[tuple[Path, date | None]], *, max_rows: int = MAX_ROWS) -> list[ReadFile]:
    """Return the files with their rows, until there are `max_rows` of them.

    The objects of JSON lines may lack columns that others have. All files get the columns of all then, and a column
    that a whole file lacks has no type. A file of a date may have no rows.

    Raises:
        InputError: A file cannot be read, or has another header than the first, or none has rows.
    """
    read: list[ReadFile] = []
    rows = 0
    for path, day in files:
        if rows >= max_rows:
            break
        one = read_file(path, day, max_rows - rows)
        is_other = bool(read) and one.header != read[0].header
        if is_other and not (one.format is read[0].format is FileFormat.JSONL):
            message = f"{path} has another header than {read[0].path}"
            raise InputError(message, code="other-header", hint="give files of one table alone")
        read.append(one)
        rows += len(one.rows)
    if not rows:
        raise InputError("the files have no rows", code="bad-file", hint="give files with some days of rows")
    return _with_all_columns(read)


def read_file(path: Path, day: date | None = None, max_rows: int = MAX_ROWS) -> ReadFile:
    """Return one file with at most `max_rows` rows.

    Raises:
        InputError: The file is missing or empty, or its rows are not as wide as its header, or it has none and is no
            file of a date.
    """
    file_format = format_of(path.name)
    if file_format.is_columnar:
        return read_columnar(path, day, max_rows, file_format)
    return read_jsonl(path, day, max_rows) if file_format is FileFormat.JSONL else read_csv(path, day, max_rows)


def _with_all_columns(files: list[ReadFile]) -> list[ReadFile]:
    header = tuple(dict.fromkeys(name for file in files for name in file.header))
    lacking = {name for file in files if file.rows for name in header if name not in file.header}
    if all(file.header == header for file in files):
        return files
    return [
        replace(file, header=header, rows=_widened(file, header), types=dict(file.types) | dict.fromkeys(lacking))
        for file in files
    ]


def _widened(file: ReadFile, header: tuple[str, ...]) -> list[Row]:
    places = [file.header.index(name) if name in file.header else None for name in header]
    return [tuple("" if place is None else row[place] for place in places) for row in file.rows]
