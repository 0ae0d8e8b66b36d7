"""Charts as inline SVG: no script, no font, no file beside the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

COLOURS = ("#2563eb", "#d97706", "#059669", "#7c3aed", "#dc2626", "#0891b2")
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 860, 240, 52, 26, 12, 12


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a day, with the title that a browser shows at the pointer; `few` marks a value from few rows."""

    day: date
    value: float
    title: str = ""
    few: bool = False


Lines = Mapping[str, Sequence[Sequence[Point]]]
"""The pieces of the line of each name: the points of one piece are joined, two pieces are not."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The scales of the axes: they turn a day and a value into pixels of the page."""

    first: date
    last: date
    low: float
    high: float

    def x(self, day: date) -> float:
        """Return the horizontal place of a day, in pixels."""
        span = max(1, (self.last - self.first).days)
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - self.first).days / span

    def y(self, value: float) -> float:
        """Return the vertical place of a value, in pixels from the top."""
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def line_chart(
    lines: Lines,
    *,
    title: str = "",
    marks: Mapping[date, str] | None = None,
    levels: Mapping[str, float] | None = None,
    span: tuple[date, date] | None = None,
) -> str:
    """Return the SVG of a line per name over days, in pieces where it has gaps; an empty text without a point.

    Each of `marks` is a vertical line with a title, each of `levels` a horizontal line by its CSS class. The axis ends
    at the days of `span`, which charts below one another share; without it, the points decide.

    >>> line_chart({})
    ''
    """
    points = [point for pieces in lines.values() for piece in pieces for point in piece]
    if not points:
        return ""
    values, days = [point.value for point in points] + list((levels or {}).values()), [point.day for point in points]
    pad = max(0.005, (max(values) - min(values)) * 0.08)
    first, last = span or (min(days), max(days))
    scale = Scale(min(first, *days), max(last, *days), min(values) - pad, max(values) + pad)
    parts = [*_grid(scale), *_marks(scale, marks or {})]
    for name, value in (levels or {}).items():
        y = scale.y(value)
        parts.append(f'<line class="{name}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    for number, (name, pieces) in enumerate(lines.items()):
        for piece in pieces:
            parts += _piece(scale, name, piece, COLOURS[number % len(COLOURS)])
    legend = "".join(
        f'<span><i style="background:{COLOURS[n % len(COLOURS)]}"></i>{escape(name)}</span>'
        for n, name in enumerate(lines)
    )
    labelled = f'role="img" aria-label="{escape(title)}"'
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" {labelled}>{"".join(parts)}</svg><div class="legend">{legend}</div>'


def _grid(scale: Scale) -> list[str]:
    parts = []
    for step in range(5):
        value = scale.low + (scale.high - scale.low) * step / 4
        y = scale.y(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3f}</text>')
    day = date(scale.first.year, scale.first.month, 1)
    while day <= scale.last:
        if day >= scale.first:
            parts.append(f'<text x="{scale.x(day):.1f}" y="{HEIGHT - 8}">{day:%b %Y}</text>')
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return parts


def _marks(scale: Scale, marks: Mapping[date, str]) -> list[str]:
    parts = []
    for day, text in marks.items():
        if scale.first <= day <= scale.last:
            x = scale.x(day)
            title = f"<title>{escape(text)}</title>"
            parts.append(
                f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}">{title}</line>'
            )
    return parts


def _piece(scale: Scale, name: str, piece: Sequence[Point], colour: str) -> list[str]:
    """Return the SVG of one piece of a line, with its points joined; a point from few rows is hollow."""
    places = [(scale.x(point.day), scale.y(point.value), point) for point in piece]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{"#fff" if point.few else colour}" stroke="{colour}">'
        f"<title>{escape(point.title or f'{name} {point.day}: {point.value:.3f}')}</title></circle>"
        for x, y, point in places
    ]
    line = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>'
    return [line, *dots] if len(places) > 1 else dots
