"""Parts of a real Hadoop die while a stage runs: what is done twice is done once, and nothing is lost."""

from __future__ import annotations

import os
import signal
from datetime import date, timedelta

import pytest

from assay.store.delta.log import commits

from .on_cluster import LIVED, OnCluster
from .running_stage import EXECUTOR, during, processes


def days(first: int) -> tuple[list[str], list[date]]:
    """An interval of two days that no other test of this file cleans, and its dates."""
    start = LIVED.start + timedelta(days=first)
    return ["--from", str(start), "--to", str(start + timedelta(days=2)), "--table", "deliveries"], [
        start,
        start + timedelta(days=1),
    ]


def is_whole(on_cluster: OnCluster, dates: list[date]) -> bool:
    """Whether the dates were published exactly once each, with every row that landed accounted for."""
    ctx = on_cluster.context()
    records = [record for record in ctx.ledger.records("clean", "deliveries") if str(dates[0]) in record.partitions]
    committed = [entry.metadata.get("run_id") for entry in commits(ctx.folder("clean", "deliveries"), None)]
    [record] = records
    counted = record.counts
    return (
        committed.count(record.run_id) == 1
        and counted["in"] > 0
        and counted["in"] == counted["out"] + counted["quarantined"] + counted["dropped"]
        and set(record.partitions) == set(map(str, dates))
    )


def ends_whole(on_cluster: OnCluster, arguments: list[str], dates: list[date], *, again: bool) -> None:
    """The dates are whole, after another run of the same where that is due, which has to end with 0."""
    if again:
        done = on_cluster.submit("clean", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    assert is_whole(on_cluster, dates)


@pytest.mark.fault("R1", "the application master and its driver killed at a commit point, cluster mode")
@pytest.mark.parametrize(
    ("point", "first"),
    [
        ("clean:after-commit", 0),
        pytest.param("clean:before-tasks", 2, marks=pytest.mark.system),
        pytest.param("clean:after-files", 4, marks=pytest.mark.system),
        pytest.param("submission:before-verdict", 6, marks=pytest.mark.system),
    ],
)
def test_a_driver_on_the_cluster_killed_at_its_commit_points_is_run_again(
    on_cluster: OnCluster, point: str, first: int
) -> None:
    arguments, dates = days(first)
    mode = ["--deploy-mode", "cluster"]
    killed = on_cluster.submit(
        "clean", *arguments, *mode, "--", "--conf", f"spark.yarn.appMasterEnv.ASSAY_KILL_AT={point}"
    )
    assert killed.returncode == 4, killed.stdout + killed.stderr
    assert "ended without a verdict" in killed.stdout
    again = on_cluster.submit("clean", *arguments, *mode)
    assert again.returncode == 0, again.stdout + again.stderr
    assert is_whole(on_cluster, dates)


@pytest.mark.fault("R4", "an executor killed during a job")
@pytest.mark.system
def test_an_executor_killed_mid_task_costs_no_row(on_cluster: OnCluster) -> None:
    arguments, dates = days(8)
    with during(on_cluster, "clean", *arguments) as end:
        os.kill(processes(on_cluster, EXECUTOR)[0], signal.SIGKILL)
        assert end() == 0
    assert is_whole(on_cluster, dates)


@pytest.mark.fault("R4", "a DataNode killed during a job, replication 2")
@pytest.mark.system
def test_a_datanode_killed_during_a_job_costs_no_row(on_cluster: OnCluster) -> None:
    arguments, dates = days(10)
    node = on_cluster.cluster.datanodes[1]
    try:
        with during(on_cluster, "clean", *arguments) as end:
            node.kill()
            assert end() == 0
    finally:
        node.start()
    assert is_whole(on_cluster, dates)


@pytest.mark.fault("R18", "the NameNode killed and restarted during a job")
@pytest.mark.system
def test_a_namenode_restarted_during_a_job_is_survived_or_named(on_cluster: OnCluster) -> None:
    arguments, dates = days(12)
    with during(on_cluster, "clean", *arguments) as end:
        on_cluster.cluster.namenode.kill()
        on_cluster.cluster.namenode.start()
        code = end()
    assert code in {0, 4}
    ends_whole(on_cluster, arguments, dates, again=code == 4)


@pytest.mark.fault("R2", "the driver killed at a commit point, client mode")
@pytest.mark.parametrize(
    ("points", "first"),
    [
        (["clean:after-commit"], 14),
        pytest.param(["clean:before-tasks", "clean:after-files", "clean:after-commit"], 26, marks=pytest.mark.system),
    ],
    ids=["once", "at each"],
)
def test_a_driver_of_client_mode_killed_at_its_commit_points_is_run_again(
    on_cluster: OnCluster, points: list[str], first: int
) -> None:
    arguments, dates = days(first)
    for point in points:
        killed = on_cluster.submit("clean", *arguments, "--deploy-mode", "client", ASSAY_KILL_AT=point)
        assert killed.returncode == 4, f"{point}: {killed.stdout}{killed.stderr}"
    assert on_cluster.submit("clean", *arguments, "--deploy-mode", "client").returncode == 0
    assert is_whole(on_cluster, dates)


@pytest.mark.fault("R10", "the NodeManager killed during a job and restarted")
@pytest.mark.system
def test_a_nodemanager_killed_during_a_job_ends_in_done_or_infrastructure(on_cluster: OnCluster) -> None:
    arguments, dates = days(16)
    [node] = on_cluster.cluster.nodemanagers
    try:
        with during(on_cluster, "clean", *arguments) as end:
            node.kill()
            node.start()
            code = end()
    finally:
        if node.pid is None:
            node.start()
    assert code in {0, 4}
    ends_whole(on_cluster, arguments, dates, again=code == 4)


@pytest.mark.fault("R17", "the NameNode in safe mode")
@pytest.mark.system
def test_safe_mode_ends_a_stage_with_its_name(on_cluster: OnCluster) -> None:
    arguments, dates = days(18)
    on_cluster.cluster.safe_mode(on=True)
    try:
        refused = on_cluster.submit("clean", *arguments)
        assert refused.returncode == 4, refused.stdout + refused.stderr
        assert "safe mode" in (refused.stdout + refused.stderr).lower()
    finally:
        on_cluster.cluster.safe_mode(on=False)
    ends_whole(on_cluster, arguments, dates, again=True)


@pytest.mark.fault("R19", "a quota of HDFS full")
@pytest.mark.system
def test_a_full_quota_ends_a_stage_with_its_name_and_no_partial_version(on_cluster: OnCluster) -> None:
    arguments, dates = days(20)
    ctx = on_cluster.context()
    before = len(commits(ctx.folder("clean", "deliveries"), None))
    on_cluster.cluster.set_quota("/parcels/lake/clean", bytes=1)
    try:
        refused = on_cluster.submit("clean", *arguments)
        assert refused.returncode == 4, refused.stdout + refused.stderr
        assert "quota" in refused.stdout + refused.stderr
        assert len(commits(ctx.folder("clean", "deliveries"), None)) == before
    finally:
        on_cluster.cluster.clear_quota("/parcels/lake/clean")
    ends_whole(on_cluster, arguments, dates, again=True)


@pytest.mark.fault("R11", "two runs of the same days, and one of others (R12)")
@pytest.mark.system
def test_of_two_cleanings_of_the_same_days_one_commits_and_of_other_days_both_do(on_cluster: OnCluster) -> None:
    (same, dates), (other, others) = days(22), days(24)
    racers = [on_cluster.start("clean", *arguments) for arguments in (same, [*same, "--force"], other)]
    codes = []
    for racer in racers:
        racer.communicate(timeout=400)
        codes.append(racer.returncode)
    assert codes[2] == 0
    assert 0 in codes[:2]
    assert set(codes[:2]) <= {0, 4}
    assert is_whole(on_cluster, others)
    ctx = on_cluster.context()
    assert {str(day) for day in dates} <= set(map(str, ctx.ledger.latest("clean", "deliveries")))
