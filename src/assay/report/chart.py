"""Charts as inline SVG: no script, no font, no file beside the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

COLOURS = ("#2563eb", "#d97706", "#059669", "#7c3aed", "#dc2626", "#0891b2")
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 860, 240, 46, 26, 12, 12


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a day and a value lie on the page, in pixels."""

    first: date
    last: date
    low: float
    high: float

    def x(self, day: date) -> float:
        """The horizontal place of a day."""
        span = max(1, (self.last - self.first).days)
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - self.first).days / span

    def y(self, value: float) -> float:
        """The vertical place of a value."""
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def line_chart(
    series: Mapping[str, Sequence[tuple[date, float]]],
    *,
    marks: Mapping[date, str] | None = None,
    floor: float | None = None,
) -> str:
    """A line per series over days, with vertical marks and a dashed floor; an empty text without a point.

    >>> line_chart({})
    ''
    """
    points = [point for line in series.values() for point in line]
    if not points:
        return ""
    values = [value for _, value in points] + ([floor] if floor is not None else [])
    pad = max(0.005, (max(values) - min(values)) * 0.08)
    days = [day for day, _ in points]
    scale = Scale(min(days), max(days), min(values) - pad, max(values) + pad)
    parts = [*_grid(scale), *_marks(scale, marks or {})]
    if floor is not None:
        y = scale.y(floor)
        parts.append(f'<line class="floor" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    for number, (name, line) in enumerate(series.items()):
        parts += _line(scale, name, line, COLOURS[number % len(COLOURS)])
    body = "".join(parts)
    legend = "".join(
        f'<span><i style="background:{COLOURS[n % len(COLOURS)]}"></i>{escape(name)}</span>'
        for n, name in enumerate(series)
    )
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{body}</svg><div class="legend">{legend}</div>'


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


def _line(scale: Scale, name: str, line: Sequence[tuple[date, float]], colour: str) -> list[str]:
    places = [(scale.x(day), scale.y(value), day, value) for day, value in line]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in places)
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}">'
        f"<title>{escape(name)} {day}: {value:.3f}</title></circle>"
        for x, y, day, value in places
    ]
    return [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>', *dots]
