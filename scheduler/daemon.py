"""One of Airflow's processes, known again by its number and the moment it began: Airflow renames its processes."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hadoop.daemon import Daemon

PATIENCE = 30.0
"""Seconds in which a process of Airflow's should end: a scheduler waits for its workers."""

_STATE, _BEGAN = 0, 19
"""Fields of /proc/PID/stat after the name."""


@dataclass(frozen=True, slots=True)
class PythonDaemon(Daemon):
    """A daemon whose command line says nothing of it once it runs."""

    @property
    def pid(self) -> int | None:
        """The id of the process while it lives, else None."""
        try:
            pid, began = map(int, self.layout.pid(self.name).read_text(encoding="ascii").split())
        except (FileNotFoundError, ValueError):
            return None
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        return pid if _began(pid) == began else None

    def stop(self, seconds: float = PATIENCE) -> None:
        """Ask it to end, with what it started, and end at once what does not."""
        pid = self.pid
        super(PythonDaemon, self).stop(seconds)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

    def _spawn(self) -> None:
        log, (program, *arguments) = str(self.layout.log(self.name)), self.command
        output = (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        actions = [nothing, output, (os.POSIX_SPAWN_DUP2, 1, 2)]
        pid = os.posix_spawn(program, [program, *arguments], self.environment, file_actions=actions, setsid=True)
        self.layout.pid(self.name).write_text(f"{pid} {_began(pid)}\n", encoding="ascii")


def _began(pid: int) -> int | None:
    """When a process began, in the kernel's ticks; None where there is none, or nothing but its remains."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[_STATE] == "Z" else int(fields[_BEGAN])
