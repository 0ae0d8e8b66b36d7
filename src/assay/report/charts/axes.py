"""The axes of charts: they turn days and values into pixels, and draw their own ticks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import escape

WIDTH = 860
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 26
MONTHS_APART = (1, 2, 3, 6, 12)
MOST_MONTHS = 13
"""The largest number of month names that fit below a chart."""

MONTH_WIDTH = 56
"""The pixels of a month's name: one that begins nearer to the right end would be cut off."""

LEAST_SPAN = 1e-9
"""The least span of an axis as a share of its values: below it values differ by their rounding alone."""


@dataclass(frozen=True, slots=True)
class DayAxis:
    """The horizontal axis, from the first to the last day."""

    first: date
    last: date

    def x(self, day: date, part: float = 0.5) -> float:
        """Return the horizontal place of a `part` of a day, 0 for its begin and 1 for its end, in pixels."""
        span = (self.last - self.first).days + 1
        return LEFT + (WIDTH - LEFT - RIGHT) * ((day - self.first).days + part) / span

    def ticks(self, height: int) -> Iterator[str]:
        """Yield the SVG of the month names below a chart of a height; without the begin of a month, the first day."""
        months = [month for month in _months(self.first, self.last) if self.x(month, 0.0) <= WIDTH - MONTH_WIDTH]
        if not months:
            yield f'<text x="{self.x(self.first, 0.0):.1f}" y="{height - 8}">{self.first}</text>'
            return
        apart = next((n for n in MONTHS_APART if len(months) / n <= MOST_MONTHS), 12)
        for month in months[::apart]:
            yield f'<text x="{self.x(month, 0.0):.1f}" y="{height - 8}">{month:%b %Y}</text>'


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """The vertical axis, from `low` at the bottom of a chart of a height to `high`."""

    low: float
    high: float
    height: int

    def y(self, value: float) -> float:
        """Return the vertical place of a value, in pixels from the top."""
        return TOP + (self.height - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)

    def ticks(self) -> Iterator[str]:
        """Yield the SVG of the grid, with a number at each line."""
        step = tick_step(self.high - self.low)
        digits = max(0, -math.floor(math.log10(step)))
        for number in range(math.ceil(self.low / step), math.floor(self.high / step + 1e-9) + 1):
            value = number * step
            y = self.y(value)
            yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value + 0.0:,.{digits}f}</text>'


def value_axis(values: list[float], height: int) -> ValueAxis:
    """Return the axis that holds the values, with some space above and below them."""
    low, high = min(values), max(values)
    size = max(abs(low), abs(high))
    pad = 0.06 * (high - low) if high - low > LEAST_SPAN * size else 0.05 * size or 0.5
    return ValueAxis(low - pad, high + pad, height)


def tick_step(span: float) -> float:
    """Return the distance of about five ticks over a span: 1, 2 or 5 times a power of ten.

    >>> tick_step(0.12), tick_step(40.0)
    (0.05, 10.0)
    """
    rough = span / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough))


def svg(height: int, title: str, parts: list[str], *, width: int = WIDTH, css: str = "") -> str:
    """Return the parts as a picture of its own for a reader of the screen: one image with a title."""
    kind = f' class="{css}"' if css else ""
    label = f'role="img" aria-label="{escape(title)}"'
    return f'<svg{kind} viewBox="0 0 {width} {height}" {label}>{"".join(parts)}</svg>'


def _months(first: date, last: date) -> Iterator[date]:
    day = date(first.year, first.month, 1)
    if day < first:
        day = _next_month(day)
    while day <= last:
        yield day
        day = _next_month(day)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
