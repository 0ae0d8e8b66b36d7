"""HDFS keeps what it was given through the death of its daemons, and refuses in words."""

from __future__ import annotations

from typing import Any

import pytest

from devtools.hadoop.cluster import Cluster
from devtools.hadoop.waiting import wait_until

pytestmark = pytest.mark.system

DATA = bytes(range(256)) * 400


def test_a_file_is_read_back(files: Any) -> None:
    assert files.write("/data/file", DATA).status_code == 201
    assert files.read("/data/file") == DATA


def test_permissions_hold(cluster: Cluster, files: Any) -> None:
    assert files.write("/data/own", DATA).status_code == 201
    stranger = type(files)(cluster.webhdfs, "stranger")
    answer = stranger.ask("DELETE", "DELETE", "/data/own")
    assert files.refusal(answer)["exception"] == "AccessControlException"


def test_a_file_outlives_a_datanode_which_counts_again_when_it_is_back(cluster: Cluster, files: Any) -> None:
    assert files.write("/data/replicated", DATA).status_code == 201
    cluster.datanodes[0].kill()
    wait_until(lambda: files.holds("/data/replicated", DATA), "the other replica", 10)
    wait_until(lambda: cluster.live_datanodes() == 1, "the NameNode to miss the DataNode")
    assert files.write("/data/meanwhile", DATA).status_code == 201
    cluster.datanodes[0].start()
    wait_until(lambda: cluster.live_datanodes() == 2, "the NameNode to count the DataNode again")
    assert files.read("/data/meanwhile") == DATA


def test_safe_mode_refuses_a_write_and_says_so(cluster: Cluster, files: Any) -> None:
    cluster.safe_mode(on=True)
    try:
        assert cluster.is_in_safe_mode()
        assert "safe mode" in files.refusal(files.write("/data/refused", DATA))["message"]
    finally:
        cluster.safe_mode(on=False)
    assert files.write("/data/refused", DATA).status_code == 201


def test_a_quota_refuses_and_says_so(cluster: Cluster, files: Any) -> None:
    assert files.ask("PUT", "MKDIRS", "/small").json() == {"boolean": True}
    cluster.set_quota("/small", names=2)
    assert files.write("/small/first", DATA).status_code == 201
    assert "quota" in files.refusal(files.write("/small/second", DATA))["message"]
    cluster.set_quota("/small", bytes=1_000_000)
    assert "quota" in files.refusal(files.write("/small/first", DATA))["message"]
