"""Tables that fit the width of a screen: less important columns are left out, and sentences go below their row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.cli.terminal.screen import Screen, TextStyle, columns_of, printable

GAP = 2
"""Spaces between two columns."""

SHORTEST_CUT = 8
"""Columns that stay of a cell that is cut."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column by its title.

    Columns are left out of a narrow table in the order of `drop`, the highest number first; one with 0 stays. The cells
    of a column with `cut` may be shortened after that.
    """

    title: str
    right: bool = False
    drop: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """The cells of a row, a sentence that goes at its end where it fits, and more sentences that go below it."""

    cells: tuple[str, ...]
    sentence: str = ""
    details: tuple[str, ...] = ()
    style: TextStyle | None = None


def table_lines(
    columns: Sequence[TableColumn], rows: Sequence[TableRow], screen: Screen, *, indent: int = 0
) -> Iterator[str]:
    """Yield the header and the rows as lines that are at most as wide as the screen; nothing without rows.

    A column without any text is left out. On a screen that does not wrap, a sentence keeps its line however long it is.
    """
    if not rows:
        return
    cells = [[printable(cell) for cell in row.cells] for row in rows]
    widths = _widths(columns, cells, screen.width - indent)
    shown = sorted(widths)
    header = _line(columns, [column.title for column in columns], widths)
    yield screen.styled(" " * indent + header.rstrip(), TextStyle.DIM)
    below = min(indent + widths[shown[0]] + GAP, screen.width // 2) if shown else indent
    for row, texts in zip(rows, cells, strict=True):
        line = " " * indent + _line(columns, texts, widths)
        sentence = printable(row.sentence)
        whole = f"{line}{' ' * GAP}{sentence}"
        fits = not sentence or columns_of(whole) <= screen.width
        yield screen.styled((whole if fits else line).rstrip(), row.style)
        for text in (*(() if fits else (sentence,)), *map(printable, row.details)):
            yield from wrapped(text, screen, indent=below)


def wrapped(text: str, screen: Screen, *, indent: int = 0) -> list[str]:
    """Return a sentence as lines with an indentation; one line on a screen that does not wrap."""
    margin = " " * indent
    if not screen.wraps:
        return [margin + text]
    room = max(SHORTEST_CUT, screen.width - indent)
    lines, rest = [], text.rstrip()
    while columns_of(rest) > room:
        head = _beginning(rest, room)
        space = rest.rfind(" ", 0, len(head) + 1)
        end = space if rest[: max(space, 0)].strip() else len(head)
        lines.append(margin + rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*lines, margin + rest] if rest else lines


def _beginning(text: str, room: int) -> str:
    """Return as much of a text as some columns show."""
    used = 0
    for index, character in enumerate(text):
        used += columns_of(character)
        if used > room:
            return text[:index]
    return text


def _widths(columns: Sequence[TableColumn], cells: Sequence[Sequence[str]], room: int) -> dict[int, int]:
    """Return the width of each column that is shown, by its index."""
    widths = {
        index: max(columns_of(column.title), *(columns_of(row[index]) for row in cells))
        for index, column in enumerate(columns)
        if any(row[index] for row in cells)
    }
    while _total(widths) > room:
        droppable = [index for index in widths if columns[index].drop]
        if droppable:
            widths.pop(max(droppable, key=lambda index: columns[index].drop))
            continue
        cuttable = [index for index in widths if columns[index].cut and widths[index] > SHORTEST_CUT]
        if not cuttable:
            break
        widest = max(cuttable, key=lambda index: widths[index])
        widths[widest] = max(SHORTEST_CUT, widths[widest] - (_total(widths) - room))
    return widths


def _total(widths: dict[int, int]) -> int:
    return sum(widths.values()) + GAP * max(0, len(widths) - 1)


def _line(columns: Sequence[TableColumn], texts: Sequence[str], widths: dict[int, int]) -> str:
    return (" " * GAP).join(_cell(texts[index], width, columns[index].right) for index, width in widths.items())


def _cell(text: str, width: int, right: bool) -> str:
    if columns_of(text) > width:
        text = _beginning(text, width - 1) + "…"
    padding = " " * max(0, width - columns_of(text))
    return padding + text if right else text + padding
