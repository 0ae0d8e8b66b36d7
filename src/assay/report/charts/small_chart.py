"""A statistic by day, small enough to be one of many: its usual range, its line in pieces, and its alarms."""

from __future__ import annotations

from datetime import date
from html import escape
from itertools import pairwise

from assay.core.text import quantity
from assay.report.charts.axes import svg
from assay.report.content.series import SmallSeries

WIDTH, HEIGHT, PAD = 250, 64, 5
MOST_DAYS_APART = 3
"""Days further apart than this are not joined by a line."""


def small_chart(series: SmallSeries) -> str:
    """Return the SVG of a series; an empty text without a day."""
    if not series.days:
        return ""
    ends = [*series.values, *(series.usual or ())]
    low, high = min(ends), max(ends)
    span, days = (high - low) or 1.0, max(1, (series.days[-1] - series.days[0]).days)
    places = {
        day: (
            PAD + (WIDTH - 2 * PAD) * (day - series.days[0]).days / days,
            PAD + (HEIGHT - 2 * PAD) * (high - value) / span,
        )
        for day, value in zip(series.days, series.values, strict=True)
    }
    parts = []
    if series.usual is not None:
        top, bottom = (PAD + (HEIGHT - 2 * PAD) * (high - end) / span for end in reversed(series.usual))
        parts.append(f'<rect class="usual" x="0" width="{WIDTH}" y="{top:.1f}" height="{bottom - top:.1f}"/>')
    parts.append(f'<path class="line" d="{_path(series, places)}"/>')
    for day in series.alarms:
        if day in places:
            x, y = places[day]
            parts.append(
                f'<circle class="alarm" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>alarm on {day}</title></circle>'
            )
    newest = f"{series.values[-1]:+.3g} on {series.days[-1]}"
    title = f"{series.column} {series.statistic}: {newest}, {quantity(len(series.alarms), 'alarm')}"
    return svg(HEIGHT, title, [f"<title>{escape(title)}</title>", *parts], width=WIDTH, css="small")


def _path(series: SmallSeries, places: dict[date, tuple[float, float]]) -> str:
    """Return the path of the line, which begins again after a gap."""
    first = series.days[0]
    pieces = ["M{:.1f} {:.1f}".format(*places[first])]
    for before, day in pairwise(series.days):
        joined = (day - before).days <= MOST_DAYS_APART
        pieces.append(("L" if joined else "M") + "{:.1f} {:.1f}".format(*places[day]))
    return "".join(pieces)
