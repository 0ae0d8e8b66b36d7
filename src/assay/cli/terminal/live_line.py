"""The last line of a terminal, which is written again and again while stages run; a pipe never gets one.

It uses no escape sequence and hides no cursor: a process that is killed leaves the terminal as it was.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from assay.cli.terminal.screen import SMALLEST_WIDTH, printable, screen_of

SECONDS_BETWEEN = 0.5
ECHO_COLUMNS = 2
"""Columns that are kept free for the ^C that a terminal prints itself."""

LOCK_SECONDS = 0.2
"""Seconds that the answer to Ctrl-C waits for the line: a terminal that is stopped may hold it for ever."""


class LiveLine:
    """A line on standard error that shows the newest text of a function while it is started."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._shown = 0
        self._text: Callable[[], str] | None = None
        self._ended = threading.Event()

    @contextmanager
    def showing(self, text: Callable[[], str]) -> Iterator[None]:
        """Show what `text` returns, twice a second, until the block ends; nothing where stderr is no terminal."""
        if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or self._text is not None:
            yield
            return
        self._text, self._ended = text, threading.Event()
        thread = threading.Thread(target=self._draw_until, args=(self._ended,), name="assay-progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join(LOCK_SECONDS)
            with self._lock:
                self._erase()
                self._text = None

    @contextmanager
    def out_of_the_way(self) -> Iterator[None]:
        """Erase the line while another line is written; the next drawing shows it again."""
        with self._lock:
            self._erase()
            yield

    def _draw_until(self, ended: threading.Event) -> None:
        while not ended.wait(SECONDS_BETWEEN):
            with self._lock:
                if not ended.is_set() and self._text is not None:
                    self._draw(self._text())

    def _draw(self, text: str) -> None:
        width = max(SMALLEST_WIDTH, screen_of(sys.stderr).width) - 1 - ECHO_COLUMNS
        line = printable(text)[:width]
        if not (line or self._shown) or not _in_front():
            return
        self._write(f"\r{line}{' ' * max(0, self._shown - len(line))}")
        self._shown = len(line)

    def _erase(self) -> None:
        if self._shown:
            self._write(f"\r{' ' * (self._shown + ECHO_COLUMNS)}\r")
            self._shown = 0

    def give_way(self) -> None:
        """Erase the line for good: Ctrl-C is about to be answered in its place."""
        self._ended.set()
        if self._lock.acquire(timeout=LOCK_SECONDS):
            try:
                self._erase()
            finally:
                self._lock.release()

    def _write(self, text: str) -> None:
        # Not by sys.stderr, whose lock a thread may hold that Ctrl-C is ending.
        with suppress(OSError):  # a terminal that was closed ends no run
            os.write(sys.stderr.fileno(), text.encode("utf-8", "replace"))


def _in_front() -> bool:
    """Return False for a job that a shell runs in the background: its line would overwrite the prompt."""
    try:
        return os.tcgetpgrp(sys.stderr.fileno()) == os.getpgrp()
    except OSError:
        return True


LIVE = LiveLine()
"""The live line of this process."""
