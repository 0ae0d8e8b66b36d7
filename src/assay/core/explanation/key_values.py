"""The key of a row as a person types it: each text as a value of its column's type, compared with texts of a file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime

from assay.core.suggestions import did_you_mean
from assay.errors import InputError

KeyValue = str | int | float | bool | date | datetime
"""A value of a column of a key."""

_TRUTH = {"true": True, "false": False}


def parse_key(pairs: Sequence[str], types: Mapping[str, str]) -> dict[str, KeyValue]:
    """Return the values of a key from texts `column=value`; `types` has the type of each column of the key.

    >>> parse_key(["parcel=17", "depot=HAM"], {"parcel": "long", "depot": "string"})
    {'parcel': 17, 'depot': 'HAM'}

    Raises:
        InputError: A text is no pair, names another column or one twice, or has no value of the column's type. Or a
            column is left out.
    """
    key: dict[str, KeyValue] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign or name in key:
            why = f"'{pair}' is no part of a key" if not sign else f"the key names '{name}' twice"
            raise InputError(why, code="bad-key", hint=f"write --key {' --key '.join(f'{one}=...' for one in types)}")
        if name not in types:
            hint = did_you_mean(name, types, "the key is")
            raise InputError(f"'{name}' is no column of the key", code="bad-key", hint=hint)
        key[name] = _value(name, text, types[name])
    missing = [name for name in types if name not in key]
    if missing:
        raise InputError(
            f"the key lacks {', '.join(missing)}", code="bad-key", hint=f"add --key {' --key '.join(missing)}=..."
        )
    return {name: key[name] for name in types}


def text_is(text: str, value: KeyValue) -> bool:
    """Return whether a text of a file is a value: numbers and instants are compared as such, texts as they are.

    >>> text_is(" 017", 17), text_is("17.0", 17), text_is("HAM", "HAM"), text_is("x", 17)
    (True, False, True, False)
    """
    if isinstance(value, str):
        return text == value
    kind = "boolean" if isinstance(value, bool) else _TYPE_OF[type(value)]
    return read_as(text, kind) == value


def read_as(text: str, kind: str) -> KeyValue | None:
    """Return a text as a value of a type, None where it is none; an instant without a zone is one of UTC.

    >>> read_as("2024-02-01T06:00:00Z", "timestamp").isoformat(), read_as("1e3", "double"), read_as("x", "int")
    ('2024-02-01T06:00:00+00:00', 1000.0, None)
    """
    plain = text.strip()
    with suppress(ValueError):
        if kind in ("int", "long"):
            return int(plain) if plain.lstrip("+-").isdecimal() else None
        if kind == "double":
            number = float(plain)
            return number if math.isfinite(number) else None
        if kind == "boolean":
            return _TRUTH.get(plain.casefold())
        if kind == "date":
            return date.fromisoformat(plain)
        if kind == "timestamp":
            instant = datetime.fromisoformat(plain)
            return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
        return text
    return None


_TYPE_OF = {int: "long", float: "double", date: "date", datetime: "timestamp"}


def _value(name: str, text: str, kind: str) -> KeyValue:
    value = read_as(text, kind)
    if value is None:
        raise InputError(
            f"'{text}' is no value of '{name}', which is a {kind}", code="bad-key", hint=f"write --key {name}=..."
        )
    return value
