"""The records of JSON lines (RFC 8259, an object in each line) as the texts of the columns of a schema."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from assay.core.csv_records import NUL, Refusal

_BLANKS = " \t\r\n"
_ESCAPE = "\\u"


class _Number(str):
    """A number, or NaN or an infinity, as it is written."""

    __slots__ = ()


class _Members(list[tuple[str, object]]):
    """The members of an object, in their order; a name may be there twice."""


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Members, parse_int=_Number, parse_float=_Number, parse_constant=_Number, strict=True
)


@dataclass(frozen=True, slots=True)
class JsonShape:
    """The columns' names in the source and in the clean table, and the texts that mean a missing value."""

    names: tuple[str, ...]
    columns: tuple[str, ...]
    nulls: frozenset[str]


@dataclass(frozen=True, slots=True)
class JsonRecord:
    r"""A line without its end, and the text of each column; a refused record has none, and a reason.

    - A missing value (null, no such member, or a text of the schema's `nulls`) is None.
    - A number is the text that was written. True and false are `true` and `false`.
    - A NUL in `raw` is written `\x00`, so that it is visible.
    """

    raw: str
    fields: tuple[str | None, ...]
    refusal: str | None = None


@dataclass(slots=True)
class JsonScan:
    """The measurements of a file of JSON lines.

    - `records` is the number of its lines that are not blank, and `objects` of those that are one object.
    - `names` holds the names of all members, in the order of their first use.
    - `nested` has the number of objects and lists by the member whose value they are.
    """

    records: int = 0
    objects: int = 0
    names: dict[str, None] = field(default_factory=dict)
    nested: dict[str, int] = field(default_factory=dict)


def json_records(lines: Iterable[str], shape: JsonShape, type_reason: str) -> Iterator[JsonRecord]:
    """Yield the record of each line that is not blank.

    A line is refused as malformed if it is not one object, names a member twice, or has an unpaired surrogate.

    A member that is an object or a list has no text. It is refused where it belongs to a column: by `type_reason` and
    the column's name in the clean table.
    """
    index = {name: place for place, name in enumerate(shape.names)}
    for line in lines:
        if not line.strip(_BLANKS):
            continue
        raw, members = line.rstrip("\r\n"), members_of(line)
        if members is None:
            refusal = Refusal.NUL_BYTE if NUL in raw else Refusal.MALFORMED
            yield JsonRecord(raw.replace(NUL, r"\x00"), (), str(refusal))
            continue
        fields: list[str | None] = [None] * len(shape.names)
        refusal_of_type = None
        for name, value in members:
            place = index.get(name)
            if place is None:
                continue
            if isinstance(value, list):
                refusal_of_type = refusal_of_type or f"{type_reason}{shape.columns[place]}"
            else:
                fields[place] = _text(value, shape.nulls)
        yield JsonRecord(raw, () if refusal_of_type else tuple(fields), refusal_of_type)


def scan_json(lines: Iterable[str]) -> JsonScan:
    """Return the measurements of lines, of which `json_records` yields as many records."""
    scan = JsonScan()
    for line in lines:
        if not line.strip(_BLANKS):
            continue
        scan.records += 1
        members = members_of(line)
        if members is None:
            continue
        scan.objects += 1
        for name, value in members:
            if name not in scan.names:
                scan.names[name] = None
            if isinstance(value, list):
                scan.nested[name] = scan.nested.get(name, 0) + 1
    return scan


def mostly_nested(scan: JsonScan, names: Collection[str]) -> Sequence[str]:
    """Return those of the names under which most objects of a file hold an object or a list."""
    return [name for name in scan.names if name in names and 2 * scan.nested.get(name, 0) > scan.objects]


def members_of(line: str) -> Sequence[tuple[str, object]] | None:
    """Return the members of a JSON object in their order, None for a text that is refused as malformed."""
    try:
        members = _DECODER.decode(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(members, _Members) or len({name for name, _ in members}) != len(members):
        return None
    if _ESCAPE in line and not all(_is_text(name) and _is_text(value) for name, value in members):
        return None
    return members


def _is_text(value: object) -> bool:
    """Return whether a value is no text with an unpaired surrogate, which no UTF-8 can hold."""
    try:
        return not isinstance(value, str) or value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def _text(value: object, nulls: frozenset[str]) -> str | None:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, str):
        return None if value in nulls else value
    return None if value is None else "true" if value else "false"
