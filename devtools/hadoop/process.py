"""A daemon's process, found again by its pid file, and never confused with another that has the same number by now."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assay.errors import InfrastructureError
from devtools.hadoop.layout import Layout
from devtools.hadoop.waiting import wait_until

STOP_TIMEOUT_SECONDS = 10.0
"""The seconds in which a daemon should end after SIGTERM."""


@dataclass(frozen=True, slots=True)
class Process:
    """The process of the daemon `name` of the cluster in `layout`; alive or not."""

    name: str
    layout: Layout

    @property
    def mark(self) -> str:
        """The argument that marks a process of ours: no other process has it."""
        return f"-Dassay.daemon={self.layout.home}/{self.name}"

    @property
    def pid(self) -> int | None:
        """The id of the process while it lives, else None."""
        try:
            pid = int(self.layout.pid(self.name).read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None
        if self.mark in arguments_of(pid):
            return pid
        _forget(pid)
        return None

    def terminate(self) -> None:
        """Send SIGTERM, and do not wait."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a fault would; it is gone when this returns."""
        self._signal(signal.SIGKILL)
        self._wait_until_gone()

    def stop(self, seconds: float = STOP_TIMEOUT_SECONDS) -> None:
        """Send SIGTERM, wait at most `seconds` for the end, then kill the process; do nothing where it is dead."""
        self.terminate()
        with suppress(InfrastructureError):
            self._wait_until_gone(seconds)
        self.kill()
        self.layout.pid(self.name).unlink(missing_ok=True)

    def last_words(self, lines: int = 20) -> str:
        """The last lines of its log."""
        log = self.layout.log(self.name)
        try:
            log_lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
        except FileNotFoundError:
            log_lines = []
        return "\n".join([f"the last lines of {log}:", *log_lines])

    def _signal(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            send(number, pid, lambda pid: self.pid == pid)

    def _wait_until_gone(self, seconds: float = STOP_TIMEOUT_SECONDS) -> None:
        wait_until(lambda: self.pid is None, f"the end of {self.name}", seconds, details=self.last_words)


def send(number: signal.Signals, pid: int, is_target: Callable[[int], bool]) -> None:
    """Signal a process for which `is_target` holds.

    `is_target` is called once the process is pinned, so that no other process can get its number meanwhile.
    """
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            if is_target(pid):
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)


def living() -> Iterator[int]:
    """The ids of all processes of this machine; any of them may be gone when it is looked at."""
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def arguments_of(pid: int) -> list[str]:
    """Return the command line of a process; empty where there is none, or where it has ended and was not waited for."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []


def parent_of(pid: int) -> int:
    """Return the id of the process that started another, or took it over.

    Raises:
        FileNotFoundError: There is none.
    """
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("PPid:")))


def _forget(pid: int) -> None:
    """Remove a process that has ended from the kernel's table, where this one started it."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
