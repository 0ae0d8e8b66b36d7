"""The states of days as a calendar: a column for each week, a row for each weekday, as on a wall."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape

from assay.report.content.series import Calendar, CalendarDay

CELL, GAP, LEFT, TOP = 13, 2, 30, 16
WEEKDAYS = ("Mon", "", "Wed", "", "Fri", "", "Sun")
CROSSED = frozenset({"held", "missing", "unscored"})
"""The states that are marked with a cross too, for readers who do not see their colour."""


def calendar_chart(calendar: Calendar, *, folder: str = "days/") -> str:
    """Return the SVG of a calendar; an empty text without a day. The days lead to their pages in `folder`."""
    if not calendar.days:
        return ""
    monday = calendar.first - timedelta(days=calendar.first.weekday())
    weeks = (max(day.day for day in calendar.days) - monday).days // 7 + 1
    width, height = LEFT + weeks * (CELL + GAP) + 4, TOP + 7 * (CELL + GAP) + 2
    names = [
        f'<text x="{LEFT - 5}" y="{TOP + n * (CELL + GAP) + 10}" text-anchor="end">{name}</text>'
        for n, name in enumerate(WEEKDAYS)
        if name
    ]
    months = [
        f'<text x="{_x(day.day, monday)}" y="11">{day.day:%b}</text>' for day in calendar.days if day.day.day == 1
    ]
    cells = [_cell(day, monday, folder) for day in calendar.days]
    label = f'role="group" aria-label="{escape(calendar.name)} by day"'
    parts = "".join([*names, *months, *cells])
    return (
        f'<svg class="calendar" width="{width}" height="{height}" viewBox="0 0 {width} {height}" {label}>{parts}</svg>'
    )


def _cell(day: CalendarDay, monday: date, folder: str) -> str:
    x, y = _x(day.day, monday), TOP + day.day.weekday() * (CELL + GAP)
    title = f"<title>{day.day:%a} {day.day}: {escape(day.text)}</title>"
    box = f'<rect class="{escape(day.state)}" x="{x}" y="{y}" width="{CELL}" height="{CELL}" rx="2">{title}</rect>'
    if day.state in CROSSED:
        box += f'<path class="cross {escape(day.state)}" d="M{x + 3} {y + 3} l7 7 m0 -7 l-7 7"/>'
    if not day.has_page:
        return box
    # A year of links would be a year of stops for the keyboard: the list of days has the same links.
    return f'<a href="{folder}{day.day}.html" tabindex="-1" aria-label="{day.day}: {escape(day.text)}">{box}</a>'


def _x(day: date, monday: date) -> int:
    return LEFT + (day - monday).days // 7 * (CELL + GAP)
