"""Profiles: small measurements of a partition that merge by addition."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from assay.core.profiles.exact_sums import Exact, exact, plus
from assay.core.profiles.histogram import Histogram

MAX_CATEGORIES = 1_000
"""How many categories the state of one partition names before the rest is counted as `other`."""

LONGEST, CUT, DIGEST = 200, "... #", 16
"""A category's name has up to LONGEST characters; that of a longer text is cut, and ends with CUT and so many digits
of the text's SHA-256: two different texts never have one name."""


def category_name(text: str) -> str:
    """The name of the category of a text.

    >>> category_name("EWR"), len(category_name("x" * 201)), category_name("x" * 201) == category_name("x" * 202)
    ('EWR', 221, False)
    """
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST] + CUT + hashlib.sha256(text.encode()).hexdigest()[:DIGEST]


@dataclass(frozen=True, slots=True)
class ColumnState:
    """What was seen of one column of one partition (or of many, merged).

    `rows` counts all rows; `nulls`, `nans`, `plus_inf` and `minus_inf` are parts of it. `low`, `high`, `total` and
    `squares` are the minimum, maximum, sum and sum of squares of the finite values below 1e150 in size; `huge` counts
    the finite values beyond it, so that no sum ever overflows. `histogram` is None for text, `categories` empty for
    numbers; each has its `category_name`. `other` counts the rows of the categories that `categories` does not name.
    The extremes of longs are ints, and exact.

    `total` and `squares` are exact: merging adds them without rounding. `squares` is None where it is not known.
    """

    kind: str  # "number" | "text" | "boolean" | "date" | "timestamp"
    rows: int = 0
    nulls: int = 0
    nans: int = 0
    plus_inf: int = 0
    minus_inf: int = 0
    huge: int = 0
    low: float | None = None
    high: float | None = None
    total: Exact = 0.0
    squares: Exact | None = 0.0
    histogram: Histogram | None = None
    categories: Mapping[str, int] = field(default_factory=dict)
    other: int = 0

    def merge(self, that: ColumnState) -> ColumnState:
        """The state of both partitions together; commutative and associative to the bit.

        All categories that either side names are kept: were the rarest dropped at each merge, the order of merging
        would decide which. So a merged state names at most MAX_CATEGORIES per partition, and
        `other` may hold more of them.
        """
        low = [x for x in (self.low, that.low) if x is not None]
        high = [x for x in (self.high, that.high) if x is not None]
        categories = dict(self.categories)
        for name, count in that.categories.items():
            categories[name] = categories.get(name, 0) + count
        if self.histogram is None or that.histogram is None:
            histogram = self.histogram or that.histogram
        else:
            histogram = self.histogram.merge(that.histogram)
        return ColumnState(
            kind=self.kind,
            rows=self.rows + that.rows,
            nulls=self.nulls + that.nulls,
            nans=self.nans + that.nans,
            plus_inf=self.plus_inf + that.plus_inf,
            minus_inf=self.minus_inf + that.minus_inf,
            huge=self.huge + that.huge,
            low=min(low, default=None),
            high=max(high, default=None),
            total=plus(self.total, that.total),
            squares=None if self.squares is None or that.squares is None else plus(self.squares, that.squares),
            histogram=histogram,
            categories=dict(sorted(categories.items())),
            other=self.other + that.other,
        )

    @property
    def values(self) -> int:
        """How many finite values the moments rest on."""
        return self.rows - self.nulls - self.nans - self.plus_inf - self.minus_inf - self.huge

    @property
    def mean(self) -> float | None:
        """The arithmetic mean of the finite values, None without any."""
        return float(self.total) / self.values if self.values else None

    @property
    def variance(self) -> float | None:
        """The sample variance (n - 1) of the finite values, None below two of them or where the sum of squares is not
        known; never negative. It is taken in fractions, so it does not cancel however far the values lie from zero."""
        n = self.values
        if n < 2 or self.squares is None:
            return None
        total, squares = exact(self.total), exact(self.squares)
        if not (isinstance(total, Fraction) and isinstance(squares, Fraction)):
            return None
        return max(0.0, float((squares - total * total / n) / (n - 1)))


@dataclass(frozen=True, slots=True)
class Counter:
    """How many rows a row-wise check looked at, and how many of those broke it."""

    evaluated: int
    failed: int

    def merge(self, that: Counter) -> Counter:
        """The counts of both partitions together."""
        return Counter(self.evaluated + that.evaluated, self.failed + that.failed)


@dataclass(frozen=True, slots=True)
class Holistic:
    """What only all rows of one partition together tell. It does not merge: the values that differ on two days are not
    the sum of those that differ on each, nor is their median the mean of both.

    Of `evaluated` rows `failed` repeat a value or are out of order; `distinct` values differ; `quantiles` are those
    that were asked for, in that order.
    """

    evaluated: int
    failed: int = 0
    distinct: int = 0
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TableProfile:
    """The measurement of a frame: its rows, a state per column, a counter per row-wise check.

    `counters` is keyed by `Check.id`, `selections` and `holistic` by the id of what was measured; what is absent was
    not measured, and no check of it can pass. `columns` keeps the frame's column order.
    """

    rows: int
    columns: Mapping[str, ColumnState]
    counters: Mapping[str, Counter] = field(default_factory=dict)
    selections: Mapping[str, ColumnState] = field(default_factory=dict)
    holistic: Mapping[str, Holistic] = field(default_factory=dict)

    def merge(self, that: TableProfile) -> TableProfile:
        """Both partitions together. A counter or selection that only one side has is left out, for half a measurement
        is none; and so is all that is holistic."""
        columns = {
            name: state.merge(that.columns[name]) if name in that.columns else state
            for name, state in self.columns.items()
        }
        columns.update({name: state for name, state in that.columns.items() if name not in columns})
        shared = self.counters.keys() & that.counters.keys()
        counters = {name: self.counters[name].merge(that.counters[name]) for name in sorted(shared)}
        both = self.selections.keys() & that.selections.keys()
        selections = {name: self.selections[name].merge(that.selections[name]) for name in sorted(both)}
        return TableProfile(self.rows + that.rows, columns, counters, selections)


def merge_profiles(profiles: Iterable[TableProfile]) -> TableProfile | None:
    """All partitions together, None for none; in pairs, so that no large state is copied once per partition."""
    merged = list(profiles)
    while len(merged) > 1:
        pairs = [one.merge(two) for one, two in zip(merged[::2], merged[1::2], strict=False)]
        merged = pairs + merged[2 * len(pairs) :]
    return merged[0] if merged else None
