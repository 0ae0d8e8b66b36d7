"""The smallest set of columns that is unique on every day, and the part of it that names an entity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import combinations

from assay.core.proposals.dated_rows import DatedRows

MAX_COLUMNS = 4
"""The most columns of a proposed key, beside the date."""

_TRIED = 12
"""The columns that are combined: the first of the source, where keys usually are."""


def propose_key(table: DatedRows, candidates: Sequence[str]) -> tuple[str, ...] | None:
    """Return the smallest set of `candidates` that is unique on every day; of equal ones the leftmost; None for none.

    It is empty where every day has one row. Sets of the first columns are tried, and then each other column alone.
    """
    tried = list(candidates)[:_TRIED]
    for size in range(MAX_COLUMNS + 1):
        for columns in combinations(tried, size):
            if is_unique(table, columns):
                return columns
    return next(((name,) for name in candidates[_TRIED:] if is_unique(table, (name,))), None)


def is_unique(table: DatedRows, columns: Sequence[str]) -> bool:
    """Return whether no two rows of a day have the same values in `columns`."""
    places = [table.index(name) for name in columns]
    for rows in table.days.values():
        if len({tuple(row[place] for place in places) for row in rows}) < len(rows):
            return False
    return True


def recurs(table: DatedRows, columns: Sequence[str]) -> bool:
    """Return whether the values of `columns` name entities that come back, and not single events.

    True where a value is there on at least a tenth of the days, on average over the rows.
    """
    places = [table.index(name) for name in columns]
    days: Counter[tuple[str, ...]] = Counter()
    for rows in table.days.values():
        days.update({tuple(row[place] for place in places) for row in rows})
    total = sum(days.values())
    return total > 0 and sum(count * count for count in days.values()) / total >= len(table.dates) / 10


def constant_per_entity(table: DatedRows, column: str, entity: Sequence[str], missing: Collection[str]) -> bool:
    """Return whether `column` has one value for each entity on all days, missing values apart."""
    places, place = [table.index(name) for name in entity], table.index(column)
    seen: dict[tuple[str, ...], str] = {}
    for rows in table.days.values():
        for row in rows:
            text = row[place]
            if text not in missing and seen.setdefault(tuple(row[one] for one in places), text) != text:
                return False
    return True
