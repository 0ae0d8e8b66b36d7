"""One daemon of the cluster: started, waited for, killed and started again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assay.errors import InfrastructureError
from devtools.hadoop.process import Process, arguments_of
from devtools.hadoop.waiting import wait_until

_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Daemon(Process):
    """A process with the command that starts it, and with the probe that returns whether it is ready."""

    command: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[], bool]

    def start(self, *, wait: bool = True, seconds: float = _SECONDS) -> None:
        """Start the daemon where it does not live, and wait until it is ready unless `wait` is false.

        It outlives the process that starts it, and takes none of its open files along.

        Raises:
            InfrastructureError: It ended, or was not ready in time; the error has the last lines of its log.
        """
        if self.pid is None:
            self._spawn()
        if wait:
            self.wait_until_ready(seconds)

    def wait_until_ready(self, seconds: float = _SECONDS) -> None:
        """Return when the daemon is ready; see `start`."""
        wait_until(self._lives_and_is_ready, f"{self.name} to be of use", seconds, details=self.last_words)

    def _lives_and_is_ready(self) -> bool:
        if self.pid is None:
            raise InfrastructureError(f"{self.name} has ended; {self.last_words()}", code="daemon-ended")
        return self.ready()

    def _spawn(self) -> None:
        log = self.layout.log(self.name)
        program, *arguments = self.command
        pid = os.posix_spawn(
            program,
            [program, self.mark, *arguments],
            self.environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
        self.layout.pid(self.name).write_text(f"{pid}\n", encoding="ascii")

        def has_begun() -> bool:
            return self.mark in arguments_of(pid) or os.waitpid(pid, os.WNOHANG) != (0, 0)

        # For a moment the process exists and has no command line yet: it would be taken for dead.
        wait_until(has_begun, f"{self.name} to begin")
