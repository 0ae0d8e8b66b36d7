"""The time and the memory of this process and of all that it started, from Linux's /proc.

A process adds up the CPU time of the children that it has waited for (proc(5), `stat`). So the time of a tree is a
sum over the processes that live: their own time, and that of their ended children. None is counted twice.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """The resources of a tree of processes so far.

    - `clock_seconds` are those of a monotonic clock.
    - `cpu_seconds` and `peak_memory`, in bytes, are None where the system has no /proc.
    - `peak_memory` is the sum of the largest resident size of each process that lives.
    """

    clock_seconds: float
    cpu_seconds: float | None
    peak_memory: int | None


def process_use(root: int, proc: Path = PROC) -> ProcessUse:
    """Return the use of the process `root` and of its living descendants, with what their ended children took."""
    clock = time.monotonic()
    if not (proc / str(root) / "task" / str(root) / "children").exists():
        return ProcessUse(clock, None, None)
    pids = list(_tree(root, proc))
    ticks = sum(_cpu_ticks(_text(proc / str(pid) / "stat")) for pid in pids)
    peak = sum(_peak_bytes(_text(proc / str(pid) / "status")) for pid in pids)
    return ProcessUse(clock, ticks / os.sysconf("SC_CLK_TCK"), peak)


def _tree(root: int, proc: Path) -> Iterator[int]:
    """Yield the process and its living descendants."""
    yield root
    try:
        tasks = list((proc / str(root) / "task").iterdir())
    except OSError:  # it has ended meanwhile
        return
    for task in tasks:
        for child in _text(task / "children").split():
            yield from _tree(int(child), proc)


def _cpu_ticks(stat: str) -> int:
    """Return the ticks of a process and of the children that it has waited for; its name may have any characters."""
    fields = stat.rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15])


def _peak_bytes(status: str) -> int:
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


def _text(path: Path) -> str:
    """Return the text of a file of /proc, empty where its process has ended."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
