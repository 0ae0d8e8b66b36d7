"""A suite's JSON with the place of every value, so that a message can show the place of each mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.errors import InputError, Location

Step = str | int

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class SuiteText:
    """The text of a suite, its plain value, and the name of the file as messages show it."""

    name: str
    text: str
    value: Any = field(default=None, repr=False)

    def at(self, *path: Step) -> Location:
        """Return the place of the value at `path`; without such a value, the place of the nearest value around it."""
        start, end = self._root()
        for step in path:
            inner = _members(self.text, start).get(step)
            if inner is None:
                break
            start, end = inner
        return self._location(start, end)

    def at_offset(self, offset: int, length: int = 1) -> Location:
        """Return the place of `length` characters of the text from `offset` on."""
        return self._location(offset, offset + length)

    def _root(self) -> tuple[int, int]:
        start = _skip(self.text, 0)
        return start, len(self.text.rstrip())

    def _location(self, start: int, end: int) -> Location:
        number = self.text.count("\n", 0, start) + 1
        begin = self.text.rfind("\n", 0, start) + 1
        line = self.text[begin:].partition("\n")[0].rstrip("\r")
        length = max(1, min(end - start, begin + len(line) - start))
        return Location(self.name, number, start - begin + 1, length, line.replace("\t", " "))


def read_suite_text(path: Path, name: str) -> SuiteText:
    """Return the JSON of the file `path`, with its text.

    Raises:
        InputError: The file cannot be read, is not UTF-8 or is not JSON; where possible, the error has the place.
            A name that one object has twice, NaN and Infinity are refused too.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_json(f"it is not UTF-8 text: {error.reason}", name, None) from None
    except OSError as error:
        raise _not_json(f"it cannot be read: {error.strerror}", name, None) from None
    blank = SuiteText(name, text)
    try:
        value = json.loads(text, object_pairs_hook=_distinct, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _not_json(f"it is not JSON: {error.msg}", name, blank.at_offset(error.pos)) from None
    except _RefusedError as refused:
        match = re.search(refused.pattern, text)
        where = blank.at_offset(match.start(1), len(match[1])) if match else None
        raise _not_json(str(refused), name, where) from None
    except RecursionError:
        raise _not_json("it is nested too deeply", name, None) from None
    return SuiteText(name, text, value)


def _not_json(message: str, name: str, where: Location | None) -> InputError:
    return InputError(f"the suite {name}: {message}", code="bad-suite", location=where)


class _RefusedError(Exception):
    """A text that `json` accepts and a suite must not hold; `pattern` finds it in the suite."""

    def __init__(self, message: str, pattern: str) -> None:
        super().__init__(message)
        self.pattern = pattern


def _distinct(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            again = re.escape(json.dumps(name))
            message = f"one object has the name '{name}' twice, and the second would hide the first"
            raise _RefusedError(message, rf"{again}\s*:[^{{}}]*?({again})\s*:")
        members[name] = value
    return members


def _refuse_constant(word: str) -> Any:
    raise _RefusedError(f"{word} is no number that JSON has", rf"[\s:,\[]({word})")


def _skip(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start


def _members(text: str, start: int) -> dict[Step, tuple[int, int]]:
    """Return the places of the members of the object or list at `start`, by name or index; none for a plain value."""
    places: dict[Step, tuple[int, int]] = {}
    opened = text[start : start + 1]
    if opened not in ("{", "["):
        return places
    at = _skip(text, start + 1)
    while text[at] not in "}]":
        step: Step = len(places)
        if opened == "{":
            step, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        _, end = _DECODER.raw_decode(text, at)
        places[step] = (at, end)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return places
