"""The grouped rows of a measurement, brought to the driver and made into Profiles."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.profiles.histogram import MAX_BIN, Histogram
from assay.core.profiles.table_profile import ColumnState, Counter, TableProfile

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame

NULL_BIN, NAN_BIN, PLUS_INF_BIN, MINUS_INF_BIN, HUGE_BIN, TEXT_BIN = range(MAX_BIN + 1, MAX_BIN + 7)
"""Values that have no bin in a grid have numbers above the overflow, which is LIMIT; the underflow is -LIMIT - 1."""

OUTCOMES = 3
"""The number of outcomes that a row has for a check: 0 not looked at, 1 good, 2 bad."""

CHECKS_PER_BIN = 7
"""The number of checks counted together: a row's outcomes are digits of one bin, and 3^7 bins fit below LIMIT."""

_WHOLE = ("least", "most")
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Slot:
    """One measured thing: the row count ("rows"), a column (its kind), or a pack of `checks` by their ids ("checks").

    - A `bin_exponent` of None means no histogram.
    - `selected` marks the state of a column over the rows of a row condition. The rows that the condition leaves out
      count as nulls.
    - `whole` marks longs, whose extremes are kept as longs: a double does not hold every long from 2^53 on.
    """

    name: str
    kind: str
    bin_exponent: int | None
    checks: tuple[str, ...] = ()
    selected: bool = False
    whole: bool = False

    def empty(self) -> ColumnState:
        """The state of a column without rows."""
        return ColumnState(self.kind, histogram=None if self.bin_exponent is None else Histogram(self.bin_exponent))

    def counters(self, bins: NDArray[np.int64], counts: NDArray[np.int64]) -> dict[str, Counter]:
        """The counter of each check of a pack, from how many rows have each combination of outcomes."""
        counters: dict[str, Counter] = {}
        for place, check in enumerate(self.checks):
            outcomes = bins // OUTCOMES**place % OUTCOMES
            good, bad = (int(counts[outcomes == outcome].sum()) for outcome in (1, 2))
            counters[check] = Counter(good + bad, bad)
        return counters


@dataclass(frozen=True, slots=True)
class _Group:
    """The grouped rows of one day and slot: per bin the sum and the variance of what lies beyond its edge."""

    bins: NDArray[np.int64]
    counts: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    beyond: NDArray[np.float64]
    spread: NDArray[np.float64]
    texts: Any = field(repr=False)
    least: Any = field(default=None, repr=False)
    most: Any = field(default=None, repr=False)

    def count(self, code: int) -> int:
        """Return the number of rows in the bin `code`."""
        return int(self.counts[self.bins == code].sum())


Measured = dict[date, tuple[TableProfile, dict[str, int]]]
"""Of each day the Profile of its good rows, and how many others there are of each reason."""


def collect(grouped: DataFrame, slots: Sequence[Slot]) -> Measured:
    """The Profile of each day from rows of (day, slot, bin, text, count, low, high, beyond, spread), in any order.

    The first slot counts rows: its texts are the reasons of the rows of which nothing else was measured. Whole arrays
    are sorted and cut, so that a year of twenty columns takes a second and not a minute.
    """
    groups: dict[int, dict[int, _Group]] = {}
    for day, slot, group in _groups(grouped):
        groups.setdefault(day, {})[slot] = group
    return {date.fromordinal(day + _EPOCH): _measured(groups[day], slots) for day in sorted(groups)}


def _groups(grouped: DataFrame) -> Iterator[tuple[int, int, _Group]]:
    import pyarrow as pa

    table = grouped.toArrow()
    days = table["day"].cast(pa.int32()).to_numpy()
    slots, bins = (table[name].to_numpy() for name in ("slot", "bin"))
    order = np.lexsort((bins, slots, days))
    days, slots = days[order], slots[order]
    counts = table["count"].to_numpy()[order]
    floats = [_floats(table[name])[order] for name in ("low", "high", "beyond", "spread")]
    texts = table["text"].combine_chunks().take(pa.array(order))
    wholes = {name: table[name].combine_chunks().take(pa.array(order)) for name in _WHOLE if name in table.schema.names}
    edges = np.flatnonzero((np.diff(days) != 0) | (np.diff(slots) != 0)) + 1
    bounds = [0, *edges.tolist(), len(order)] if len(order) else []
    bins = bins[order]
    for start, stop in pairwise(bounds):
        cut = slice(start, stop)
        low, high, beyond, spread = (values[cut] for values in floats)
        group = _Group(bins[cut], counts[cut], low, high, beyond, spread, texts[start:stop])
        extremes = {name: values[start:stop] for name, values in wholes.items()}
        yield int(days[start]), int(slots[start]), replace(group, **extremes)


def _floats(column: Any) -> NDArray[np.float64]:
    # Groups of nulls and of texts have no moments, and nothing reads theirs.
    return np.asarray(column.fill_null(0.0).to_numpy(), dtype=np.float64)


def _measured(groups: dict[int, _Group], slots: Sequence[Slot]) -> tuple[TableProfile, dict[str, int]]:
    reasons = _named(groups[0])
    rows = int(groups[0].counts.sum()) - sum(reasons.values())
    return _profile(groups, slots, rows) if rows else empty_profile(slots), reasons


def empty_profile(slots: Sequence[Slot]) -> TableProfile:
    """The Profile of no rows: every column and check is there, and nothing was counted."""
    states = [slot for slot in slots if slot.kind not in ("rows", "checks")]
    return TableProfile(
        0,
        {slot.name: slot.empty() for slot in states if not slot.selected},
        {check: Counter(0, 0) for slot in slots for check in slot.checks},
        {slot.name: slot.empty() for slot in states if slot.selected},
    )


def _named(group: _Group) -> dict[str, int]:
    """Return the number of rows of each text."""
    named = group.bins == TEXT_BIN
    names = group.texts.filter(named).to_pylist()
    return dict(sorted(zip(names, group.counts[named].tolist(), strict=True)))


def _profile(groups: dict[int, _Group], slots: Sequence[Slot], rows: int) -> TableProfile:
    columns: dict[str, ColumnState] = {}
    selections: dict[str, ColumnState] = {}
    counters: dict[str, Counter] = {}
    for index, slot in enumerate(slots):
        if slot.kind == "checks":
            counters |= slot.counters(groups[index].bins, groups[index].counts)
        elif slot.kind != "rows":
            state_of = _categories if slot.kind in ("text", "boolean") else _numbers
            state = state_of(groups[index], slot, rows)
            (selections if slot.selected else columns)[slot.name] = _whole(state, groups[index], slot)
    return TableProfile(rows, columns, counters, selections)


def _categories(group: _Group, slot: Slot, rows: int) -> ColumnState:
    categories = _named(group)
    nulls = group.count(NULL_BIN)
    # Spark kept the most frequent names alone: what is missing from the rows are the others.
    other = rows - nulls - sum(categories.values())
    return ColumnState(slot.kind, rows=rows, nulls=nulls, categories=categories, other=other)


def _numbers(group: _Group, slot: Slot, rows: int) -> ColumnState:
    usual = group.bins <= MAX_BIN
    some = bool(usual.any())
    total, squares = _moments(group, usual, slot.bin_exponent) if some else (Fraction(0), Fraction(0))
    return ColumnState(
        kind=slot.kind,
        rows=rows,
        nulls=group.count(NULL_BIN),
        nans=group.count(NAN_BIN),
        plus_inf=group.count(PLUS_INF_BIN),
        minus_inf=group.count(MINUS_INF_BIN),
        huge=group.count(HUGE_BIN),
        # Adding 0.0 turns -0.0 into 0.0: two spellings of one number must not make two Profiles.
        low=float(group.low[usual].min()) + 0.0 if some else None,
        high=float(group.high[usual].max()) + 0.0 if some else None,
        total=total,
        squares=squares,
        histogram=None if slot.bin_exponent is None else _histogram(group, slot.bin_exponent),
    )


def _whole(state: ColumnState, group: _Group, slot: Slot) -> ColumnState:
    """The state with the extremes of longs as they are, and not as the doubles that the rest was measured on."""
    import pyarrow.compute as pc

    if not slot.whole or state.low is None:
        return state
    return replace(state, low=pc.min(group.least).as_py(), high=pc.max(group.most).as_py())


def _moments(group: _Group, usual: NDArray[np.bool_], bin_exponent: int | None) -> tuple[Fraction, Fraction | None]:
    """The sum and the sum of squares of a day's usual values.

    The moments of the day's bins are combined about a common centre (Chan, Golub and LeVeque 1983). From there they are
    moved to zero in fractions, so that nothing cancels.
    """
    rows, beyond = group.counts[usual], group.beyond[usual]
    n, steps = int(rows.sum()), group.bins[usual] + (group.bins[usual] < 0)
    width = 0.0 if bin_exponent is None else math.ldexp(1.0, bin_exponent)
    pivot = int(steps[rows.argmax()])
    place = (steps - pivot) * width + beyond / rows
    offset = float(rows @ place) / n
    inner = float(rows @ group.spread[usual] + rows @ (place - offset) ** 2)
    centre = pivot * Fraction(width) + Fraction(offset)
    total = int(rows @ steps) * Fraction(width) + Fraction(math.fsum(beyond))
    squares = Fraction(inner) + centre * (2 * total - n * centre) if math.isfinite(inner) else None
    return total, squares


def _histogram(group: _Group, bin_exponent: int) -> Histogram:
    inside = (group.bins >= -MAX_BIN) & (group.bins < MAX_BIN)
    bins = dict(zip(group.bins[inside].tolist(), group.counts[inside].tolist(), strict=True))
    return Histogram(bin_exponent, bins, group.count(-MAX_BIN - 1), group.count(MAX_BIN))
