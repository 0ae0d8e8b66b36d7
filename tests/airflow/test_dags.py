"""What Airflow finds in a project's dags folder: every pipeline's DAGs, and of a broken one its error alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from devtools.local_airflow.parsing import parsed
from devtools.local_airflow.standalone import ROOT

from ..expect_errors import missing_data


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return parsed(ROOT, tmp_path_factory.mktemp("home"))


def test_the_reference_pipelines_have_the_dags_they_should(reference: dict[str, Any]) -> None:
    assert reference["errors"] == {}
    assert sorted(reference["dags"]) == [
        f"{pipeline}_{kind}"
        for pipeline in ("flight_delays", "hourly_temperature")
        for kind in ("backfill", "daily", "rollback", "training")
    ]


def test_the_daily_dag_is_a_chain_in_the_pipelines_time_zone_with_one_task_a_stage(reference: dict[str, Any]) -> None:
    daily = reference["dags"]["flight_delays_daily"]
    assert daily["schedule"] == "CronDataIntervalTimetable(expression='0 1 * * *', timezone='America/New_York')"
    assert daily["graph"] == {
        "wait_for_landing": [],
        "land": ["wait_for_landing"],
        "clean": ["land"],
        "validate": ["clean"],
        "score": ["validate"],
        "monitor": ["score"],
    }
    assert daily["spark"] == ["clean", "monitor", "score"], "derived from the provider's operator"
    assert set(daily["retries"].values()) == {3}
    assert (daily["owner"], daily["tags"]) == ("flights@example.org", ["flight_delays"])
    assert daily["description"] == "Will a flight out of New York arrive more than 15 minutes late?"
    assert missing_data(daily["doc"], "all history", "28 days", "0.01") == []


def test_each_task_links_to_its_pages(reference: dict[str, Any]) -> None:
    daily, training = (reference["dags"][f"flight_delays_{kind}"]["links"] for kind in ("daily", "training"))
    assert set(map(tuple, daily.values())) == {("Report", "Report of the day")}
    assert training == {
        "train": ["Report"],
        "gate": ["Report", "Report of the decision"],
        "promote": ["Report", "Report of the decision"],
    }


def test_no_dag_file_reaches_spark_mlflow_or_pandas(reference: dict[str, Any]) -> None:
    assert reference["foreign"] == []


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """The reference project, to break one of its pipelines."""
    for folder in ("conf", "dags"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_a_broken_pipeline_breaks_its_own_dags_alone_with_the_specs_own_error(two: Path) -> None:
    spec = two / "conf" / "pipelines" / "flight_delays.yaml"
    spec.write_text(spec.read_text().replace("folds: 3", "foldes: 3"))
    loaded = parsed(two, two / ".airflow")
    assert sorted(loaded["dags"]) == [
        f"hourly_temperature_{kind}" for kind in ("backfill", "daily", "rollback", "training")
    ]
    [(place, error)] = loaded["errors"].items()
    assert place == "broken_pipelines.py", "an error among a file's DAGs would take all of them away"
    assert missing_data(error, "error[unknown-key]", "gate", "foldes") == []
    assert "--> conf/pipelines/flight_delays.yaml:" in error
    assert missing_data(error, "folds") == []


def test_an_approval_stands_between_gate_and_promotion_where_the_spec_asks_for_it(two: Path) -> None:
    spec = two / "conf" / "pipelines" / "flight_delays.yaml"
    spec.write_text(
        spec.read_text()
        + "promotion: {approval: required, downgrade: rollback}\noperate: {retrain: both, tags: [nightly]}\n"
    )
    dags = parsed(two, two / ".airflow")["dags"]
    assert dags["flight_delays_training"]["graph"]["promote"] == ["approve"]
    assert dags["flight_delays_training"]["asks"] == ["approve"]
    assert "AssetOrTimeSchedule" in dags["flight_delays_training"]["schedule"]
    assert dags["flight_delays_daily"]["graph"]["downgrade"] == ["monitor"]
    assert dags["flight_delays_daily"]["asks"] == [], "a night promotes nothing"
    assert dags["flight_delays_daily"]["tags"] == ["flight_delays", "nightly"]
