"""The records of a delimited text (RFC 4180): one line each, or several where a quoted field holds line breaks."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from functools import lru_cache
from itertools import chain

MAX_CHARACTERS_AFTER_FIRST_LINE = 1 << 22
"""Characters that a record may have after its first line: a quote that stays open for longer counts as stray."""

QUOTE, NUL, MARK = '"', "\0", "\ufeff"

# The characters that Java trims: Spark's line reader skips a line that has no others, even a record of empty fields.
_TRIMMED = "".join(map(chr, range(33)))
_CLOSING = re.compile(r'[^"]*+(?:""[^"]*+)*+"')


class Refusal(StrEnum):
    """The reason why a record cannot be divided into fields."""

    MALFORMED = "malformed"
    """More or fewer fields than the header, text after a closing quote, or the header once more."""
    UNCLOSED_QUOTE = "unclosed_quote"
    """A quote opens a field and none closes it where a field may end."""
    NUL_BYTE = "nul_byte"
    """A NUL character: no text that a person or a CSV writer meant."""


@dataclass(frozen=True, slots=True)
class CsvRecord:
    r"""A record as it is in the file, without the end of its line, and its fields; a refused record has no fields.

    A NUL in `raw` is written `\x00`, so that it is visible.
    """

    raw: str
    fields: tuple[str, ...]
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of the records of a file: the names in the header, and the character between two fields."""

    names: tuple[str, ...]
    delimiter: str

    def is_blank(self, line: str) -> bool:
        """Return whether a line is no record: it is empty, or has only blanks that are no delimiters."""
        return not line.strip(" \t\r\n".replace(self.delimiter, ""))


class _ScanState(Enum):
    WHOLE = auto()
    OPEN = auto()
    BROKEN = auto()


class _Scanner:
    """The division of one record into fields, line by line; `strict` also refuses quotes in a field without quotes."""

    def __init__(self, delimiter: str, *, strict: bool) -> None:
        self.fields: list[str] = []
        self._delimiter = delimiter
        self._strict = strict
        self._open: list[str] | None = None

    def take(self, line: str) -> _ScanState:
        """Read the next line of the record, and return the record's state after it."""
        at, end = 0, len(line.rstrip("\r\n"))
        while True:
            if self._open is None and line.startswith(QUOTE, at):
                self._open, at = [], at + 1
            if self._open is not None:
                closed = _CLOSING.match(line, at)
                if closed is None:
                    self._open.append(line[at:])
                    return _ScanState.OPEN
                self._open.append(line[at : closed.end() - 1])
                self.fields.append("".join(self._open).replace(QUOTE * 2, QUOTE))
                self._open, at = None, closed.end()
                if at < end and line[at] != self._delimiter:
                    return _ScanState.BROKEN
            else:
                until = line.find(self._delimiter, at, end)
                field = line[at : end if until < 0 else until]
                if self._strict and QUOTE in field:
                    return _ScanState.BROKEN
                self.fields.append(field)
                at += len(field)
            if at >= end:
                return _ScanState.WHOLE
            at += 1  # past the delimiter


def records(lines: Iterable[str], shape: Shape, *, limit: int = MAX_CHARACTERS_AFTER_FIRST_LINE) -> Iterator[CsvRecord]:
    r"""Yield the records of `lines`, which keep their ends (\n, \r\n or \r) and begin after the header.

    Each line that is not blank belongs to exactly one record, so no line is lost. Where a quoted field does not end as
    it should, each of its lines is refused separately.

    The lines after the first one are accepted as records under one condition. Each of them, up to the place of the
    fault, must be whole by itself and have as many fields as the header, at least two.

    After such a fault the quotes of the file cannot be trusted: a quote in a field without quotes is refused.
    """
    strict, waiting, rest = False, deque[str](), iter(lines)
    while (line := _next(waiting, rest)) is not None:
        if shape.is_blank(line):
            continue
        if QUOTE not in line:
            raw = line.rstrip("\r\n")
            yield _judged(raw, raw.split(shape.delimiter), shape)
            continue
        held, state, fields = _gather(line, waiting, rest, _Scanner(shape.delimiter, strict=strict), limit)
        if state is _ScanState.WHOLE:
            yield _judged("".join(held).rstrip("\r\n"), fields, shape)
        elif state is _ScanState.BROKEN and len(held) == 1:
            yield _refused(line, Refusal.MALFORMED)
        else:
            strict = True
            yield _refused(line, Refusal.UNCLOSED_QUOTE)
            if _are_records(held[1:], shape):
                waiting.extendleft(reversed(held[1:]))
            else:
                yield from (_refused(one, Refusal.UNCLOSED_QUOTE) for one in held[1:] if not shape.is_blank(one))


def count_records(lines: Iterable[str], shape: Shape) -> tuple[int, bool]:
    """Return the number of records that `records` yields, and whether the file has to be read by `records`.

    The second is false where each line is a record that every CSV parser for single lines divides in the same way. Such
    files are counted at the speed of a loop over their lines.
    """
    count, rest = 0, iter(lines)
    for line in rest:
        if (line[0] <= " " or line[0] == MARK or QUOTE in line or NUL in line) and not _is_usual(line, shape):
            if shape.is_blank(line):
                continue
            return count + sum(1 for _ in records(chain((line,), rest), shape)), True
        count += 1
    return count, False


def _next(waiting: deque[str], rest: Iterator[str]) -> str | None:
    return waiting.popleft() if waiting else next(rest, None)


def _gather(
    line: str, waiting: deque[str], rest: Iterator[str], scanner: _Scanner, limit: int
) -> tuple[list[str], _ScanState, list[str]]:
    """Return the lines of the record that begins with `line`, the state after them, and its fields."""
    held, state, size = [line], scanner.take(line), 0
    while state is _ScanState.OPEN and size <= limit and (following := _next(waiting, rest)) is not None:
        held.append(following)
        size += len(following)
        state = scanner.take(following)
    return held, state, scanner.fields


def _are_records(lines: Sequence[str], shape: Shape) -> bool:
    """Return whether each of the lines is certainly a record by itself."""
    if len(shape.names) < 2:
        return False
    for line in lines:
        if shape.is_blank(line):
            continue
        scanner = _Scanner(shape.delimiter, strict=True)
        if scanner.take(line) is not _ScanState.WHOLE or len(scanner.fields) != len(shape.names):
            return False
    return True


def _judged(raw: str, fields: Sequence[str], shape: Shape) -> CsvRecord:
    if NUL in raw or len(fields) != len(shape.names) or _is_header(fields, shape):
        return _refused(raw, Refusal.MALFORMED)
    return CsvRecord(raw, tuple(fields))


def _is_header(fields: Sequence[str], shape: Shape) -> bool:
    """Return whether a record repeats the header, as concatenated files do; a byte order mark may precede it."""
    return fields[0].removeprefix(MARK).strip(QUOTE) == shape.names[0] and tuple(fields[1:]) == shape.names[1:]


def _fields(line: str, shape: Shape) -> list[str]:
    scanner = _Scanner(shape.delimiter, strict=False)
    scanner.take(line)
    return scanner.fields or [""]


def _refused(line: str, refusal: Refusal) -> CsvRecord:
    raw = line.rstrip("\r\n")
    if NUL in raw:
        return CsvRecord(raw.replace(NUL, r"\x00"), (), Refusal.NUL_BYTE)
    return CsvRecord(raw, (), refusal)


def _is_usual(line: str, shape: Shape) -> bool:
    """Return whether a line that starts with a blank, or has a quote, is a record that any parser reads alike."""
    if NUL in line or line[0] == MARK or not line.strip(_TRIMMED):
        return False
    if QUOTE not in line:
        return True
    if line.lstrip(QUOTE).startswith(shape.names[0]) and _is_header(_fields(line, shape), shape):
        return False
    if _all_quoted(line.rstrip("\r\n"), shape.delimiter):
        return True
    if _well_quoted(shape.delimiter).match(line):
        return True
    return _Scanner(shape.delimiter, strict=False).take(line) is _ScanState.WHOLE


def _all_quoted(raw: str, delimiter: str) -> bool:
    """Return whether a line has every field in quotes, and no quote inside of a field.

    Two counts decide it: with a quote at both ends, all other quotes are in pairs around a delimiter.
    """
    between = f'"{delimiter}"'
    return (
        raw[0] == raw[-1] == QUOTE
        and raw.count(QUOTE) == 2 * raw.count(between) + 2
        and not raw.startswith(between)
        and not raw.endswith(between)
    )


@lru_cache
def _well_quoted(delimiter: str) -> re.Pattern[str]:
    other = re.escape(delimiter)
    field = rf'(?:"[^"\r\n]*+(?:""[^"\r\n]*+)*+"|[^"{other}\r\n]*+)'
    return re.compile(rf"{field}(?:{other}{field})*+[\r\n]*\Z")
