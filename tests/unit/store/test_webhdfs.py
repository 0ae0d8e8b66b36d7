"""What WebHDFS is sent again after a DataNode did not answer, where no real one can be made to fail at that instant."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from hdfs.util import HdfsError

from assay.errors import InfrastructureError
from assay.store.hadoop import webhdfs
from assay.store.hadoop.hdfs_client import HdfsClient
from assay.store.hadoop.webhdfs import WebHdfs

NAMENODE, DATANODE = "http://127.0.0.1:9870", "http://127.0.0.1:9864/webhdfs/v1/before"


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhdfs, "RETRY_SECONDS", (0.0,) * len(webhdfs.RETRY_SECONDS))
    monkeypatch.setattr(time, "sleep", lambda _: None)


def hdfs_that(opens: Callable[..., Any]) -> WebHdfs:
    return WebHdfs(HdfsClient(SimpleNamespace(urls=[NAMENODE], _open=opens)))


def gone() -> requests.ConnectionError:
    return requests.ConnectionError("gone", request=requests.Request("GET", DATANODE).prepare())


def test_a_host_that_has_the_only_copy_is_asked_again_once_it_answers() -> None:
    sent: list[dict[str, str]] = []

    def opens(_: str, **excluding: str) -> Any:
        sent.append(excluding)
        if len(sent) == 1:
            raise gone()
        if excluding:
            raise HdfsError("No active and not excluded nodes contain this block", exception="IOException")
        return SimpleNamespace(content=b"as it was")

    assert hdfs_that(opens).read("/before") == b"as it was"
    assert sent == [{}, {"excludedatanodes": "127.0.0.1"}, {}]


def test_a_host_that_never_answers_is_named_at_the_end() -> None:
    def opens(_: str, **excluding: str) -> Any:
        if excluding:
            raise HdfsError("No active and not excluded nodes contain this block", exception="IOException")
        raise gone()

    with pytest.raises(InfrastructureError) as named:
        hdfs_that(opens).read("/before")
    assert named.value.code == "lost-datanode"
