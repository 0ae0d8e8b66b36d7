"""The memory and the cores of this machine, against what a driver here needs."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from assay.doctor.check_line import PassedCheck
from assay.errors import InfrastructureError, InputError

DRIVER_MEMORY = "2g"
"""The heap of a driver on this machine, unless the environment sets another (`spark.driver.memory`)."""

BESIDE_HEAP = 1_500_000_000
"""Bytes beside the heap: Python with its packages, Spark's own memory outside of the heap, and Python's workers."""

_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


@dataclass(frozen=True, slots=True)
class MachineResources:
    """The machine, or the container: bytes of memory in all and available now, and the cores that a process may use."""

    memory: int
    available: int
    cores: int


def this_machine() -> MachineResources:
    """Return what this process may use. The limit of a container's control group counts."""
    sizes = {
        name: int(kilobytes) * 1024
        for name, kilobytes in re.findall(r"^(\w+):\s+(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    }
    memory, available = sizes["MemTotal"], sizes["MemAvailable"]
    limit, used = _group_value("memory.max"), _group_value("memory.current")
    if limit is not None:
        memory = min(memory, limit)
        available = min(available, limit - (used or 0))
    return MachineResources(memory, max(0, available), len(os.sched_getaffinity(0)))


def check_memory(machine: MachineResources, heap: str = DRIVER_MEMORY) -> PassedCheck:
    """Return that a driver with such a heap fits into the memory.

    Raises:
        InputError: The machine is too small for it.
        InfrastructureError: Other programs use too much of the memory now.
    """
    needed = java_bytes(heap) + BESIDE_HEAP
    use = f"a driver with a heap of {heap} needs {gigabytes(needed)}"
    if machine.memory < needed:
        raise InputError(
            f"{use}, and this machine has {gigabytes(machine.memory)}",
            code="too-little-memory",
            hint="set a smaller 'spark: {conf: {spark.driver.memory: 1g}}' in the environment, or take another machine",
        )
    if machine.available < needed:
        raise InfrastructureError(
            f"{use}, and {gigabytes(machine.available)} of {gigabytes(machine.memory)} are free",
            code="too-little-memory",
            hint="'ps aux --sort=-rss | head' shows the programs that use most",
        )
    return PassedCheck(f"{gigabytes(machine.available)} of {gigabytes(machine.memory)} are free; {use}")


def check_cores(machine: MachineResources, master: str = "local[*]") -> PassedCheck:
    """Return the cores, and how many tasks Spark's `master` runs on them at once."""
    match = re.match(r"local\[(\d+)", master)
    if not master.startswith("local"):
        return PassedCheck(f"{machine.cores}; the tasks run elsewhere, by the master {master}")
    tasks = int(match[1]) if match else 1 if master == "local" else machine.cores
    return PassedCheck(f"{machine.cores}; the master {master} runs {tasks} at once")


def java_bytes(text: str) -> int:
    """Return the bytes of a size as Java and Spark write it; a number alone counts as bytes.

    Raises:
        InputError: It is no such size.

    >>> java_bytes("2g"), java_bytes("512m"), java_bytes("1.5g")
    (2147483648, 536870912, 1610612736)
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([bkmgt]?)b?", text.strip().lower())
    if match is None:
        raise InputError(f"'{text}' is not a size of memory", code="bad-size", hint="write it as 2g or 512m")
    return int(float(match[1]) * _UNITS[match[2]])


def gigabytes(size: int) -> str:
    """Return bytes in gigabytes of 10^9.

    >>> gigabytes(3_650_000_000)
    '3.6 GB'
    """
    return f"{size / 1e9:.1f} GB"


def _group_value(name: str) -> int | None:
    """Return a number of this process's control group, None where there is no limit or no such group."""
    try:
        group = Path("/proc/self/cgroup").read_text().strip().rpartition(":")[2].lstrip("/")
        for folder in (Path("/sys/fs/cgroup") / group, Path("/sys/fs/cgroup")):
            if (file := folder / name).is_file():
                text = file.read_text().strip()
                return int(text) if text.isdecimal() else None
    except OSError:
        return None
    return None
