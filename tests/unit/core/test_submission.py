"""What is told to spark-submit, and what the end of it means."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from assay.core.operations.submission import (
    ORIGIN_VARIABLE,
    PYTHON,
    TAG_VARIABLE,
    Ending,
    Shipment,
    StageEnd,
    Submission,
    ending,
)

from ...expect_errors import missing_data

SHIPMENT = Shipment("hdfs://nn/s/environment-1.tar.gz", "hdfs://nn/s/code-2.zip", "hdfs://nn/s/spark-3.zip")


def submission(*arguments: str, **changes: Any) -> Submission:
    usual = Submission(stage="clean", pipeline="flights", env="cluster", digest="d", master="yarn", arguments=arguments)
    return replace(usual, **changes)


def test_the_same_work_has_the_same_tag_and_other_work_another() -> None:
    work = submission("--date", "2013-01-05")
    assert work.tag == submission("--date", "2013-01-05").tag
    others = [
        submission("--date", "2013-01-06"),
        submission("--date", "2013-01-05", "--force"),
        submission("--date", "2013-01-05", stage="score"),
        submission("--date", "2013-01-05", pipeline="trips"),
        submission("--date", "2013-01-05", env="staging"),
        submission("--date", "2013-01-05", digest="e"),
    ]
    assert len({work.tag, *(other.tag for other in others)}) == 7


@pytest.mark.parametrize(
    "more", [["--wait", "60"], ["--wait=60"], ["--reason", "late drop"], ["--reason=late"], ["--json"]]
)
def test_what_changes_no_work_changes_no_tag(more: list[str]) -> None:
    assert submission(*more, "--date", "2013-01-05").tag == submission("--date", "2013-01-05").tag


def test_a_tag_is_one_that_yarn_takes() -> None:
    tag = submission(pipeline="Größter Flug, " * 20).tag
    assert len(tag) <= 100
    assert tag == tag.lower()
    assert "," not in tag and " " not in tag


def test_the_driver_of_a_cluster_gets_the_commit_of_the_code_and_the_tag_does_not_depend_on_it() -> None:
    work = submission(deploy_mode="cluster", origin="e30=")
    assert work.settings(SHIPMENT)[f"spark.yarn.appMasterEnv.{ORIGIN_VARIABLE}"] == "e30="
    assert work.tag == submission().tag
    beside_the_repository = submission(deploy_mode="client", origin="e30=").settings(SHIPMENT)
    assert not [name for name in beside_the_repository if ORIGIN_VARIABLE in name]


@pytest.mark.parametrize("mode", ["client", "cluster"])
def test_both_modes_ship_the_same_and_run_the_drivers_python_where_it_is(mode: str) -> None:
    work = submission("--date", "2013-01-05", deploy_mode=mode, conf={"spark.executor.memory": "1g"})
    command = work.command("spark-submit", "jobs/clean.py", SHIPMENT, driver_python="/here/python")
    spark_conf = dict(word.split("=", 1) for flag, word in itertools.pairwise(command) if flag == "--conf")
    assert command[:5] == ["spark-submit", "--master", "yarn", "--deploy-mode", mode]
    assert spark_conf["spark.yarn.dist.archives"] == f"{SHIPMENT.environment}#environment,{SHIPMENT.code}#code"
    assert spark_conf["spark.yarn.archive"] == SHIPMENT.jars
    assert spark_conf["spark.pyspark.python"] == PYTHON
    assert spark_conf.get("spark.pyspark.driver.python") == ("/here/python" if mode == "client" else None)
    assert spark_conf["spark.yarn.tags"] == work.tag == spark_conf[f"spark.yarn.appMasterEnv.{TAG_VARIABLE}"]
    assert spark_conf["spark.executor.memory"] == "1g"
    assert command[-7:] == ["jobs/clean.py", "--pipeline", "flights", "--env", "cluster", "--date", "2013-01-05"]


def test_the_environments_settings_win_over_ours_and_the_callers_flags_come_last() -> None:
    work = submission(conf={"spark.yarn.maxAppAttempts": "2"}, flags=("--queue", "nightly"))
    command = work.command("spark-submit", "jobs/clean.py", SHIPMENT, driver_python="python")
    assert "spark.yarn.maxAppAttempts=2" in command
    assert command[command.index("jobs/clean.py") - 2 :][:2] == ["--queue", "nightly"]


def test_a_keytab_is_named_and_never_read_into_the_command() -> None:
    work = submission(principal="assay@EXAMPLE.ORG", keytab="/etc/assay.keytab")
    settings = work.settings(SHIPMENT)
    assert settings["spark.kerberos.principal"] == "assay@EXAMPLE.ORG"
    assert settings["spark.kerberos.keytab"] == "/etc/assay.keytab"
    for other in (submission(), submission(principal="assay@EXAMPLE.ORG")):  # with a ticket Spark is told nothing
        assert not any("kerberos" in name for name in other.settings(SHIPMENT))


VERDICT = StageEnd(3, "2013-01-05 is held", application="application_1_0001", attempt="aa")


@pytest.mark.parametrize(("application", "attempt"), [("application_1_0001", ""), ("", "aa"), ("application_9", "aa")])
def test_the_verdict_of_this_application_or_attempt_says_how_it_ended(application: str, attempt: str) -> None:
    assert ending(VERDICT, application, attempt) == Ending(3, "2013-01-05 is held")


@pytest.mark.parametrize("document", [None, VERDICT, replace(VERDICT, application="", attempt="")])
def test_without_its_own_verdict_an_end_is_infrastructure(document: StageEnd | None) -> None:
    assert ending(document, "application_1_0002", "bb", "FAILED").exit_code == 4
    end = ending(document, "", "", "exit 137")
    assert (end.exit_code, end.judged) == (4, False)
    assert missing_data(end.sentence, "exit 137") == []
