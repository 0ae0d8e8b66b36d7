"""Who acts: by the system's own account, whatever the environment claims, with the claim beside it."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from types import SimpleNamespace

import pytest

from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import authenticated_user
from assay.store.hadoop.hdfs_client import HdfsClient
from assay.store.hadoop.webhdfs import WebHdfs
from assay.store.users import Actor, claimed_user, hadoop_user, unix_user

ACCOUNT = pwd.getpwuid(os.geteuid()).pw_name


def test_no_variable_changes_the_user_of_this_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("USER", "LOGNAME", "LNAME", "USERNAME", "ASSAY_USER", "HADOOP_USER_NAME", "SPARK_USER"):
        monkeypatch.setenv(name, "eva")
    assert unix_user() == ACCOUNT
    assert authenticated_user(tmp_path) == ACCOUNT
    assert claimed_user() == "eva"


def test_a_process_without_an_account_is_named_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 4_000_000_000)
    assert unix_user() == "uid 4000000000"


def test_hadoop_without_kerberos_takes_the_name_that_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HADOOP_USER_NAME", raising=False)
    monkeypatch.delenv("SPARK_USER", raising=False)
    monkeypatch.setenv("ASSAY_USER", "eva")
    assert hadoop_user() == ACCOUNT
    monkeypatch.setenv("SPARK_USER", "anna")
    assert hadoop_user() == "anna"
    monkeypatch.setenv("HADOOP_USER_NAME", "hdfs")
    assert hadoop_user() == "hdfs"


def test_on_hdfs_the_user_is_the_one_that_the_namenode_has_authenticated() -> None:
    answer = SimpleNamespace(json=lambda: {"Path": "/user/assay"})
    client = SimpleNamespace(urls=["http://127.0.0.1:9870"], _get_home_directory=lambda _: answer)
    place = HdfsPath(WebHdfs(HdfsClient(client)), "127.0.0.1:8020", "/lake")
    assert authenticated_user(place) == "assay"


def test_the_claimed_name_stands_beside_the_authenticated_one_and_never_in_its_place() -> None:
    assert str(Actor("airflow", "eva")) == "airflow (for eva)"
    assert str(Actor("eva", "eva")) == str(Actor("eva")) == "eva"
