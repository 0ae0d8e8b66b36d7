"""`assay doctor`: all lines together, its exit code, and what a broken project leaves of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from assay.cli.commands.doctor import check_table
from assay.cli.main import invoke
from assay.cli.terminal.screen import Screen
from assay.doctor import doctor
from assay.doctor.check_line import CheckLine
from assay.doctor.machine import MachineResources
from assay.store.filesystem.lake_marker import FORMAT, MARKER, RECORDS

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
WITHOUT_PROJECT = {"java", "python", "packages", "delta jars", "memory", "cores", "disk temp"}
WITH_PROJECT = {
    *("project", "disk lake", "disk home", "kerberos", "hdfs", "lake", "mlflow", "yarn", "airflow"),
    *("landing", "channels", "executors"),
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(PARCELS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    home.mkdir()
    monkeypatch.setenv("ASSAY_PROJECT", str(folder))
    monkeypatch.setenv("ASSAY_HOME", str(home))
    monkeypatch.setattr(doctor, "this_machine", lambda: MachineResources(16 * 10**9, 8 * 10**9, 2))
    return folder


def checks(capsys: pytest.CaptureFixture[str], expected: int, *arguments: str) -> dict[str, Any]:
    assert invoke(["doctor", "--json", *arguments]) == expected
    document = json.loads(capsys.readouterr().out)
    assert document["exit_code"] == expected
    lines: dict[str, Any] = document["checks"]
    return lines


@pytest.mark.usefixtures("root")
def test_a_sound_project_has_a_line_for_each_check(capsys: pytest.CaptureFixture[str]) -> None:
    lines = checks(capsys, 0)
    assert set(lines) == WITHOUT_PROJECT | WITH_PROJECT
    assert all(one["exit_code"] == 0 for one in lines.values())


def test_the_landing_shows_the_newest_date_of_each_source(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = json.loads(json.dumps(checks(capsys, 0)["landing"]))["sentence"].partition(":")[0]
    for day in ("2024-01-01", "2024-01-03"):
        folder = Path(place) / "landing" / "parcels" / day
        folder.mkdir(parents=True)
        (folder / "parcels.csv").write_text("a\n1\n")
    [detail] = [line for line in checks(capsys, 0)["landing"]["details"] if "parcels" in line]
    assert "2024-01-03" in detail
    assert root.is_dir()


def test_a_project_that_cannot_be_read_keeps_the_lines_that_need_none(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "conf" / "environments" / "local.yaml").write_text("lake: [")
    lines = checks(capsys, 2)
    assert set(lines) == WITHOUT_PROJECT | {"project"}
    assert lines["project"]["exit_code"] == 2
    assert "local.yaml" in lines["project"]["sentence"]


def test_a_pipeline_that_cannot_be_read_is_a_line_and_hides_no_other(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "conf" / "pipelines" / "broken.yaml").write_text("pipeline: broken\n")
    lines = checks(capsys, 2)
    assert lines["pipeline broken"]["exit_code"] == 2
    assert set(lines) >= WITH_PROJECT


@pytest.mark.usefixtures("root")
def test_an_unknown_pipeline_is_a_line_with_the_names(capsys: pytest.CaptureFixture[str]) -> None:
    lines = checks(capsys, 2, "--pipeline", "parcel")
    assert lines["pipeline parcel"]["error"] == "unknown-pipeline"
    assert "parcels" in lines["pipeline parcel"]["mend"]


def test_a_lake_of_another_format_is_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str], root: Path) -> None:
    marker = tmp_path / "home" / "lake" / RECORDS / MARKER
    marker.parent.mkdir(parents=True)
    marker.write_text(json.dumps({"format": FORMAT + 1, "id": "x"}))
    lines = checks(capsys, 2)
    assert lines["lake"]["error"] == "lake-format"
    assert root.is_dir()


@pytest.mark.usefixtures("root")
def test_the_worst_fault_gives_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "this_machine", lambda: MachineResources(16 * 10**9, 10**9, 2))
    assert checks(capsys, 4, "--pipeline", "parcel")["memory"]["error"] == "too-little-memory"


def test_a_fault_is_red_with_the_command_that_mends_it_below(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [CheckLine("java", "Java 17"), CheckLine("kerberos", "no ticket", 4, "no-ticket", "kinit eva")]
    shown = list(check_table(lines, Screen(width=60, color=True, wraps=True)))
    assert shown[1].startswith("java")
    assert shown[2].startswith("\x1b[31m")
    assert "kinit eva" in shown[3]
    assert max(map(len, check_table(lines, Screen(width=40, wraps=True)))) <= 40
    assert capsys.readouterr().out == ""
