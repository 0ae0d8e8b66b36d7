"""The command line on a real pseudo-terminal, and the lines that a person sees there at its end."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import termios
from dataclasses import dataclass, field

from ...interruptible import INTERRUPTIBLE

INTERRUPT = b"\x03"


@dataclass
class OnTerminal:
    """A process whose standard streams are a pseudo-terminal of some columns."""

    pid: int
    fd: int
    printed: bytes = field(default=b"")

    def read_until(self, wanted: str) -> str:
        """Read until the text was printed, and return all that was."""
        while wanted.encode() not in self.printed and self._read():
            pass
        assert wanted.encode() in self.printed, self.printed
        return self.printed.decode()

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self.fd, INTERRUPT)

    def end(self) -> tuple[int, str]:
        """Wait for the end, and return the exit code and all that was printed."""
        while self._read():
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status), self.printed.decode()

    def _read(self) -> bool:
        try:
            data = os.read(self.fd, 65_536)
        except OSError:  # which Linux raises where the other side is closed
            return False
        self.printed += data
        return bool(data)


def on_terminal(*arguments: str, columns: int = 100, **variables: str) -> OnTerminal:
    """Start the command line on a terminal; `variables` are of its environment."""
    environment = os.environ | {"TERM": "xterm"} | variables
    environment.pop("COLUMNS", None)
    command = [*INTERRUPTIBLE, sys.executable, "-m", "assay.cli.main", *arguments]
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execvpe(command[0], command, environment)
    return OnTerminal(pid, fd)


def seen(printed: str) -> list[str]:
    r"""Return the lines that stay on the screen: each character after a \r replaces the one that was there.

    >>> seen("half way\rwhole   \r\nnext")
    ['whole', 'next']
    """
    lines = []
    for line in printed.replace("\r\n", "\n").split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines
