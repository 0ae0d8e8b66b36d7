"""The fenced blocks and the code inside of sentences of the pages for people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md")])

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]*)$")
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the page, the line of its first text, its language, and its lines without indentation."""

    page: str
    line: int
    language: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> Iterator[Block]:
    """Return every fenced block of every page."""
    for page in PAGES:
        inside: list[str] = []
        opened: tuple[int, re.Match[str]] | None = None
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
            match = _FENCE.match(line)
            if opened is None:
                opened = (number + 1, match) if match else None
                inside = []
            elif match and not match["language"]:
                yield Block(_name(page), opened[0], opened[1]["language"], tuple(inside))
                opened = None
            else:
                inside.append(line.removeprefix(opened[1]["indent"]))
        assert opened is None, f"{page} has a block that does not end"


def spans() -> Iterator[tuple[str, str]]:
    """Return the page and the text of every code inside of a sentence, on one line."""
    for page in PAGES:
        prose = re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        for match in _SPAN.finditer(prose):
            yield _name(page), " ".join(match[1].split())


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()
