"""A YAML file with the place of every value, so that each mistake can be shown at its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from assay.core.suggestions import did_you_mean
from assay.errors import InputError, Location, shown_path
from assay.spec.yaml.parser import RefusedError, Span, Step, YamlPosition, read_tree

MAX_YAML_BYTES = 1_000_000
"""The most bytes that a spec file may have."""

_MAX_CACHED_TEXTS = 64
"""Texts whose values are kept: a scheduler reads schemas that its pipelines share, and nothing changes a document."""


@dataclass(frozen=True)
class Document:
    """A YAML file as plain values (`data`), with `at` to find the place of any of them again.

    `path` is how messages name the file: relative to the project where it lies inside it.
    """

    path: str
    data: dict[str, Any]
    text: str = field(repr=False, default="")
    places: dict[tuple[Step, ...], YamlPosition] = field(repr=False, default_factory=dict)

    def at(self, *path: Step, key: bool = False) -> Location:
        """Return the place of the value at `path`, or of its key.

        Where there is nothing at `path` (a key that is missing), the place is that of the nearest value around it.
        """
        steps = tuple(path)
        while steps and steps not in self.places:
            steps, key = steps[:-1], True
        if steps not in self.places or (not steps and key):
            return self.location_of((0, 0))
        place = self.places[steps]
        return self.location_of(place.key if key and place.key is not None else place.value)

    def find(self, *path: Step, token: str) -> Location:
        """Return the place of the word `token` inside the text at `path`, which may run over several lines.

        The whole value where the word is not found (a name that Spark made up, an escaped character).
        """
        steps = tuple(path)
        if steps not in self.places:
            return self.at(*path)
        start, end = self.places[steps].value
        span = _find_word(self.text[start:end], token)
        return self.at(*path) if span is None else self.location_of((start + span[0], start + span[1]))

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines() or [""]

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    def location_of(self, span: Span) -> Location:
        """Return the place of a span of characters: line and column from 1, within one line."""
        number = min(bisect_right(self._starts, span[0]) - 1, len(self._lines) - 1)
        line = self._lines[number]
        column = min(span[0] - self._starts[number], len(line))
        length = max(1, min(span[1] - span[0], len(line) - column))
        return Location(self.path, number + 1, column + 1, length, line.replace("\t", " "))


def load_document(path: Path, *, root: Path | None = None) -> Document:
    """Return the YAML mapping in the file `path`.

    Anchors, aliases, tags, duplicate keys and nesting beyond 50 levels are refused, and so is a file over 1 MB. None of
    them belongs in a file that a person signs.

    Raises:
        InputError: The file cannot be read or is refused; the error has the place of the mistake.
    """
    name = shown_path(path, root)
    return parse_document(_text_of(path, name), name)


@lru_cache(_MAX_CACHED_TEXTS)
def parse_document(text: str, name: str) -> Document:
    """Return the YAML mapping in `text`, which messages call the file `name`.

    Raises:
        InputError: As `load_document` raises it.
    """
    blank = Document(name, {}, text)
    try:
        tree = read_tree(text)
    except RefusedError as refused:
        where = blank.location_of(refused.span)
        raise InputError(refused.message, code="yaml", hint=refused.hint, location=where) from None
    if tree.value is None:
        raise InputError(f"{name} is empty", code="yaml")
    if not isinstance(tree.value, dict):
        raise InputError(
            "the file must be a mapping of keys to values", code="yaml", hint="write 'key: value'", location=blank.at()
        )
    return Document(name, tree.value, text, tree.places)


def locate_in(location: Location, token: str) -> Location:
    """Return `location`, narrowed to the word `token` where that is inside it on the same line; else unchanged.

    >>> where = Location("a.yaml", 3, 7, 24, 'when: "distance / airtime > 10"')
    >>> locate_in(where, "airtime").column
    19
    """
    start = location.column - 1
    span = _find_word(location.text[start : start + location.length], token)
    if span is None:
        return location
    return replace(location, column=start + span[0] + 1, length=span[1] - span[0])


def _find_word(text: str, token: str) -> Span | None:
    word = token.strip("`\"' ")
    if not word:
        return None
    pattern = re.compile(rf"(?<![\w]){re.escape(word)}(?![\w])", re.IGNORECASE)
    quoted = text[:1] == "'"
    literal = r"''[^']*''" if quoted else r"'[^']*'"
    masked = text[:1] + re.sub(literal, lambda match: " " * len(match[0]), text[1:])
    word_match = pattern.search(masked) or pattern.search(text)
    return word_match.span() if word_match else None


def _text_of(path: Path, name: str) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_YAML_BYTES:
            raise InputError(f"{name} has {size:,} bytes; a spec has at most {MAX_YAML_BYTES:,}", code="yaml")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        beside = sorted(p.name for p in path.parent.glob("*.yaml")) if path.parent.is_dir() else []
        raise InputError(
            f"there is no file {name}", code="missing-file", hint=did_you_mean(path.name, beside)
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        where = Location(name, line, 1)
        raise InputError(f"{name} is not UTF-8 text", code="yaml", hint="save it as UTF-8", location=where) from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}", code="missing-file") from None
