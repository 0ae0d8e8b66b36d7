"""Commands of the small project's user, and what they print."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from .conftest import Project

CLEAN = ("clean", "parcels", "--table", "parcels")
BOTH = ("--from", "2024-01-01", "--to", "2024-01-03")
DAY = date(2024, 2, 2)
SCORE = ("score", "parcels", "--from", "2024-02-01", "--to", "2024-02-08")


def output_of(project: Project, *arguments: str, code: int) -> str:
    """What the command says, given that it ends with this code and no traceback."""
    done = project.here(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def outcomes_of(project: Project, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """The outcomes of the stages that the command runs in this process, given that it ends with this code."""
    done = project.here(*arguments, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    return list(json.loads(done.stdout)["outcomes"])


def status_of(project: Project) -> dict[str, Any]:
    """What `assay status` reports of the pipeline."""
    done = project.here("status", "parcels", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


def change(path: Path, how: Callable[[list[str]], list[str]]) -> None:
    path.write_text("".join(how(path.read_text().splitlines(keepends=True))))


def reweighed(*weights: str) -> Callable[[list[str]], list[str]]:
    """The first rows with these weights."""

    def how(lines: list[str]) -> list[str]:
        changed = list(lines)
        for number, weight in enumerate(weights, start=1):
            fields = lines[number].split(",")
            changed[number] = ",".join([*fields[:3], weight, fields[4]])
        return changed

    return how


def finished(project: Project, *arguments: str) -> str:
    """The output of the command in a process of its own, which has to end well."""
    done = project.assay(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def done_here(project: Project, *arguments: str) -> str:
    """The output of the command in this process, which has to end well."""
    done = project.here(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def stopped(project: Project, *arguments: str, at: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process that has stopped at the point; it goes on when this ends."""
    process = project.start(*arguments, stop_at=at)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), f"it did not stop at {at}: {process.communicate()}"
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
