"""The lines of a file of repaired records, as a person gives it back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from assay.errors import InputError, Location

_KEYS = {"id", "reason", "file", "record"}
_FORM = 'a line is {"id": "...", "record": "..."}, as \'assay quarantine\' writes it'


@dataclass(frozen=True, slots=True)
class RepairLine:
    """A line of the file, with its number from 1: the id of a quarantined record, and the record as it was repaired."""

    path: Path
    number: int
    id: str
    record: str

    def error(self, message: str, code: str, hint: str) -> InputError:
        """Return an error that names the line; it does not show its text, which may be personal data."""
        return line_error(self.path, self.number, message, code, hint)


def line_error(path: Path, number: int, message: str, code: str, hint: str) -> InputError:
    """Return an error about a line of a file."""
    return InputError(f"line {number}: {message}", code=code, hint=hint, location=Location(str(path), number, 1))


def read_repair_lines(path: Path) -> list[RepairLine]:
    """Return the lines of the file that are not blank.

    Raises:
        InputError: The file cannot be read, or a line is no JSON object with the texts `id` and `record`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8", code="bad-repair-line", hint="save it as UTF-8") from error
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}", code="no-file", hint="'assay quarantine ... --to FILE' writes it"
        ) from error
    return [_line(path, number, one) for number, one in enumerate(text.split("\n"), start=1) if one.strip()]


def _line(path: Path, number: int, text: str) -> RepairLine:
    def error(message: str) -> InputError:
        return line_error(path, number, message, "bad-repair-line", _FORM)

    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise error("it is no JSON") from cause
    if not isinstance(document, dict):
        raise error("it is no JSON object")
    unknown = sorted(document.keys() - _KEYS)
    if unknown:
        raise error(f"it has the key '{unknown[0]}'")
    for key in ("id", "record"):
        if not isinstance(document.get(key), str):
            raise error(f"its '{key}' is no text")
    record = document["record"].rstrip("\r\n")
    try:
        record.encode()
    except UnicodeEncodeError as cause:
        raise error("its 'record' holds an unpaired surrogate") from cause
    return RepairLine(path, number, document["id"], record)
