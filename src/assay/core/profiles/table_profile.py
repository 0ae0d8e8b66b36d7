"""The Profiles: small measurements of a partition that merge by addition."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from assay.core.profiles.exact_sums import Exact, exact, plus
from assay.core.profiles.histogram import Histogram

MAX_CATEGORIES = 1_000
"""The number of categories that the state of one partition names; the rest is counted as `other`."""

LONGEST, CUT, DIGEST = 200, "... #", 16
"""A category's name has up to LONGEST characters of the text. A longer text is cut after them; its name then ends with
CUT and DIGEST digits of the text's SHA-256, so that two different texts never have the same name."""


def category_name(text: str) -> str:
    """Return the name of the category of a text.

    >>> category_name("EWR"), len(category_name("x" * 201)), category_name("x" * 201) == category_name("x" * 202)
    ('EWR', 221, False)
    """
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST] + CUT + hashlib.sha256(text.encode()).hexdigest()[:DIGEST]


@dataclass(frozen=True, slots=True)
class ColumnState:
    """The measurement of one column of one partition, or of many merged ones.

    - `rows` counts all rows; `nulls`, `nans`, `plus_inf` and `minus_inf` are parts of it.
    - `low`, `high`, `total` and `squares` are the minimum, maximum, sum and sum of squares of the finite values below
      1e150 in size. Finite values beyond that are counted in `huge`, so that no sum ever overflows.
    - `low` and `high` of longs are ints, and exact.
    - `total` and `squares` are exact: a merge adds them without rounding. An unknown `squares` is None.
    - `histogram` is None for text.
    - `categories` counts rows by `category_name`; it is empty for numbers. Rows of other categories are in `other`.
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
        """Return the state of both partitions together; commutative and associative to the bit.

        All categories that either side names are kept: if each merge dropped the rarest, the order of merges would
        decide which. So a merged state names at most MAX_CATEGORIES per partition. More rows of a named category may be
        in `other`.
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
        """The number of finite values in the moments."""
        return self.rows - self.nulls - self.nans - self.plus_inf - self.minus_inf - self.huge

    @property
    def mean(self) -> float | None:
        """The arithmetic mean of the finite values, None without such values."""
        return float(self.total) / self.values if self.values else None

    @property
    def variance(self) -> float | None:
        """The sample variance (n - 1) of the finite values, never negative.

        It is None below two values, or where the sum of squares is not known. It is computed with fractions, so no
        digits cancel, at any distance of the values from zero.
        """
        n = self.values
        if n < 2 or self.squares is None:
            return None
        total, squares = exact(self.total), exact(self.squares)
        if not (isinstance(total, Fraction) and isinstance(squares, Fraction)):
            return None
        return max(0.0, float((squares - total * total / n) / (n - 1)))


@dataclass(frozen=True, slots=True)
class Counter:
    """The number of rows that a row-wise check looked at, and the number of those that broke it."""

    evaluated: int
    failed: int

    def merge(self, that: Counter) -> Counter:
        """Return the counts of both partitions together."""
        return Counter(self.evaluated + that.evaluated, self.failed + that.failed)


@dataclass(frozen=True, slots=True)
class Holistic:
    """A measurement that needs all rows of one partition together, and does not merge.

    The number of distinct values of two days is not the sum of both numbers, and their median is not the mean of both
    medians.

    Of `evaluated` rows, `failed` repeat a value or are out of order. The number of distinct values is `distinct`. The
    `quantiles` are in the order of the request.
    """

    evaluated: int
    failed: int = 0
    distinct: int = 0
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TableProfile:
    """The measurement of a frame: its rows, a state per column, and a counter per row-wise check.

    The keys of `counters` are the ids of checks. The keys of `selections` and `holistic` are the ids of measurements. A
    missing one was not measured, and no check of it can pass. The order of `columns` is that of the frame.
    """

    rows: int
    columns: Mapping[str, ColumnState]
    counters: Mapping[str, Counter] = field(default_factory=dict)
    selections: Mapping[str, ColumnState] = field(default_factory=dict)
    holistic: Mapping[str, Holistic] = field(default_factory=dict)

    def merge(self, that: TableProfile) -> TableProfile:
        """Return the measurement of both partitions together.

        A counter or selection that only one side has is left out, since half a measurement is none. All holistic
        measurements are left out.
        """
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


@dataclass(frozen=True, slots=True)
class DailyProfiles:
    """The measurements of some days, which are stored together."""

    days: Mapping[date, TableProfile]


def merge_profiles(profiles: Iterable[TableProfile]) -> TableProfile | None:
    """Merge all partitions, in pairs so that no large state is copied once per partition; None without partitions."""
    merged = list(profiles)
    while len(merged) > 1:
        pairs = [one.merge(two) for one, two in zip(merged[::2], merged[1::2], strict=False)]
        merged = pairs + merged[2 * len(pairs) :]
    return merged[0] if merged else None
