"""Read text files of a source that has no schema yet: CSV and JSON lines, plain or compressed."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import itertools
import json
from datetime import date
from pathlib import Path
from typing import Any

from assay.core.landing.file_format import FileFormat
from assay.errors import InputError
from assay.spec.inference.file_rows import ReadFile

_DELIMITERS = ",;\t|"
_MARK = b"\xef\xbb\xbf"


def read_csv(path: Path, day: date | None, max_rows: int) -> ReadFile:
    """Return a CSV file with at most `max_rows` rows; its delimiter and encoding are detected.

    Raises:
        InputError: The file is empty, its rows are not as wide as its header, or it has none and is no file of a date.
    """
    text, encoding = _text(path)
    lines = io.StringIO(text, newline="")
    first = lines.readline()
    delimiter = max(_DELIMITERS, key=first.count)
    header = next(csv.reader([first], delimiter=delimiter), [])
    if not header:
        raise InputError(
            f"{path} is empty: its first line must name the columns",
            code="empty-file",
            hint="remove it, or let the source send it again",
        )
    try:
        rows = list(itertools.islice(csv.reader(lines, delimiter=delimiter), max_rows))
    except csv.Error as error:
        raise InputError(f"{path} cannot be read: {error}", code="unreadable-file") from None
    rows = [row for row in rows if row]
    wrong = next((number for number, row in enumerate(rows, start=2) if len(row) != len(header)), None)
    if wrong is not None or (not rows and day is None):
        what = "has no rows" if wrong is None else f"line {wrong} has another number of fields than the header"
        raise InputError(f"{path} cannot be profiled: {what}", code="bad-file", hint="take a file that is whole")
    return ReadFile(path, tuple(header), [tuple(row) for row in rows], delimiter, day, encoding=encoding)


def read_jsonl(path: Path, day: date | None, max_rows: int) -> ReadFile:
    """Return a file of JSON lines with at most `max_rows` rows; a column of objects or lists has no type.

    Raises:
        InputError: A line is no JSON object, or the file has no line and is no file of a date.
    """
    text, encoding = _text(path)
    records: list[dict[str, Any]] = []
    for number, line in enumerate(itertools.islice(text.splitlines(), max_rows), start=1):
        if line.strip():
            records.append(_object(path, number, line))
    if not records and day is None:
        raise InputError(f"{path} cannot be profiled: has no rows", code="bad-file", hint="take a file with rows")
    header = tuple(dict.fromkeys(name for record in records for name in record))
    nested = {name for record in records for name, value in record.items() if isinstance(value, dict | list)}
    rows = [tuple(_json_text(record.get(name)) for name in header) for record in records]
    types = dict.fromkeys(nested)
    return ReadFile(path, header, rows, ",", day, FileFormat.JSONL, encoding, types)


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line, parse_int=str, parse_float=str)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        hint = 'each line is one object, such as {"day": "2013-01-05"}; a file with one list is no JSON lines'
        raise InputError(f"line {number} of {path} is no JSON object", code="bad-file", hint=hint)
    return record


def _json_text(value: Any) -> str:
    """A value as its text is written; numbers were kept as texts."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(path: Path) -> tuple[str, str]:
    """The text of a file, and the name of its encoding."""
    try:
        data = _plain(path)
    except (OSError, EOFError) as error:
        raise InputError(f"{path} cannot be read: {error}", code="unreadable-file") from None
    encoding = "utf-8-sig" if data.startswith(_MARK) else "utf-8"
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "windows-1252"


def _plain(path: Path) -> bytes:
    if path.name.endswith(".gz"):
        return gzip.decompress(path.read_bytes())
    if path.name.endswith(".bz2"):
        return bz2.decompress(path.read_bytes())
    if path.name.endswith(".zst"):
        import pyarrow as pa

        return bytes(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd").read())
    return path.read_bytes()
