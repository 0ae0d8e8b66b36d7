"""The list of the slowest tests at the end of `make test`."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools.slowest import SHOWN, main, read_report, table

REPORT = """<?xml version="1.0"?><testsuites name="pytest tests">
<testsuite name="pytest" tests="{count}" time="{total}">{cases}</testsuite></testsuites>"""


def report(folder: Path, lane: str, *seconds: float) -> Path:
    cases = "".join(f'<testcase classname="tests.{lane}" name="n{n}" time="{s}"/>' for n, s in enumerate(seconds))
    path = folder / f"{lane}.xml"
    path.write_text(REPORT.format(count=len(seconds), total=sum(seconds), cases=cases))
    return path


def test_a_report_gives_the_lane_its_tests_and_their_seconds(tmp_path: Path) -> None:
    seconds, tests = read_report(report(tmp_path, "unit", 1.5, 20.5))
    assert seconds == 22
    assert [(test.lane, test.name, test.seconds) for test in tests] == [
        ("unit", "tests.unit::n0", 1.5),
        ("unit", "tests.unit::n1", 20.5),
    ]


def test_the_slowest_come_first_over_all_lanes_and_the_long_ones_are_marked(tmp_path: Path) -> None:
    lines = table([report(tmp_path, "unit", 1, 2), report(tmp_path, "loop", *[3.0] * SHOWN, 21)]).splitlines()
    assert [line.split()[2] for line in lines[:2]] == ["loop:", "unit:"]
    slowest = [line.split() for line in lines[3:]]
    assert len(slowest) == SHOWN
    assert slowest[0][:3] == ["21.0", "s", "!"]
    assert all(words[0] == "3.0" and "!" not in words for words in slowest[1:])


def test_without_a_report_it_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(str(tmp_path)) == 1
    assert str(tmp_path) in capsys.readouterr().err
