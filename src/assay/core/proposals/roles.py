"""Which columns are known when a row is scored, which later, and by what the past of a column is averaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from assay.core.proposals.column_types import ProposedColumn
from assay.core.proposals.dated_rows import DatedRows
from assay.core.proposals.keys import constant_per_entity, recurs

MAX_ENTITY_VALUES = 200
"""A category with more values than this has too few rows each for a history of its own."""

_FIRST_COLUMNS = 1 / 3
"""A label among so many of the first columns was not written in the order of time: the order shows nothing."""


@dataclass(frozen=True, slots=True)
class ProposedRoles:
    """The columns of the source by when they are known, in its order.

    - `entity` has the columns by whose values the past is averaged; empty for the past of all rows together.
    - `row_numbers` are left out of both tables.
    - `reason` has the rule that decided on the columns without a certain role, as a part of a sentence.
    """

    known: tuple[str, ...]
    later: tuple[str, ...]
    entity: tuple[str, ...]
    row_numbers: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class NamedColumns:
    """The columns whose role is certain: those of the key and of the label, and those that a person named."""

    key: Sequence[str]
    label: Sequence[str]
    known: Collection[str] = field(default=())
    later: Collection[str] = field(default=())


def propose_roles(
    table: DatedRows, columns: Mapping[str, ProposedColumn], named: NamedColumns, missing: Collection[str]
) -> ProposedRoles:
    """Return the roles of all columns; `named.key` is without the date.

    The columns of the label are known later, and those of the key when a row is scored. Of the others:

    - Where the key names entities that come back (shops, stations), a column is known if it is constant per entity, or
      is the year, month or day of the date. All else may be measured during the day, so it counts as known later.
    - Where the key names single events (orders), columns left of the label are known, and those right of it later.
      Sources usually write columns in the order in which they become known. If the label is one of the first columns,
      all others count as known.
    """
    certain = {*named.key, *named.label, *named.known, *named.later}
    numbers = tuple(name for name in columns if name not in certain and _is_row_number(table, columns[name]))
    is_panel = recurs(table, named.key)
    label_place = min(table.index(name) for name in named.label)
    is_ordered = label_place >= len(table.columns) * _FIRST_COLUMNS

    def is_known(name: str) -> bool:
        if name in named.label or name in named.later:
            return False
        if name in named.key or name in named.known:
            return True
        if is_panel:
            constant = bool(named.key) and constant_per_entity(table, name, named.key, missing)
            return constant or _is_calendar(table, name)
        return not is_ordered or table.index(name) < label_place

    roles = {name: is_known(name) for name in columns if name not in numbers}
    known = tuple(name for name, is_early in roles.items() if is_early)
    return ProposedRoles(
        known=known,
        later=tuple(name for name, is_early in roles.items() if not is_early),
        entity=tuple(named.key) if is_panel else _category(table, columns, known),
        row_numbers=numbers,
        reason=_reason(is_panel=is_panel, is_ordered=is_ordered),
    )


def _reason(*, is_panel: bool, is_ordered: bool) -> str:
    if is_panel:
        return "the key comes back on many days, so all that changes per key counts as measured during the day"
    if is_ordered:
        return "each key is a single event, so columns left of the label count as known, and those right of it as later"
    return "each key is a single event, and the label is one of the first columns, so all others count as known"


def _is_row_number(table: DatedRows, column: ProposedColumn) -> bool:
    """Return whether the column numbers the rows of the source: whole numbers from first to last, each once."""
    if column.type not in ("int", "long") or column.nulls:
        return False
    numbers = sorted(int(text) for text in table.texts(column.name))
    return len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _is_calendar(table: DatedRows, name: str) -> bool:
    """Return whether the column is the year, the month or the day of each row's date."""
    place = table.index(name)
    texts = [(day, row[place]) for day, rows in table.days.items() for row in rows]
    return any(all(text in _spellings(day, part) for day, text in texts) for part in ("year", "month", "day"))


def _spellings(day: date, part: str) -> tuple[str, str]:
    number: int = getattr(day, part)
    return str(number), f"{number:02d}"


def _category(table: DatedRows, columns: Mapping[str, ProposedColumn], known: Sequence[str]) -> tuple[str, ...]:
    """The known text whose values come back and divide the rows most evenly; empty for none.

    The measure is the inverse of Simpson's index: the number of equally frequent values that would be as even.
    """
    even: dict[str, float] = {}
    for name in known:
        if columns[name].type == "string" and recurs(table, [name]):
            counts = Counter(table.texts(name))
            if 2 <= len(counts) <= MAX_ENTITY_VALUES:
                even[name] = counts.total() ** 2 / sum(count * count for count in counts.values())
    return (max(even, key=lambda name: even[name]),) if even else ()
