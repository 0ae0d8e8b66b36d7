"""The kill point between Delta's files and Delta's commit. For tests of crash safety only: nothing else sets it.

Delta has no hook there, so the moment is found by watching. As soon as the write's jobs are over and its files are
whole, the JVM is frozen (SIGSTOP). A frozen JVM cannot commit while the log is read. If the log has no new commit, the
JVM is killed first and this process after it. The other way round the JVM would still finish its commit.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assay.spark.jvm_objects import jvm_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from assay.store.filesystem.storage_path import StoragePath

VARIABLE = "ASSAY_KILL_AT"
_POLL_SECONDS = 0.002
_PARQUET = b"PAR1"


@contextmanager
def dying_before_commit(spark: SparkSession, table: StoragePath, points: Collection[str]) -> Iterator[None]:
    """Kill the process at a write inside, after its files and before its commit, if `points` has `$ASSAY_KILL_AT`.

    Otherwise the write runs as usual.

    Raises:
        RuntimeError: The write committed before the process could be killed; a test must never pass by that.
    """
    if os.environ.get(VARIABLE) not in points:
        yield
        return
    watcher = _Watcher(spark, table)
    watcher.start()
    try:
        yield
    finally:
        watcher.over.set()
        watcher.join()
    if watcher.missed:
        raise RuntimeError(f"the write to {table} committed before it could be killed")


class _Watcher(threading.Thread):
    def __init__(self, spark: SparkSession, table: StoragePath) -> None:
        super().__init__(name="assay-kill-point", daemon=True)
        self.over = threading.Event()
        self.missed = False
        self._table = table
        self._files = _files(table)
        self._commits = _commits(table)
        self._tracker = spark.sparkContext.statusTracker()
        self._jvm = int(jvm_of(spark).java.lang.ProcessHandle.current().pid())

    def run(self) -> None:
        while not self.over.wait(_POLL_SECONDS):
            if not self.fresh() or self._tracker.getActiveJobsIds():
                continue
            os.kill(self._jvm, signal.SIGSTOP)
            if _commits(self._table) != self._commits:
                break
            if all(_whole(file) for file in self.fresh()):
                os.kill(self._jvm, signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGKILL)
            os.kill(self._jvm, signal.SIGCONT)
        self.missed = bool(self.fresh()) and _commits(self._table) != self._commits
        os.kill(self._jvm, signal.SIGCONT)

    def fresh(self) -> set[StoragePath]:
        return _files(self._table) - self._files


def _files(table: StoragePath) -> set[StoragePath]:
    return set(table.glob("*=*/*.parquet"))


def _commits(table: StoragePath) -> set[str]:
    return {file.name for file in table.glob("_delta_log/*.json")}


def _whole(parquet: StoragePath) -> bool:
    content = parquet.read_bytes()
    return len(content) > 12 and content.startswith(_PARQUET) and content.endswith(_PARQUET)
