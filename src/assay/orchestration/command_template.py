"""The command of a task for one run: placeholders become the run's dates and the parameters it was triggered with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from assay.core.interval import parse_date

_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")


def local_date(zone: ZoneInfo, due: datetime, events: Iterable[Mapping[str, Any]], requested_date: str | None) -> date:
    """Return the date a run is for: the given one, else that of the newest event that started it, else the due date.

    A run is due when its data interval ends, and the local date of that instant is its date: the night of a date works
    for that date.

    >>> local_date(ZoneInfo("America/New_York"), datetime.fromisoformat("2013-03-02T06:00+00:00"), [], None)
    datetime.date(2013, 3, 2)
    """
    if requested_date:
        return parse_date(requested_date)
    of_events = [parse_date(str(event["date"])) for event in events if event.get("date")]
    return max(of_events, default=due.astimezone(zone).date())


def placeholder_values(day: date | None, params: Mapping[str, Any], *, by_event: bool = False) -> dict[str, str]:
    """Return the value of each placeholder: the run's dates and its parameters, empty for one that was not given.

    >>> placeholder_values(date(2013, 3, 1), {})["to"]
    '2013-03-02'
    """
    dates = {} if day is None else {"date": str(day), "to": str(day + timedelta(days=1))}
    param_values = {name: str(params.get(name) or "") for name in ("from", "to", "reason", "version")}
    return {
        **param_values,
        **dates,
        "automatic": "--automatic" if params.get("automatic") else "",
        "requested": "--only-if-requested" if by_event else "",
    }


def render_command(command: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Fill the placeholders of the command; one without a value goes, and the option before it too.

    >>> command = ["rollback", "--to", "{version}", "--reason", "{reason}"]
    >>> render_command(command, {"version": "", "reason": "it drifts"})
    ['rollback', '--reason', 'it drifts']
    """
    words: list[str] = []
    for word in command:
        match = _PLACEHOLDER.fullmatch(word)
        if match is None:
            words.append(word)
        elif values.get(match[1]):
            words.append(values[match[1]])
        elif words and words[-1].startswith("--"):
            words.pop()
    return words


def format_duration(seconds: int) -> str:
    """Return a duration as the spec would have it.

    >>> format_duration(21_600), format_duration(60), format_duration(90), format_duration(259_200)
    ('6 hours', '1 minute', '90 seconds', '3 days')
    """
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size} {unit}{'s' if seconds > size else ''}"
    return f"{seconds} seconds"
