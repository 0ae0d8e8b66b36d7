"""A stage that runs on the cluster, and the processes of its containers."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.hadoop.containers import container_processes
from devtools.hadoop.waiting import wait_until

from .on_cluster import OnCluster

EXECUTOR = "YarnCoarseGrainedExecutorBackend"


def processes(on_cluster: OnCluster, name: str) -> list[int]:
    """The ids of the containers' processes whose command holds `name`."""
    pids = []
    for pid in container_processes(on_cluster.cluster.layout):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"java") and any(name.encode() in word for word in words):
            pids.append(pid)
    return pids


@contextmanager
def during(on_cluster: OnCluster, stage: str, *arguments: str) -> Iterator[Callable[[], int]]:
    """A submission whose executor runs by now; what comes waits for its end and gives its exit code."""
    with on_cluster.start(stage, *arguments, "--deploy-mode", "client") as running:

        def end() -> int:
            output = running.communicate(timeout=300)[0]
            assert running.returncode in {0, 4}, output
            return running.returncode

        wait_until(lambda: bool(processes(on_cluster, EXECUTOR)) or running.poll() is not None, "an executor", 300)
        assert running.poll() is None, running.communicate()[0]
        yield end
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
