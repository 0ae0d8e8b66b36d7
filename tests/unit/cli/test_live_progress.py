"""The live line of a run: on a terminal alone, from the ledger's durations, and gone when Ctrl-C is answered."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from assay.cli.interrupt import STOPPING
from assay.cli.terminal.live_line import LiveLine
from assay.cli.terminal.live_progress import LiveProgress
from assay.stages.runtime.run_watch import WatchedStep

from .on_terminal import on_terminal, seen
from .two_pipelines import FIRST, TwoPipelines, two_pipelines

DAY = date(2024, 1, 1)
STEPS = (
    WatchedStep("land", "parcels", DAY, 28, 4.0, 300.0),
    WatchedStep("clean", "parcels", DAY, 28, 30.0),
    WatchedStep("land", "deliveries", DAY, 28, 4.0),
    WatchedStep("score", "parcels", DAY, 28, 20.0),
)


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shown(clock: Clock) -> LiveProgress:
    made = LiveProgress(clock)
    made.planned(STEPS)
    return made


def test_nothing_is_shown_while_no_step_runs(shown: LiveProgress) -> None:
    assert shown.line() == ""
    shown.began(*STEPS[0].key)
    shown.ended(*STEPS[0].key)
    assert shown.line() == ""


def test_the_line_has_the_stage_the_day_the_rate_and_the_time_left(shown: LiveProgress, clock: Clock) -> None:
    shown.began(*STEPS[0].key)
    shown.day_done("parcels", 3, 28)
    clock.now = 1.0
    line = shown.line()
    assert line.startswith("stage 1 of 4: land parcels, day 4 of 28, ")
    assert "53 s left" in line, "3 s of landing, 30 s of cleaning beside the other table, and 20 s of scoring"
    assert "300 rows/s" in line
    shown.day_done("parcels", 28, 28)
    assert "28 days" in shown.line(), "a job works on all of them together"


def test_what_ended_and_what_runs_beside_are_counted(shown: LiveProgress, clock: Clock) -> None:
    shown.began(*STEPS[0].key)
    shown.began(*STEPS[2].key)
    assert shown.line().startswith("stage 2 of 4: land parcels, land deliveries")
    shown.ended(*STEPS[0].key)
    shown.ended(*STEPS[2].key)
    shown.began(*STEPS[1].key)
    clock.now = 30.0
    assert "20 s left" in shown.line()
    shown.ended(*STEPS[1].key)
    shown.began(*STEPS[3].key)
    clock.now = 90.0
    assert "longer than usual" in shown.line()


def test_without_history_the_time_left_is_unknown(clock: Clock) -> None:
    new = LiveProgress(clock)
    new.planned([WatchedStep("train", "parcels", DAY, 1)])
    new.began("train", "parcels", DAY)
    assert "unknown" in new.line()


def test_a_step_that_was_not_planned_is_shown_too(clock: Clock) -> None:
    new = LiveProgress(clock)
    new.began("train", "parcels", DAY)
    assert new.line().startswith("stage 1 of 1: train parcels")


def test_a_stream_that_is_no_terminal_gets_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    line = LiveLine()
    with line.showing(lambda: "half way"), line.out_of_the_way():
        pass
    line.give_way()
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


class PipedTerminal(StringIO):
    """A terminal whose output goes to a pipe; one without a reader is like a terminal that was closed."""

    def __init__(self, fd: int) -> None:
        super().__init__()
        self._fd = fd

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd


def test_a_terminal_that_is_gone_ends_neither_the_run_nor_the_answer_to_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    line, calls = LiveLine(), threading.Semaphore(0)

    def text() -> str:
        calls.release()
        return "half way"

    monkeypatch.setattr(sys, "stderr", PipedTerminal(writer))
    with line.showing(text):
        assert calls.acquire(timeout=60)
        assert calls.acquire(timeout=60), "the first drawing failed, and the thread lives"
        with line.out_of_the_way():
            pass
        line.give_way()
    os.close(writer)


def test_a_job_in_the_background_does_not_write_over_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    line, calls = LiveLine(), threading.Semaphore(0)

    def text() -> str:
        calls.release()
        return "half way"

    monkeypatch.setattr(sys, "stderr", PipedTerminal(writer))
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp() + 1)
    with line.showing(text):
        assert calls.acquire(timeout=60)
        assert calls.acquire(timeout=60)
    os.close(writer)
    assert os.read(reader, 10) == b""
    os.close(reader)


def test_a_second_before_its_expected_end_a_step_is_not_called_slow(clock: Clock) -> None:
    short = LiveProgress(clock)
    short.planned([WatchedStep("land", "parcels", DAY, 1, 1.2)])
    short.began("land", "parcels", DAY)
    clock.now = 0.5
    assert "0.7 s left" in short.line()
    clock.now = 1.3
    assert "longer than usual" in short.line()


@pytest.fixture
def blocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TwoPipelines:
    """Three days have landed, and reading the deliveries of the third blocks for as long as nothing is written."""
    lived = two_pipelines(tmp_path, monkeypatch)
    from parcel_code.landing import write_drops

    write_drops(lived.home / "landing", FIRST, 3)
    drop = lived.home / "landing" / "deliveries" / "2024-01-03" / "deliveries.csv"
    drop.unlink()
    os.mkfifo(drop)
    monkeypatch.setenv("PYTHONPATH", str(lived.root))
    return lived


LAND = ("run", "parcels", "--from", "2024-01-01", "--to", "2024-01-04", "--select", "land")


@pytest.mark.usefixtures("blocked")
def test_a_terminal_shows_the_progress_and_ctrl_c_is_answered_in_its_place() -> None:
    terminal = on_terminal(*LAND)
    terminal.read_until("day 3 of 3")
    terminal.interrupt()
    code, printed = terminal.end()
    assert code == 130
    assert re.search(r"stage \d of 2: .*land deliveries, day 3 of 3, ", printed)
    assert STOPPING in seen(printed)
    assert not any(line.startswith("stage") for line in seen(printed)), "the line is gone"


@pytest.mark.usefixtures("blocked")
def test_no_color_leaves_no_escape_code_on_a_terminal() -> None:
    terminal = on_terminal(*LAND, NO_COLOR="1")
    terminal.read_until("day 3 of 3")
    terminal.interrupt()
    _, printed = terminal.end()
    assert "\x1b" not in printed


def test_a_terminal_shows_tables_as_wide_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lived = two_pipelines(tmp_path, monkeypatch)
    monkeypatch.setenv("PYTHONPATH", str(lived.root))
    code, printed = on_terminal("runs", columns=80, NO_COLOR="1").end()
    assert code == 0
    assert max(map(len, seen(printed))) <= 80
    _, colored = on_terminal("runs", columns=80).end()
    assert "\x1b[" in colored


def test_a_pipe_gets_the_lines_of_the_outcomes_alone(blocked: TwoPipelines) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assay.cli.main", *LAND[:4], "--to", "2024-01-03", "--select", "land"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["land", "land"]
    assert done.stderr == ""
    assert blocked.context("parcels").ledger.records("land", "deliveries")
