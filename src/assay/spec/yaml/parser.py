"""Turn YAML text into plain values and the place of each: a small, safe part of YAML 1.2 without surprises."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_YAML_DEPTH = 50
"""The deepest nesting of lists and mappings."""

MAX_YAML_NODES = 50_000
"""The most values that a file may hold: reading more would take too long."""

_FAST: type[Any] | None = getattr(yaml, "CSafeLoader", None)

Step = str | int
Path = tuple[Step, ...]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class YamlPosition:
    """The place of a value in the text, as half-open character offsets, and the place of its key."""

    value: Span
    key: Span | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole YAML document: its plain value (str, int, float, bool, None, list, dict) and a place for each path."""

    value: Any
    places: dict[Path, YamlPosition]


class RefusedError(Exception):
    """The text is not YAML as Assay takes it: the reason, the offsets between which it lies, and the hint."""

    def __init__(self, message: str, span: Span, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint


@dataclass(slots=True)
class _Open:
    """A list or mapping that is still being read."""

    path: Path
    start: int
    key: Span | None
    items: list[Any] | None
    pairs: dict[str, Any] | None
    flow: bool
    end: int = 0
    name: tuple[str, Span] | None = None  # a key whose value has not come yet
    seen: dict[str, Span] = field(default_factory=dict)

    @property
    def value(self) -> Any:
        return self.pairs if self.pairs is not None else self.items


def read_tree(text: str) -> Tree:
    """Return the one document of `text`.

    Only `true`, `false`, `null` and decimal numbers are resolved: `on`, `no`, dates and `00:00` stay text. The text is
    read by events and never by recursion, so that no input exhausts the stack. Where libyaml is installed, it reads a
    correct file in a fifth of the time. A file that libyaml refuses is read again by PyYAML, whose errors are clearer.

    Raises:
        RefusedError: The text is not YAML, or has an anchor, a tag, a duplicate key or too deep nesting.
    """
    if _FAST is not None and text.isascii() and "\t" not in text:
        try:
            return _read(text, _FAST)
        except (yaml.YAMLError, RefusedError):
            pass
    return read_slowly(text)


def read_slowly(text: str) -> Tree:
    """Return the tree of `read_tree`, by PyYAML alone."""
    try:
        return _read(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = mark.index if mark is not None else 0
        raise RefusedError(*_in_words(error, text, at)) from None
    except yaml.reader.ReaderError as error:
        raise RefusedError(
            f"the character {_name(error.character)} is not allowed", (error.position, error.position + 1)
        ) from None


def _read(text: str, loader: type[Any]) -> Tree:
    reader = _YamlReader()
    for event in yaml.parse(text, Loader=loader):
        reader.take(event)
    return Tree(reader.root, reader.places)


class _YamlReader:
    def __init__(self) -> None:
        self.root: Any = None
        self.places: dict[Path, YamlPosition] = {}
        self._stack: list[_Open] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        assert event.start_mark is not None and event.end_mark is not None
        span = (event.start_mark.index, event.end_mark.index)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise RefusedError("the file holds more than one YAML document", span, "remove the line '---'")
            case yaml.AliasEvent():
                raise RefusedError(
                    f"the alias '*{event.anchor}' is refused",
                    span,
                    "aliases can make a small file big: write the value out",
                )
            case yaml.ScalarEvent():
                self._refuse_decorations(event, span)
                event.value = _whole(event.value, span)
                self._scalar(event, span)
            case yaml.CollectionStartEvent():
                self._refuse_decorations(event, span)
                self._open(event, span)
            case yaml.CollectionEndEvent():
                self._close(span)

    def _refuse_decorations(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, span: Span) -> None:
        at = (span[0], span[0] + 1)
        if event.anchor is not None:
            at = (span[0], span[0] + 1 + len(event.anchor))
            raise RefusedError(
                f"the anchor '&{event.anchor}' is refused", at, "anchors can make a small file big: write the value out"
            )
        if event.tag is not None:
            raise RefusedError("a tag ('!...') is refused", at, "write the plain value")

    def _scalar(self, event: yaml.ScalarEvent, span: Span) -> None:
        parent = self._stack[-1] if self._stack else None
        if parent is not None and parent.pairs is not None and parent.name is None:
            self._name_key(parent, event.value, span)
            return
        plain = event.implicit[0] and not event.style  # libyaml writes '' for None
        self._put(resolve(event.value) if plain else event.value, span)

    def _name_key(self, parent: _Open, key: str, span: Span) -> None:
        if key in parent.seen:
            line = f"the key '{key}' is here twice"
            raise RefusedError(line, span, "the second would hide the first: remove one")
        parent.seen[key] = span
        parent.name = (key, span)

    def _open(self, event: yaml.CollectionStartEvent, span: Span) -> None:
        parent = self._stack[-1] if self._stack else None
        if parent is not None and parent.pairs is not None and parent.name is None:
            raise RefusedError("a key must be a plain word", span, "a list or mapping cannot be a key")
        if len(self._stack) >= MAX_YAML_DEPTH:
            raise RefusedError(
                f"the nesting is deeper than {MAX_YAML_DEPTH} levels", (span[0], span[0] + 1), "flatten it"
            )
        path, key = self._next_place()
        mapping = isinstance(event, yaml.MappingStartEvent)
        items: list[Any] | None = None if mapping else []
        pairs: dict[str, Any] | None = {} if mapping else None
        self._stack.append(_Open(path, span[0], key, items, pairs, bool(event.flow_style), end=span[1]))

    def _close(self, span: Span) -> None:
        closed = self._stack.pop()
        end = span[1] if closed.flow else closed.end
        self._attach(closed.path, closed.value, (closed.start, end), closed.key)

    def _put(self, value: Any, span: Span) -> None:
        path, key = self._next_place()
        self._attach(path, value, span, key)

    def _next_place(self) -> tuple[Path, Span | None]:
        if not self._stack:
            return (), None
        parent = self._stack[-1]
        if parent.items is not None:
            return (*parent.path, len(parent.items)), None
        assert parent.name is not None
        return (*parent.path, parent.name[0]), parent.name[1]

    def _attach(self, path: Path, value: Any, span: Span, key: Span | None) -> None:
        if len(self.places) >= MAX_YAML_NODES:
            raise RefusedError(
                f"the file holds more than {MAX_YAML_NODES:,} values", span, "a spec is written by hand: make it short"
            )
        self.places[path] = YamlPosition(span, key)
        if not self._stack:
            self.root = value
            return
        parent = self._stack[-1]
        parent.end = max(parent.end, span[1], key[1] if key else 0)
        if parent.items is not None:
            parent.items.append(value)
        elif parent.pairs is not None and parent.name is not None:
            parent.pairs[parent.name[0]] = value
            parent.name = None


_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


def resolve(text: str) -> str | int | float | bool | None:
    """Return the value of a plain scalar.

    A number with leading zeros stays text, since it is a code and not a quantity.

    >>> [resolve(x) for x in ("7", "0.5", "true", "on", "00:00", "2013-01-05", "007", "")]
    [7, 0.5, True, 'on', '00:00', '2013-01-05', '007', None]
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and not re.match(r"[-+]?0[0-9]", text):
        value = float(text)
        return value if abs(value) != float("inf") else text
    return text


def _whole(text: str, span: Span) -> str:
    """Return `text` with each escaped surrogate pair, as JSON writes it, replaced by the character that it means."""
    if text.isascii() or not re.search("[\ud800-\udfff]", text):
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise RefusedError("an escape means half a character", span, "write the character itself") from None


def _in_words(error: yaml.MarkedYAMLError, text: str, at: int) -> tuple[str, Span, str]:
    problem = (error.problem or "this is not YAML").strip()
    span = (at, at + 1)
    if "'\\t'" in problem:
        return "a tab cannot indent or start a value", span, "use spaces"
    if problem == "mapping values are not allowed here":
        return "a ':' is not allowed here", span, "put quotes around a text that holds ': ', and check the indentation"
    if "expected ',' or" in problem or "<stream end>" in problem or "end of stream" in problem:
        return f"something is not closed: {problem}", span, "a bracket or a quote is missing"
    if problem.startswith("found undefined tag handle"):
        return "a tag ('!...') is refused", span, "write the plain value"
    context = f" {error.context.strip()}" if error.context else ""
    return f"this is not YAML: {problem}{context}", span, _near(text, at)


def _near(text: str, at: int) -> str:
    start = text[at : at + 1]
    return "put quotes around a text that starts like this" if start in set("@`%*&!|>{}[],'\"") else ""


def _name(character: Any) -> str:
    code = ord(character) if isinstance(character, str) and len(character) == 1 else int(character)
    return f"U+{code:04X}"
