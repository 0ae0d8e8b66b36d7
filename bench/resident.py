"""Measure the memory of whole groups of processes while something runs, twice a second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_INTERVAL = 0.5


@dataclass(slots=True)
class Peaks:
    """The most megabytes that each group held at once, and the largest process of each kind within it."""

    together: dict[str, float] = field(default_factory=dict)
    largest: dict[str, float] = field(default_factory=dict)

    def see(self, group: str, programs: Mapping[int, tuple[str, float]]) -> None:
        """Take one look into account: process id -> its program and megabytes."""
        self.together[group] = max(self.together.get(group, 0.0), sum(size for _, size in programs.values()))
        for program, size in programs.values():
            kind = f"{group}: {program}"
            self.largest[kind] = max(self.largest.get(kind, 0.0), size)


@contextmanager
def watched(groups: Mapping[str, Callable[[], list[int]]]) -> Iterator[Peaks]:
    """The peaks of the groups as long as the block runs; each function gives the ids of its processes (Linux only)."""
    peaks, over = Peaks(), threading.Event()

    def look() -> None:
        while not over.wait(_INTERVAL):
            for name, processes in groups.items():
                peaks.see(name, {pid: one for pid in processes() if (one := _held(pid)) is not None})

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def descendants(pid: int) -> list[int]:
    """The process and all below it."""
    processes, open_ones = [], [pid]
    while open_ones:
        one = open_ones.pop()
        processes.append(one)
        with suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                open_ones += map(int, (task / "children").read_text().split())
    return processes


def _held(pid: int) -> tuple[str, float] | None:
    """The program and the megabytes of its own: files that are mapped, such as jars, are the system's."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it ended meanwhile
        return None
    known = dict(line.split(":", 1) for line in lines)
    own = known.get("RssAnon", "0 kB").split()
    return known["Name"].strip(), int(own[0]) / 1024
