"""The prose of a file: the sentences that a person reads, without code, quotations and tables of values."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from devtools.lint.checkout import Module

_MESSAGE_CALLS = re.compile(r"(Error|LostRace|VerdictFailed|LintFinding|Finding)$")
_DOCSTRING_OWNERS = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_FENCE = re.compile(r"^\s*(```|~~~)")
_SECTION = re.compile(r"^(Args|Returns|Raises|Yields|Attributes|Example|Examples|Note|References):$")
_CODE = re.compile(r"(`+)(?:.(?!\1))*.\1|<[^>\s][^>]*>|https?://\S+")
_VALUES = re.compile(r"Code(?:(?:, | or | and )Code)+")
"""A list of values, which is read as one thing."""

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_QUOTATION = re.compile(r"\"[^\"]*\"")
_ENTRY = re.compile(r"^    \*{0,2}[\w.]+: ")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")


class PassageKind(StrEnum):
    """The place of a passage: the first line of a docstring has a rule of its own."""

    SUMMARY = "summary"
    TEXT = "text"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, an item of a list, a table's cell or a message; `line` is where it begins."""

    kind: PassageKind
    line: int
    text: str


def passages_of_module(module: Module) -> Iterator[Passage]:
    """Return the docstrings of a Python file by paragraph, and the messages of what it raises or finds."""
    for node in ast.walk(module.tree):
        if isinstance(node, _DOCSTRING_OWNERS) and ast.get_docstring(node, clean=False) is not None:
            yield from _docstring(node)
        elif isinstance(node, ast.Call) and _MESSAGE_CALLS.search(_called(node)):
            for argument in (*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "hint")):
                text = _literal(argument)
                if " " in text:
                    yield Passage(PassageKind.MESSAGE, argument.lineno, _plain(text))


def passages_of_document(lines: Sequence[str]) -> Iterator[Passage]:
    """Return the paragraphs, items and cells of a Markdown file, without its blocks of code."""
    return _paragraphs(lines, 1, PassageKind.TEXT)


def _docstring(node: _DOCSTRING_OWNERS) -> Iterator[Passage]:
    constant = node.body[0].value  # type: ignore[attr-defined]  # get_docstring has looked
    lines = inspect.cleandoc(constant.value).splitlines()
    passages = _paragraphs(lines, constant.lineno, PassageKind.TEXT)
    first = next(passages, None)
    if first is not None:
        yield Passage(PassageKind.SUMMARY, first.line, first.text)
    yield from passages


def _paragraphs(lines: Sequence[str], start: int, kind: PassageKind) -> Iterator[Passage]:
    begun, fenced = start, False
    words: list[str] = []
    for number, line in enumerate([*lines, ""], start=start):
        if _FENCE.match(line):
            fenced = not fenced
        code = fenced or _FENCE.match(line) or line.lstrip().startswith((">>>", "..."))
        starts = _ITEM.match(line) or _ENTRY.match(line) or line.startswith(("|", "#")) or _SECTION.match(line.strip())
        if (code or starts or not line.strip()) and words:
            yield from _cells(Passage(kind, begun, " ".join(words)))
            words = []
        if not code and line.strip():
            begun = begun if words else number
            words.append(_ITEM.sub("", line).strip())


def _cells(passage: Passage) -> Iterator[Passage]:
    """Divide a row of a table into its cells, and leave anything else as it is, in plain words."""
    cells = passage.text.strip("|").split("|") if passage.text.startswith("|") else [passage.text]
    for cell in cells:
        yield Passage(passage.kind, passage.line, _plain(cell.strip().lstrip("# ")))


def _plain(text: str) -> str:
    # With a capital, since a sentence may begin with a piece of code.
    text = _VALUES.sub("Code", _CODE.sub("Code", _LINK.sub(r"\1", text)))
    return re.sub(r"[*_]{1,2}(\S(?:.*?\S)?)[*_]{1,2}", r"\1", _QUOTATION.sub("quotation", text))


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _literal(node: ast.expr) -> str:
    """Return the text of a literal, with the word 'value' for each part that is computed."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_literal(value) if isinstance(value, ast.Constant) else "value" for value in values)
    return ""
