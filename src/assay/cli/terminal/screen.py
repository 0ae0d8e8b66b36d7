"""The screen that an output goes to: its width, and if it shows colours."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

WIDTH_OF_A_PIPE = 120
"""The columns of an output that is no terminal, unless COLUMNS names another number."""

SMALLEST_WIDTH = 40


class TextStyle(StrEnum):
    """A way to show text, as the number of its ANSI escape sequence."""

    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"


@dataclass(frozen=True, slots=True)
class Screen:
    """The width in columns, and what the output takes.

    `color` is True where escape sequences are shown. `wraps` is True where sentences are wrapped at the width. A pipe
    gets each sentence on one line, so that `grep` finds it.
    """

    width: int = WIDTH_OF_A_PIPE
    color: bool = False
    wraps: bool = False

    def styled(self, text: str, style: TextStyle | None) -> str:
        """Return the text in a style; unchanged without a style, or where the screen shows no colours."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style is not None and text.strip() else text


def screen_of(stream: TextIO, environ: Mapping[str, str] | None = None) -> Screen:
    """Return the screen behind a stream.

    COLUMNS sets the width. NO_COLOR and a dumb terminal turn all escape sequences off, and so does a pipe.
    """
    variables = os.environ if environ is None else environ
    on_terminal = stream.isatty()
    named = variables.get("COLUMNS", "")
    columns = int(named) if named.isdecimal() else 0
    width = columns or (_columns_of(stream) if on_terminal else WIDTH_OF_A_PIPE)
    color = on_terminal and not variables.get("NO_COLOR") and variables.get("TERM") != "dumb"
    return Screen(max(SMALLEST_WIDTH, width), color, on_terminal or columns > 0)


def _columns_of(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def printable(text: str) -> str:
    r"""Return the text on one line without control characters: a reason in the ledger may hold any.

    >>> printable("a\x1b[31mred\nnext")
    'a [31mred next'
    """
    return "".join(character if character.isprintable() else " " for character in text)


def columns_of(text: str) -> int:
    """Return how many columns a terminal needs for a text.

    >>> columns_of("run"), columns_of("実行"), columns_of("e\u0301")
    (3, 4, 1)
    """
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)
