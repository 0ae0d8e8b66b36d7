"""Measure the memory of a piece of work: the peaks of the driver's two processes, and the JVM's heap after it."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.spark.jvm_objects import jvm_of, jvm_process

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes: the peak of Python and of the JVM as resident, and the JVM's heap after a full collection."""

    python: float
    jvm: float
    heap: float


def memory_of(spark: SparkSession, work: Callable[[], object]) -> Memory:
    """Return the memory that `work` takes, from a collected heap and with earlier peaks reset (Linux only)."""
    # Both scripts of spark-submit replace themselves, so that the process which pyspark started is the JVM.
    python, jvm = (Path("/proc") / str(pid) for pid in (os.getpid(), jvm_process().proc.pid))
    _collected(spark)
    for process in (python, jvm):
        (process / "clear_refs").write_text(_RESET_PEAK)
    work()
    return Memory(_peak(python), _peak(jvm), _collected(spark))


def _peak(process: Path) -> float:
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _collected(spark: SparkSession) -> float:
    """The heap in use after a full collection; Python's handles on Java objects are released first."""
    gc.collect()
    runtime = jvm_of(spark).java.lang.Runtime.getRuntime()
    runtime.gc()
    return float(runtime.totalMemory() - runtime.freeMemory()) / (1 << 20)
