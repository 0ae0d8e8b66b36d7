"""Stages on a real YARN over a real HDFS, submitted as their user would, in client and in cluster mode."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from assay.store.decisions.promotions import Promotions
from devtools.hadoop.waiting import wait_until

from ..expect_errors import error_codes, missing_data
from .on_cluster import LIVED, TRAINED, OnCluster

LAST_WEEK_DAYS = [TRAINED - timedelta(days=days) for days in range(7, 0, -1)]
LAST_WEEK = ["--from", str(LAST_WEEK_DAYS[0]), "--to", str(TRAINED)]


@pytest.mark.system
@pytest.mark.timeout(1800)
def test_the_whole_loop_leaves_everything_on_hdfs(served: OnCluster) -> None:
    on_cluster = served
    for mode, stage, *arguments in [
        ("cluster", "train", "--date", str(TRAINED), "--force"),
        ("cluster", "score", *LAST_WEEK),
        ("client", "score", *LAST_WEEK),
        ("cluster", "monitor", *LAST_WEEK),
    ]:
        done = on_cluster.submit(stage, *arguments, "--deploy-mode", mode)
        assert done.returncode == 0, f"{stage} in {mode} mode: {done.stdout}{done.stderr}"
    ctx = on_cluster.context()
    assert set(LIVED.dates()) <= set(ctx.ledger.latest("clean", "parcels"))
    champion = Promotions(ctx.lake, "parcels").history()[0].champion
    assert champion is not None
    scored = max(ctx.ledger.records("score"), key=lambda one: len(one.partitions))
    assert len(scored.partitions) >= len(LAST_WEEK_DAYS) - 1, "a champion's first day is a run of its own"
    assert scored.counts["rows"] == 120 * len(scored.partitions)
    status = json.loads(on_cluster.assay("status", "parcels", "--env", "cluster", "--json").stdout)
    assert status["champion"] == champion
    assert status["scored"]["days"] >= len(LAST_WEEK_DAYS)
    taken = scored.footprint
    assert taken is not None
    use = taken.application
    assert use is not None
    assert use.application.startswith("application_")
    assert use.queue.endswith("default")
    assert min(taken.received, taken.sent, use.collected, use.vcore_seconds, use.peak_memory) > 0
    explained = on_cluster.assay("explain", scored.run_id, "--env", "cluster").stdout
    assert scored.claimed == "tester", "the person who submits it is named, and not the user of the container"
    assert missing_data(explained, "tester") == []
    assert use.application in explained
    assert missing_data(explained, f"{use.collected:,}") == [], "what left the cluster"


@pytest.mark.fault("R8", "the submitting process killed while the application runs")
@pytest.mark.system
def test_a_submission_that_runs_already_is_waited_for_and_not_doubled(on_cluster: OnCluster) -> None:
    day = ["--date", str(LIVED.start + timedelta(days=30)), "--deploy-mode", "cluster"]
    with on_cluster.start("clean", *day) as first:
        wait_until(lambda: len(on_cluster.running()) == 1 or first.poll() is not None, "an application", 120)
        first.kill()  # the caller alone, as a scheduler's worker dies: spark-submit and the application live
        before = on_cluster.applications()
        second = on_cluster.submit("clean", *day)
    assert second.returncode == 0, second.stdout + second.stderr
    assert any(missing_data(second.stderr, application) == [] for application in before), "it is named"
    assert on_cluster.applications() == before


@pytest.mark.system
def test_a_mistake_in_the_data_comes_through_cluster_mode_with_its_code_and_words(on_cluster: OnCluster) -> None:
    done = on_cluster.submit("score", "--date", "2025-03-30", "--deploy-mode", "cluster")
    assert done.returncode == 2, done.stdout + done.stderr
    assert len(error_codes(done.stderr)) > 0


def test_a_mistake_in_the_command_is_refused_before_anything_is_sent(on_cluster: OnCluster) -> None:
    before = on_cluster.applications()
    for arguments, message in [
        (["clean", "--dat", "2024-01-01"], "No such option"),
        (["cleen", "--date", "2024-01-01"], "cleen"),
        (["clean", "--date", "2024-01-01", "--deploy-mode", "clouster"], "clouster"),
    ]:
        done = on_cluster.submit(*arguments)
        assert done.returncode == 2, done.stdout + done.stderr
        assert message in done.stderr
    assert on_cluster.applications() == before


def test_a_dry_run_prints_the_command_and_sends_nothing(on_cluster: OnCluster) -> None:
    before = on_cluster.applications()
    done = on_cluster.submit("clean", "--date", "2024-01-01", "--dry-run", "--", "--queue", "nightly")
    assert done.returncode == 0, done.stderr
    assert "--master yarn --deploy-mode client" in done.stdout
    assert "--queue nightly" in done.stdout
    assert on_cluster.applications() == before
