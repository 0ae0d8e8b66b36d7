"""The distances between two column states: common bins, PSI, Jensen-Shannon, Wasserstein and KS."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.core.profiles.histogram import MAX_BIN, Histogram
from assay.core.profiles.table_profile import ColumnState

REFERENCE_BINS = 10
"""The approximate number of bins for numbers, each with an equal share of the reference."""

MAX_CATEGORIES = 20
"""The largest number of values or categories that have a bin of their own."""

MIN_BIN_SHARE = 1 / (4 * REFERENCE_BINS)
"""A bin with a smaller share of the reference joins others: the null PSI is chi-squared for full bins only."""

NEGLIGIBLE_SHARE = 0.01
"""A bin with a smaller share on both sides is joined with the largest bin."""

Row = tuple[str, int, int]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Binned:
    """The rows of the reference and of the current data in each bin, with the labels of the bins."""

    MISSING: ClassVar[tuple[str, ...]] = ("null", "NaN", "+infinity", "-infinity", "beyond 1e150")

    labels: tuple[str, ...]
    reference: tuple[int, ...]
    current: tuple[int, ...]


def bin_together(reference: ColumnState, current: ColumnState) -> Binned:
    """Return the rows of both states in common bins, which the reference determines.

    - Numbers have quantile bins, as unions of whole fine bins at the coarser grid of the two. Values below and above
      all values of the reference have one bin each.
    - Numbers with at most 20 different fine bins have one bin for each of these values, and one for unseen values.
    - Texts have bins for the 20 most frequent ones of the reference, for other ones, and for unseen ones.
    - Nulls, NaN and infinities have bins of their own.

    A bin that is rare on both sides (below 1 %, or below 5 rows) joins the largest bin. Otherwise one odd row, against
    a large reference without such a row, would outweigh all other bins.
    """
    if reference.histogram is not None or current.histogram is not None:
        one, two = aligned(reference.histogram, current.histogram)
        rows = (
            _values(one, two)
            if len(one.bins) <= MAX_CATEGORIES and not one.under and not one.over
            else _quantiles(one, two)
        )
    else:
        rows = _categories(reference, current)
    for label, a, b in zip(Binned.MISSING, _missing(reference), _missing(current), strict=True):
        rows.append((label, a, b))
    held = _join_rare(rows, reference.rows, current.rows)
    return Binned(tuple(r[0] for r in held), tuple(r[1] for r in held), tuple(r[2] for r in held))


def psi(binned: Binned) -> list[float]:
    """Return the part of each bin in the population stability index, (p - q) ln(p / q); their sum is the index.

    Half a row is added to every bin on both sides, as by Jeffreys' prior. So a bin that is empty on one side gives a
    large finite number, and a smaller one where there are few rows.
    """
    p, q = (_shares(np.asarray(side, dtype=np.float64) + 0.5) for side in (binned.reference, binned.current))
    return [float(x) for x in (p - q) * np.log(p / q)]


def jensen_shannon(binned: Binned) -> float:
    """Return the Jensen-Shannon distance (base 2) over the bins: 0 for equal shares, 1 without a common bin."""
    p, q = (_shares(np.asarray(side, dtype=np.float64)) for side in (binned.reference, binned.current))
    middle = (p + q) / 2
    divergence = 0.0
    for side in (p, q):
        held = side > 0
        divergence += float(side[held] @ np.log2(side[held] / middle[held])) / 2
    return math.sqrt(min(1.0, max(0.0, divergence)))


def wasserstein(reference: ColumnState, current: ColumnState) -> float | None:
    """Return the Wasserstein distance of the finite values, in the column's units; None without values on both sides.

    It is the mean distance by which the values have to be moved. It is computed from binned CDFs, so it is exact within
    one bin width (2^bin_exponent). Values beyond the grid count as values at its edge.
    """
    curves = _curves(reference, current)
    if curves is None:
        return None
    index, one, two, bin_exponent = curves
    return float(np.abs(one - two)[:-1] @ np.ldexp(np.diff(index).astype(np.float64), bin_exponent))


def ks(reference: ColumnState, current: ColumnState) -> float | None:
    """Return the largest gap between the two CDFs of finite values at the edges of bins; None without values.

    It is at most the gap of the values without bins. Both sides need values.
    """
    curves = _curves(reference, current)
    return None if curves is None else float(np.abs(curves[1] - curves[2]).max())


def aligned(one: Histogram | None, two: Histogram | None) -> tuple[Histogram, Histogram]:
    """Return both histograms at the coarser grid, clipped to the range of the finer one; a missing one is empty.

    Without the clipping, a value beyond the finer grid would be overflow on one side and a bin on the other.
    """
    if one is None or two is None:
        bin_exponent = one.bin_exponent if one is not None else two.bin_exponent if two is not None else 0
        return one or Histogram(bin_exponent), two or Histogram(bin_exponent)
    bin_exponent, finest = max(one.bin_exponent, two.bin_exponent), min(one.bin_exponent, two.bin_exponent)
    if bin_exponent == finest:
        return one, two
    limit = MAX_BIN >> (bin_exponent - finest)
    return _clip(one.coarsen(bin_exponent), limit), _clip(two.coarsen(bin_exponent), limit)


def _clip(histogram: Histogram, limit: int) -> Histogram:
    """Return the histogram with all values outside [-limit, limit) in the next bin, which keeps distances small."""
    bins = {i: n for i, n in histogram.bins.items() if -limit <= i < limit}
    under = histogram.under + sum(n for i, n in histogram.bins.items() if i < -limit)
    over = histogram.over + sum(n for i, n in histogram.bins.items() if i >= limit)
    bins |= {i: n for i, n in ((-limit - 1, under), (limit, over)) if n}
    return Histogram(histogram.bin_exponent, bins)


def _arrays(histogram: Histogram) -> tuple[Ints, Ints]:
    """Return the fine bins in order and their counts; underflow and overflow are the bins beyond the ends."""
    items = sorted(histogram.bins.items())
    if histogram.under:
        items.insert(0, (-MAX_BIN - 1, histogram.under))
    if histogram.over:
        items.append((MAX_BIN, histogram.over))
    pairs = np.array(items, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _quantiles(reference: Histogram, current: Histogram) -> list[Row]:
    index, counts = _arrays(reference)
    share = np.cumsum(counts) - counts / 2
    part = np.floor(REFERENCE_BINS * share / counts.sum()).astype(np.int64)
    last = np.append(np.flatnonzero(np.diff(part)), len(part) - 1)
    held = [int(n) for n in np.diff(np.append(0, np.cumsum(counts)[last]))]
    ends = _join_small(held, [int(i) for i in index[last]], MIN_BIN_SHARE * float(counts.sum()))
    rows = [int(n) for n in np.diff(np.append(0, np.cumsum(counts)[np.searchsorted(index, ends, "right") - 1]))]
    current_index, current_counts = _arrays(current)
    below, above = current_index < index[0], current_index > index[-1]
    inside = ~below & ~above
    place = np.searchsorted(ends, current_index[inside], "left")
    now = np.bincount(place, current_counts[inside], minlength=len(ends))
    starts = [int(index[0]), *(end + 1 for end in ends[:-1])]
    labels = [_label(reference, start, end + 1) for start, end in zip(starts, ends, strict=True)]
    low, high = _edge(reference, int(index[0])), _edge(reference, int(index[-1]) + 1)
    return [
        (f"values below {low}", 0, int(current_counts[below].sum())),
        *((label, a, int(b)) for label, a, b in zip(labels, rows, now, strict=True)),
        (f"values from {high}", 0, int(current_counts[above].sum())),
    ]


def _join_small(rows: list[int], ends: list[int], smallest: float) -> list[int]:
    """Join each part below `smallest` rows with its smaller neighbour, and return the last fine bin of each part."""
    while len(rows) > 1 and min(rows) < smallest:
        i = rows.index(min(rows))
        left = i > 0 and (i == len(rows) - 1 or rows[i - 1] <= rows[i + 1])
        first = i - 1 if left else i
        rows[first : first + 2] = [rows[first] + rows[first + 1]]
        del ends[first]
    return ends


def _values(reference: Histogram, current: Histogram) -> list[Row]:
    smallest = MIN_BIN_SHARE * reference.total
    named = [i for i, n in reference.bins.items() if n >= smallest]
    rare = [i for i, n in reference.bins.items() if n < smallest]
    rows = [(_label(reference, i, i + 1), reference.bins[i], current.bins.get(i, 0)) for i in sorted(named)]
    rows.append(("rare values", sum(reference.bins[i] for i in rare), sum(current.bins.get(i, 0) for i in rare)))
    seen = sum(current.bins.get(i, 0) for i in reference.bins)
    return [*rows, ("unseen values", 0, current.total - seen)]


def _categories(reference: ColumnState, current: ColumnState) -> list[Row]:
    total = sum(reference.categories.values()) + reference.other
    ranked = sorted(reference.categories.items(), key=lambda item: (-item[1], item[0]))
    named = [name for name, count in ranked[:MAX_CATEGORIES] if count >= MIN_BIN_SHARE * total]
    rows = [(f"'{name}'", reference.categories[name], current.categories.get(name, 0)) for name in named]
    rest = [name for name, _ in ranked if name not in named]
    unseen = sum(count for name, count in current.categories.items() if name not in reference.categories)
    others = sum(current.categories.get(name, 0) for name in rest) + current.other
    if reference.other:  # what the reference does not name may still have been there
        others, unseen = others + unseen, 0
    rows.append(("other categories", sum(reference.categories[name] for name in rest) + reference.other, others))
    return [*rows, ("unseen categories", 0, unseen)]


def _join_rare(rows: list[Row], reference_rows: int, current_rows: int) -> list[Row]:
    limits = max(5.0, NEGLIGIBLE_SHARE * reference_rows), max(5.0, NEGLIGIBLE_SHARE * current_rows)
    common = [row for row in rows if row[1] >= limits[0] or row[2] >= limits[1]]
    rare = [row for row in rows if row[1] < limits[0] and row[2] < limits[1]]
    if not common:
        return [("everything", sum(row[1] for row in rare), sum(row[2] for row in rare))]
    largest = max(range(len(common)), key=lambda i: common[i][1] + common[i][2])
    label, one, two = common[largest]
    common[largest] = (label, one + sum(row[1] for row in rare), two + sum(row[2] for row in rare))
    return common


def _missing(state: ColumnState) -> tuple[int, ...]:
    return state.nulls, state.nans, state.plus_inf, state.minus_inf, state.huge


def _curves(reference: ColumnState, current: ColumnState) -> tuple[Ints, Floats, Floats, int] | None:
    if reference.histogram is None or current.histogram is None:
        return None
    one, two = aligned(reference.histogram, current.histogram)
    if one.total == 0 or two.total == 0:
        return None
    sides = [_arrays(one), _arrays(two)]
    index = np.union1d(sides[0][0], sides[1][0])
    curves = []
    for at, counts in sides:
        spread = np.zeros(len(index), dtype=np.int64)
        spread[np.searchsorted(index, at)] = counts
        curves.append(np.cumsum(spread) / counts.sum())
    return index, curves[0], curves[1], one.bin_exponent


def _shares(rows: Floats) -> Floats:
    total = float(rows.sum())
    return rows / total if total > 0 else rows


def _label(histogram: Histogram, start: int, end: int) -> str:
    return f"values in [{_edge(histogram, start)}, {_edge(histogram, end)})"


def _edge(histogram: Histogram, index: int) -> str:
    if index < -MAX_BIN:
        return "-infinity"
    return "+infinity" if index > MAX_BIN else f"{histogram.lower_edge(index):.6g}"
