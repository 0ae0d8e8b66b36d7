"""Ctrl-C: a line is printed at once, whatever the main thread waits for; then the child processes and Assay end.

Python runs a signal handler in the main thread only, between two instructions of Python. A socket to the JVM, a pool of
threads or a long fit delay it. So a separate thread reads the pipe that the handler in C writes to.

An interruption leaves the same state as a kill: every stage may be killed at any instant and run again.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

EXIT_CODE = 130
"""The exit code that a shell expects of a command ended by Ctrl-C: 128 plus the number of the signal."""

JVM_GRACE_SECONDS = 8.0
"""Seconds that a JVM has to release its resources of YARN and of the disk before it is killed."""

STOPPING = "interrupted: stopping; what was published before stays"


@dataclass
class _InterruptState:
    """The text to print after Ctrl-C, and the event that Ctrl-C sets."""

    begun: threading.Event = field(default_factory=threading.Event)
    published: list[str] = field(default_factory=list)
    advice: str = "run the same command again to go on: what is done is not done again"
    as_json: bool = False
    exit_code: int | None = None
    give_way: Callable[[], None] | None = None


_STATE = _InterruptState()


def prepare_terminal(*, as_json: bool = False) -> None:
    """Flush each line when it is written, to a pipe or a file too, and handle Ctrl-C within a second.

    The entry point of a process calls it before heavy imports. A character that the encoding of an output lacks is
    replaced, and fails no command. A SIGINT that is ignored, as for a background job of a script, stays ignored.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True, errors="replace" if stream.errors == "strict" else stream.errors)
    _STATE.as_json = as_json
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, _leave_it_to_the_watch)
    threading.Thread(target=_watch, args=(reader,), name="assay-interrupt", daemon=True).start()


def stop_writing() -> None:
    """Discard all further standard output: its reader, such as `head`, has ended."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def published(line: str) -> None:
    """Note a line about a publication of this run, to be printed after Ctrl-C.

    After Ctrl-C it does not return, so that the run publishes nothing more.
    """
    hold_if_interrupted()
    _STATE.published.append(line)


def concluded(exit_code: int) -> None:
    """Note that the command has answered: Ctrl-C then ends what follows the answer, with the command's exit code."""
    _STATE.exit_code = exit_code


def advise(sentence: str) -> None:
    """Set the advice that is printed after Ctrl-C, instead of the advice to run the same command again."""
    _STATE.advice = sentence


def before_the_answer(give_way: Callable[[], None]) -> None:
    """Set what is called once after Ctrl-C, before anything is printed: it frees the line of the terminal."""
    _STATE.give_way = give_way


def hold_if_interrupted() -> None:
    """Return at once, or never if Ctrl-C is ending the process: errors that follow from the end are not printed."""
    if _STATE.begun.is_set():
        threading.Event().wait()


def _leave_it_to_the_watch(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing: it only makes the handler in C write to the pipe, and does not interrupt the main thread."""


def _watch(reader: int) -> None:
    while os.read(reader, 1) != bytes([signal.SIGINT]):
        pass
    _STATE.begun.set()
    # py4j logs on the root logger that its JVM has ended, with a traceback: here its end is intended.
    logging.disable(logging.CRITICAL)
    if _STATE.exit_code is not None:
        end_children(reader)
        os._exit(_STATE.exit_code)
    if _STATE.give_way is not None:
        _STATE.give_way()
    _say(STOPPING)
    end_children(reader)
    _say_what_stays()
    os._exit(EXIT_CODE)


def _say(line: str) -> None:
    # Not by sys.stderr, whose lock the main thread may hold.
    _write(2, line)


def _write(descriptor: int, line: str) -> None:
    with suppress(OSError):  # Ctrl-C ended the reader of a pipe too, or the terminal was closed
        os.write(descriptor, f"{line}\n".encode())


def _say_what_stays() -> None:
    lines = list(_STATE.published)
    for line in lines:
        _say(f"  published in this run: {line}")
    _say(_STATE.advice)
    if _STATE.as_json:
        document = {"error": "interrupted", "message": STOPPING, "hint": _STATE.advice, "published": lines}
        _write(1, json.dumps(document))


def end_children(reader: int) -> None:
    """End the processes that this one started, and their children.

    They get SIGTERM first, and SIGKILL after `JVM_GRACE_SECONDS` or after a second Ctrl-C, which is read from `reader`.
    So no child process commits after the locks that cover its commit are free.
    """
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
    """Yield the living processes below `parent`, at any depth."""
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
    """Return the parent of a living process; None for a process that has ended, and for a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
        state, parent = fields.split()[:2]
    except (OSError, ValueError):
        return None
    return None if state in "ZX" else int(parent)


def _lives(pid: int) -> bool:
    return _parent(pid) is not None
