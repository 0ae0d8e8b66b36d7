"""Four weeks of flights, each as many times as it takes, in a project of their own after six weeks as they were."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bench.reaper import ROOT

KNOWN, FIRST, END = date(2013, 1, 1), date(2013, 2, 10), date(2013, 3, 10)
"""What a model learns from begins at KNOWN; the multiplied days are [FIRST, END)."""

SOURCE = "schedule"
_FLIGHT = 2
_APART = 10_000
"""Flight numbers have four digits: each copy's are that much higher, so that every key stays one of its own."""

_SHORTER = {"window: all": "window: 13 days", "fold: 28 days": "fold: 7 days", "trials: 6": "trials: 1"}
_MOST_ROWS, _MOST_FLIGHT = "expect_table_row_count_to_be_between", "flight"


@dataclass(frozen=True, slots=True)
class Day:
    """The plan of one day: the header, and each line in front of its flight number, the number, and what follows."""

    date: date
    header: str
    lines: tuple[tuple[str, int, str], ...]

    def write(self, path: Path, copies: int) -> None:
        """Write the drop with every flight `copies` times."""
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(self.header)
            for copy in range(copies):
                file.writelines(f"{before},{flight + copy * _APART},{after}" for before, flight, after in self.lines)


def write_project(root: Path) -> None:
    """The reference pipeline with a model of two weeks, and expectations that allow for many copies."""
    shutil.copytree(ROOT / "conf", root / "conf")
    (root / "conf" / "pipelines" / "hourly_temperature.yaml").unlink()
    spec = root / "conf" / "pipelines" / "flight_delays.yaml"
    text = spec.read_text(encoding="utf-8")
    for longer, shorter in _SHORTER.items():
        if longer not in text:
            raise ValueError(f"flight_delays.yaml does not say '{longer}' any more")
        text = text.replace(longer, shorter)
    spec.write_text(text, encoding="utf-8")
    suite = root / "conf" / "expectations" / "flights.json"
    suite_json = json.loads(suite.read_text(encoding="utf-8"))
    for expectation in suite_json["expectations"]:
        kwargs = expectation["kwargs"]
        if expectation["type"] == _MOST_ROWS or (kwargs.get("column") == _MOST_FLIGHT and "max_value" in kwargs):
            kwargs["max_value"] = 2**31 - 1
    suite.write_text(json.dumps(suite_json), encoding="utf-8")


def multiplied_days(landing: Path) -> list[Day]:
    """The days to multiply, from the drops that lie under `landing`."""
    days = []
    for number in range((END - FIRST).days):
        day = FIRST + timedelta(days=number)
        header, *lines = (landing / SOURCE / str(day) / "schedule.csv").read_text(encoding="utf-8").splitlines(True)
        days.append(Day(day, header, tuple(_split(line) for line in lines)))
    return days


def _split(line: str) -> tuple[str, int, str]:
    words = line.split(",", _FLIGHT + 1)
    return ",".join(words[:_FLIGHT]), int(words[_FLIGHT]), words[_FLIGHT + 1]
