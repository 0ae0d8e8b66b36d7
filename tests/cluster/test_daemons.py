"""A cluster comes up, heals, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from assay.store.hadoop.webhdfs import connect
from devtools.hadoop.cluster import Cluster
from devtools.hadoop.waiting import wait_until

pytestmark = pytest.mark.system

LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
LISTENING = "0A"


def sockets_of(pid: int) -> set[str]:
    """The inodes of the sockets that a process holds."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            target = str(entry.readlink())
            if target.startswith("socket:["):
                inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    return inodes


def listening(pid: int) -> list[str]:
    """The local addresses, in hexadecimal, on which a process accepts connections."""
    held = sockets_of(pid)
    lines = [
        line.split()
        for kind in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]
    ]
    return [fields[1].split(":")[0] for fields in lines if fields[3] == LISTENING and fields[9] in held]


def processes_that_name(folder: Path) -> Iterator[str]:
    """The command lines of processes that speak of a folder."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(FileNotFoundError, ProcessLookupError):
                command = (entry / "cmdline").read_text(errors="replace")
                if str(folder) in command:
                    yield command.replace("\0", " ")


def test_every_daemon_is_a_process_of_its_own_that_listens_on_loopback_alone(cluster: Cluster) -> None:
    pids = [daemon.pid for daemon in cluster.daemons]
    assert len({pid for pid in pids if pid is not None}) == 5
    addresses = {pid: listening(pid) for pid in pids if pid is not None}
    assert all(addresses.values())
    assert not {pid: hosts for pid, hosts in addresses.items() if set(hosts) - LOOPBACK}


def test_it_says_where_it_is(cluster: Cluster) -> None:
    assert cluster.hdfs in (cluster.conf / "core-site.xml").read_text()
    command = [sys.executable, "-m", "devtools.hadoop", "status", "--home", str(cluster.layout.home)]
    stdout_text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert all(
        word in stdout_text
        for word in (cluster.hdfs, cluster.webhdfs, cluster.resource_manager, str(cluster.conf), "logs")
    )


def test_what_died_is_started_again_and_what_lives_is_left_alone(cluster: Cluster, files: Any) -> None:
    assert files.write("/before", b"as it was").status_code == 201
    assert cluster.start() == []
    lived = cluster.datanodes[0].pid
    cluster.namenode.kill()
    cluster.resourcemanager.kill()
    assert cluster.start() == ["namenode", "resourcemanager"]
    assert cluster.datanodes[0].pid == lived
    assert cluster.live_datanodes() == 2
    assert connect((cluster.webhdfs,)).read("/before") == b"as it was", "asked again while connections are made anew"


def test_a_stopped_cluster_leaves_no_process_and_comes_back_with_its_files(cluster: Cluster) -> None:
    # Assay's client retries: a DataNode may still use its connection to the NameNode that the test before killed.
    connect((cluster.webhdfs,)).write("/kept", b"as it was", len(b"as it was"))
    address = cluster.hdfs
    assert len(cluster.stop()) == 5
    wait_until(lambda: not list(processes_that_name(cluster.layout.home)), "the end of all processes", 1)
    assert cluster.layout.started == []
    assert len(cluster.start()) == 5
    assert cluster.hdfs == address
    assert connect((cluster.webhdfs,)).read("/kept") == b"as it was"
