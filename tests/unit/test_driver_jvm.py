"""The JVM of a local driver that spark-submit starts: fit for what landed, unless somebody has a conf of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.spark.session.session import SECOND_COMPILER_BYTES
from assay.spec.project import Pipeline, load_pipeline, open_project
from assay.submission.driver_jvm import driver_settings

PARCELS = Path(__file__).parents[1] / "projects" / "parcels"
DAY = ("--date", "2024-02-08")


@pytest.fixture
def parcels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipeline:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    for variable in ("SPARK_HOME", "SPARK_CONF_DIR"):
        monkeypatch.delenv(variable, raising=False)
    return load_pipeline(open_project(PARCELS), "parcels")


def compiler(pipeline: Pipeline, stage: str, *arguments: str) -> str:
    options = driver_settings(pipeline, stage, arguments).get("spark.driver.extraJavaOptions", "")
    return next((word[-1] for word in options.split() if "TieredStopAtLevel" in word), "")


def drop(home: Path, day: str, size: int) -> None:
    place = home / "landing" / "parcels" / day / "parcels.csv"
    place.parent.mkdir(parents=True)
    with place.open("wb") as file:
        file.truncate(size)


def test_the_second_compiler_is_used_where_much_has_landed_for_the_dates(parcels: Pipeline, tmp_path: Path) -> None:
    drop(tmp_path, "2024-02-08", SECOND_COMPILER_BYTES)
    assert compiler(parcels, "clean", *DAY) == "4"
    assert compiler(parcels, "run", "--select", "score", "--from", "2024-02-01", "--to", "2024-02-09") == "4"
    assert compiler(parcels, "run", "--select", "score", "--from", "2024-02-01", "--to", "2024-02-08") == "1"


def test_a_training_reads_all_of_its_window(parcels: Pipeline, tmp_path: Path) -> None:
    drop(tmp_path, "2024-01-20", SECOND_COMPILER_BYTES)
    assert (compiler(parcels, "train", *DAY), compiler(parcels, "clean", *DAY)) == ("4", "1")


def test_whoever_names_no_date_or_has_a_conf_of_their_own_keeps_what_spark_is_told_there(
    parcels: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert driver_settings(parcels, "preflight", ()) == {}
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    assert driver_settings(parcels, "clean", DAY) == {}
