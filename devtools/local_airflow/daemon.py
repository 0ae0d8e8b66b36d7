"""One of Airflow's processes, identified by its number and its start time: Airflow renames its processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assay.errors import InfrastructureError
from devtools.hadoop.daemon import Daemon
from devtools.hadoop.process import living, send
from devtools.hadoop.waiting import wait_until

STOP_TIMEOUT_SECONDS = 30.0
"""Seconds in which a process of Airflow should end: a scheduler waits for its workers."""

GRACE = 45.0
"""Seconds more for the tasks of its workers to end what they started: a driver has thirty of them."""

_STATE, _SESSION, _BEGAN = 0, 3, 19
"""Fields of /proc/PID/stat after the name."""


@dataclass(frozen=True, slots=True)
class PythonDaemon(Daemon):
    """A daemon that its command line does not identify once it runs."""

    @property
    def pid(self) -> int | None:
        """The id of the process while it lives, else None."""
        pid, began = self._started
        if began is None:
            return None
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        return pid if _field(pid, _BEGAN) == began else None

    @property
    def session(self) -> list[int]:
        """The ids of all living processes that it started, and its own, also when it is dead itself.

        Airflow gives each task a process group of its own; the session stays.
        """
        leader, began = self._started
        if began is None or _field(leader, _BEGAN) not in {None, began}:
            return []
        return [pid for pid in living() if _field(pid, _SESSION) == leader]

    def stop(self, seconds: float = STOP_TIMEOUT_SECONDS) -> None:
        """Send SIGTERM, after `seconds` also to the processes that it waits for, such as a task; then kill the rest.

        A task then ends its Spark job, and is tried again when there is a scheduler.
        """
        leader, _ = self._started
        self.terminate()
        self._wait_for(lambda: self.pid is None, seconds)
        if self.session:
            with suppress(ProcessLookupError):
                os.killpg(leader, signal.SIGTERM)
            self._wait_for(lambda: not self.session, GRACE)
        for pid in self.session:
            send(signal.SIGKILL, pid, lambda pid: _field(pid, _SESSION) == leader)
        self._wait_for(lambda: not self.session, GRACE)
        self.layout.pid(self.name).unlink(missing_ok=True)

    def _wait_for(self, condition: Callable[[], bool], seconds: float) -> None:
        with suppress(InfrastructureError):
            wait_until(condition, f"the end of {self.name}", seconds)

    @property
    def _started(self) -> tuple[int, int | None]:
        """The process that was started last, and its start time; no time where none was started."""
        try:
            pid, began = map(int, self.layout.pid(self.name).read_text(encoding="ascii").split())
        except (FileNotFoundError, ValueError):
            return 0, None
        return pid, began

    def _spawn(self) -> None:
        log, (program, *arguments) = str(self.layout.log(self.name)), self.command
        output = (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        actions = [nothing, output, (os.POSIX_SPAWN_DUP2, 1, 2)]
        pid = os.posix_spawn(program, [program, *arguments], self.environment, file_actions=actions, setsid=True)
        self.layout.pid(self.name).write_text(f"{pid} {_field(pid, _BEGAN)}\n", encoding="ascii")


def _field(pid: int, number: int) -> int | None:
    """A field of the kernel's status of a process; None where there is no process, or only a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[_STATE] == "Z" else int(fields[number])
