"""Ctrl-C: answered at once, whatever the main thread waits for; then all that this process started ends, and it too.

Python runs a handler of signals in the main thread alone, between two of its own instructions: a socket to the JVM, a
pool of threads or a long fit keep it waiting. So a thread of its own reads the pipe that C's handler writes to. What is
left is what a kill would leave: every stage may be killed at any instant and run again.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

EXIT_CODE = 130
"""What a shell expects of a command that Ctrl-C ended: 128 and the signal's number."""

JVM_GRACE_SECONDS = 8.0
"""Seconds that a JVM has to give back what it took, from YARN and from the disk, before it is killed."""

STOPPING = "interrupted: stopping; what was published before stays"


@dataclass
class _InterruptState:
    """What is to be said when Ctrl-C comes, and whether it has come."""

    begun: threading.Event = field(default_factory=threading.Event)
    published: list[str] = field(default_factory=list)
    advice: str = "run the same command again to go on: what is done is not done again"
    as_json: bool = False


_STATE = _InterruptState()


def prepare_terminal(*, as_json: bool = False) -> None:
    """Let each line leave when it is written, into a pipe or a file too, and let Ctrl-C be answered within a second.

    For the entry point of a process, before anything heavy is imported. Where SIGINT is ignored, as it is for a job in
    the background of a script, it stays ignored.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True)
    _STATE.as_json = as_json
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, _leave_it_to_the_watch)
    threading.Thread(target=_watch, args=(reader,), name="assay-interrupt", daemon=True).start()


def stop_writing() -> None:
    """Let what is still written to standard output go nowhere: its reader, such as `head`, has ended."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def published(line: str) -> None:
    """Take note of what this run has published, for whoever interrupts it; once it is interrupted nothing more is."""
    hold_if_interrupted()
    _STATE.published.append(line)


def advise(sentence: str) -> None:
    """What to do after an interruption, instead of running the same command again."""
    _STATE.advice = sentence


def hold_if_interrupted() -> None:
    """Nothing, unless the process is about to end by Ctrl-C: then this never returns, so that no error which only
    follows from the end is shown as one."""
    if _STATE.begun.is_set():
        threading.Event().wait()


def _leave_it_to_the_watch(_signal: int, _frame: FrameType | None) -> None:
    """Only there so that C's handler writes to the pipe, and the main thread is not torn out of what it does."""


def _watch(reader: int) -> None:
    while os.read(reader, 1) != bytes([signal.SIGINT]):
        pass
    _STATE.begun.set()
    _say(STOPPING)
    end_children(reader)
    _say_what_stays()
    os._exit(EXIT_CODE)


def _say(line: str) -> None:
    # Not by sys.stderr, whose lock the main thread may hold.
    os.write(2, f"{line}\n".encode())


def _say_what_stays() -> None:
    lines = list(_STATE.published)
    for line in lines:
        _say(f"  published in this run: {line}")
    _say(_STATE.advice)
    if _STATE.as_json:
        document = {"error": "interrupted", "message": STOPPING, "hint": _STATE.advice, "published": lines}
        os.write(1, (json.dumps(document) + "\n").encode())


def end_children(reader: int) -> None:
    """End the processes that this one started, with theirs: asked first, killed after `JVM_GRACE_SECONDS`, or at
    once by a second Ctrl-C that is read from `reader`. So no commit comes after the locks that cover it are free."""
    started = list(_started_by(os.getpid()))
    _send(started, signal.SIGTERM)
    deadline = time.monotonic() + JVM_GRACE_SECONDS
    while any(map(_lives, started)) and time.monotonic() < deadline:
        if select.select([reader], [], [], 0.05)[0] and os.read(reader, 1) == bytes([signal.SIGINT]):
            break
    _send([*started, *_started_by(os.getpid())], signal.SIGKILL)


def _send(processes: list[int], number: signal.Signals) -> None:
    for pid in processes:
        try:
            # One in a session of its own is ended with all that it started.
            own_group = os.getpgid(pid) == pid != os.getpgid(0)
            (os.killpg if own_group else os.kill)(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def _started_by(parent: int) -> Iterator[int]:
    """The living processes below `parent`, however deep."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        above = _parent(int(entry.name))
        if above is not None:
            parents.setdefault(above, []).append(int(entry.name))
    waiting = [parent]
    while waiting:
        below = parents.get(waiting.pop(), [])
        yield from below
        waiting += below


def _parent(pid: int) -> int | None:
    """The parent of a process that lives; None for one that is gone or only waits to be buried."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
        state, parent = fields.split()[:2]
    except (OSError, ValueError):
        return None
    return None if state in "ZX" else int(parent)


def _lives(pid: int) -> bool:
    return _parent(pid) is not None
