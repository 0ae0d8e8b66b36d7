"""Print what the lanes of `make test` took, and their slowest tests, from the reports that pytest left."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

SHOWN = 20
LONG_SECONDS = 20.0
"""A test that takes longer is marked: it is a candidate for `make system-test`, and no failure."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A test and what it took, its own fixtures included."""

    lane: str
    name: str
    seconds: float


def read_report(path: Path) -> tuple[float, list[Timed]]:
    """Return the seconds of a lane from its start to its end, and its tests."""
    [suite] = ElementTree.parse(path).getroot().iter("testsuite")
    tests = [
        Timed(path.stem, f"{case.get('classname')}::{case.get('name')}", float(case.get("time", 0)))
        for case in suite.iter("testcase")
    ]
    return float(suite.get("time", 0)), tests


def table(reports: Iterable[Path]) -> str:
    """Return the lanes with their seconds, then the slowest tests, slowest first."""
    lines, every = [], list[Timed]()
    for path in sorted(reports):
        seconds, tests = read_report(path)
        every += tests
        lines.append(f"{seconds:7.0f} s  {path.stem}: {len(tests)} tests")
    lines.append(f"The {SHOWN} slowest tests (! = longer than {LONG_SECONDS:.0f} s):")
    for test in sorted(every, key=lambda test: -test.seconds)[:SHOWN]:
        mark = "!" if test.seconds > LONG_SECONDS else " "
        lines.append(f"{test.seconds:7.1f} s {mark} {test.lane}: {test.name}")
    return "\n".join(lines)


def main(folder: str) -> int:
    """Print the table of all reports in a folder; 1 where there is none."""
    reports = list(Path(folder).glob("*.xml"))
    if not reports:
        sys.stderr.write(f"there is no report in {folder}: no lane ran\n")
        return 1
    sys.stdout.write(table(reports) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
