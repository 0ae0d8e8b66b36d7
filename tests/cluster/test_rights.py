"""The right to promote on HDFS: two of its users, and the permissions of one folder."""

from __future__ import annotations

import getpass
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from assay.stages.runtime.context import Context
from assay.store.filesystem.hdfs_path import HdfsPath

from ..another_version import another_version
from ..expect_errors import error_codes, missing_data
from .on_cluster import TRAINED, OnCluster

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]


def allow(files: Any, place: HdfsPath, permission: str, owner: str = "") -> None:
    answer = files.ask("PUT", "SETPERMISSION", place.path, permission=permission)
    assert answer.status_code == 200, answer.text
    if owner:
        answer = files.ask("PUT", "SETOWNER", place.path, owner=owner)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def guarded(served: OnCluster, files: Any) -> Iterator[Context]:
    """Every user may write runs and records; promotions belong to the one who made the first."""
    ctx = served.context()
    own = ctx.lake / "_assay" / "parcels"
    for folder in ("ledger", "runs"):
        place = own / folder
        assert isinstance(place, HdfsPath)
        allow(files, place, "777")
    yield ctx
    promotions = own / "promotions"
    assert isinstance(promotions, HdfsPath)
    allow(files, promotions, "755", owner=getpass.getuser())


def as_user(served: OnCluster, user: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line as another user of this Hadoop."""
    command = [sys.executable, "-m", "assay.cli.main", *arguments, "--env", "cluster", "--reason", "a test of rights"]
    environment = served.environment(HADOOP_USER_NAME=user)
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_who_may_not_write_promotions_may_not_promote_and_who_may_is_recorded_as_hdfs_knows_them(
    served: OnCluster, guarded: Context, files: Any
) -> None:
    before = guarded.promotions.current()
    assert before is not None
    version = another_version(guarded, TRAINED)
    refused = as_user(served, "eve", "promote", "parcels", str(version))
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert error_codes(refused.stderr) == ["not-allowed"]
    assert missing_data(refused.stderr, "eve (for tester)", "promotions") == []
    now = served.context().promotions.current()
    assert now is not None
    assert now.champion == before.champion

    place = guarded.lake / "_assay" / "parcels" / "promotions"
    assert isinstance(place, HdfsPath)
    allow(files, place, "755", owner="eve")
    done = as_user(served, "eve", "promote", "parcels", str(version))
    assert done.returncode == 0, done.stdout + done.stderr
    promoted = served.context().promotions.current()
    assert promoted is not None
    assert (promoted.champion, promoted.who, promoted.claimed) == (version, "eve", "tester")
    back = as_user(served, "eve", "rollback", "parcels")
    assert back.returncode == 0, back.stdout + back.stderr
