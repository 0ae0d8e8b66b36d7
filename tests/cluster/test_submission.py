"""Stages on a real YARN over a real HDFS, submitted as their user would, in client and in cluster mode."""

from __future__ import annotations

import json

from assay.store.promotions import Promotions

from .on_cluster import LIVED, TRAINED, OnCluster


def test_the_whole_loop_in_client_mode_leaves_everything_on_hdfs(on_cluster: OnCluster) -> None:
    done = on_cluster.submit("run", "--from", str(LIVED.start), "--to", str(TRAINED), "--deploy-mode", "client")
    assert done.returncode == 0, done.stdout + done.stderr
    ctx = on_cluster.context()
    assert len(ctx.ledger.latest("clean", "parcels")) == len(LIVED)
    assert ctx.runs.of_stage("clean"), "records and verdicts stand on HDFS"
    told = on_cluster.assay("status", "parcels", "--env", "cluster", "--json")
    assert json.loads(told.stdout)["tables"]["parcels"]["published"] == len(LIVED)
    trained = on_cluster.submit("train", "--date", str(TRAINED), "--deploy-mode", "client")
    assert trained.returncode == 0, trained.stdout + trained.stderr
    judged = on_cluster.submit("gate", "--date", str(TRAINED), "--deploy-mode", "client")
    assert judged.returncode == 0, judged.stdout + judged.stderr
    [promotion] = Promotions(ctx.lake, "parcels").history()
    assert promotion.champion is not None


def test_a_stage_in_cluster_mode_ends_as_its_verdict_says(on_cluster: OnCluster) -> None:
    day = str(LIVED.start)
    done = on_cluster.submit("clean", "--date", day, "--force", "--deploy-mode", "cluster", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    record = on_cluster.context().ledger.records("clean", "parcels")[-1]
    taken = record.details["footprint"]
    assert taken["application"].startswith("application_")
    assert taken["queue"] == "root.default" or taken["queue"] == "default"
    assert taken["received"] > 0
    assert taken["collected"] > 0
    told = on_cluster.assay("explain", record.run_id, "--env", "cluster")
    assert taken["application"] in told.stdout
    assert "left the cluster" in told.stdout


def test_a_verdict_that_says_no_comes_through_in_cluster_mode(on_cluster: OnCluster) -> None:
    done = on_cluster.submit("score", "--date", "2024-03-30", "--deploy-mode", "cluster")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "2024-03-30" in done.stdout + done.stderr


def test_a_mistake_is_refused_before_anything_is_sent(on_cluster: OnCluster) -> None:
    before = on_cluster.applications()
    for arguments, said in [
        (["clean", "--dat", "2024-01-01"], "No such option"),
        (["cleen", "--date", "2024-01-01"], "cleen"),
        (["clean", "--date", "2024-01-01", "--deploy-mode", "clouster"], "clouster"),
    ]:
        done = on_cluster.submit(*arguments)
        assert done.returncode == 2, done.stdout + done.stderr
        assert said in done.stderr
    assert on_cluster.applications() == before


def test_a_dry_run_prints_the_command_and_sends_nothing(on_cluster: OnCluster) -> None:
    before = on_cluster.applications()
    done = on_cluster.submit("clean", "--date", "2024-01-01", "--dry-run", "--", "--queue", "nightly")
    assert done.returncode == 0, done.stderr
    assert "--master yarn --deploy-mode client" in done.stdout
    assert "--queue nightly" in done.stdout
    assert on_cluster.applications() == before
