"""An account of a thing as titled parts: facts by name, a table, and notes; printed as text and as a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountPart:
    """A part of an account: facts as pairs of name and value, the columns and rows of a table, and notes."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[tuple[str, ...], ...]:
        """The titles and the rows of the table, without the columns in which no row has a text; none without rows.

        >>> AccountPart("", columns=("a", "b"), rows=(("1", ""), ("2", ""))).lines
        (('a',), ('1',), ('2',))
        """
        filled = [place for place in range(len(self.columns)) if any(row[place] for row in self.rows)]
        lines = (self.columns, *self.rows) if self.rows else ()
        return tuple(tuple(line[place] for place in filled) for line in lines)


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a thing of a pipeline: its title, the sentence that matters most, and the parts in their order."""

    pipeline: str
    title: str
    headline: str
    parts: tuple[AccountPart, ...]

    @property
    def file_name(self) -> str:
        """The name of the account's page: its title, of which letters, digits and dots stay.

        >>> Account("parcels", "the table parcels", "", ()).file_name
        'the-table-parcels.html'
        """
        kept = "".join(sign if sign.isalnum() or sign in ".=_" else "-" for sign in self.title)
        return f"{'-'.join(part for part in kept.split('-') if part)[:150]}.html"

    def lines(self) -> Iterator[str]:
        """Yield the account as lines of text."""
        yield f"{self.pipeline}: {self.title}"
        yield f"  {self.headline}"
        for part in self.parts:
            yield ""
            yield part.title
            width = max((len(name) for name, _ in part.facts), default=0)
            yield from (f"  {name:<{width}}  {value}" for name, value in part.facts)
            yield from _table(part)
            yield from (f"  {note}" for note in part.notes)


def _table(part: AccountPart) -> Iterator[str]:
    lines = part.lines
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        cells = (f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
