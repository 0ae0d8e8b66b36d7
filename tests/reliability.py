"""docs/reliability.md: what became of each fault, written by the tests that caused it."""

from __future__ import annotations

import fcntl
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest

HEADER = """# What Assay survived

Written by the tests that cause the faults, on a real Hadoop (cluster.md) and a real Airflow (airflow.md): run by
`make system-test` and `make soak`. The rows are those of the fault matrix. "As expected" means that nothing was lost or
doubled, that the exit code was the one of the matrix, and that running it again ended with 0. Each line says when its
test ran last.

| row | fault | outcome | seconds | on |
| --- | --- | --- | --- | --- |
"""


class Outcomes:
    """What became of the tests that are marked with `fault(row, text)`, beside what the file says of others."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._lines: dict[tuple[str, str], str] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Take note of how a marked test ended, or that it could not begin."""
        report = yield
        marker = item.get_closest_marker("fault")
        if marker is None or (report.when != "call" and report.passed):
            return report
        row, text = marker.args
        detail = getattr(item, "callspec", None)
        text = f"{text} ({detail.id})" if detail else text
        verdict_text = {"passed": "as expected", "failed": "NOT as expected", "skipped": "not run"}[report.outcome]
        today = datetime.now(UTC).date()
        self._lines[row, text] = f"| {row} | {text} | {verdict_text} | {report.duration:.0f} | {today} |"
        return report

    def pytest_sessionfinish(self) -> None:
        """Write the table: other lanes may have written theirs meanwhile."""
        if not self._lines:
            return
        with self._target.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            known = _read(self._target) | self._lines
            lines = "\n".join(known[key] for key in sorted(known, key=_in_order))
            self._target.write_text(HEADER + lines + "\n", encoding="utf-8")


def _read(target: Path) -> dict[tuple[str, str], str]:
    lines = [line for line in target.read_text(encoding="utf-8").splitlines() if line.startswith("| R")]
    cells = [line.split(" | ") for line in lines]
    return {(row.removeprefix("| "), text): line for (row, text, *_), line in zip(cells, lines, strict=True)}


def _in_order(key: tuple[str, str]) -> tuple[int, str]:
    row, text = key
    return int(row[1:]), text
