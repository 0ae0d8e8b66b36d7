"""A lake of another format is refused by every entry, before anything in it is read and before anything is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

import assay
from assay.api import PipelineHandle
from assay.cli.commands.job import job
from assay.cli.main import invoke
from assay.core.operations.submission import TAG_VARIABLE
from assay.errors import AssayError, InputError
from assay.jobs.stage import main
from assay.store.filesystem.lake_marker import FORMAT, MARKER, RECORDS, Lake

from ..local_paths import local

PARCELS = Path(__file__).parents[1] / "projects" / "parcels"
DAY = ("--date", "2024-01-01")
WHY = ("--reason", "a test")
RUN = "20240101T000000-clean-abcdef"
SUBMIT = ("submit", "clean", "--pipeline", "parcels", *DAY)
ENTRIES = [
    *[(stage, "parcels", *DAY) for stage in ("land", "clean", "validate", "train", "gate", "score", "monitor")],
    *[("run", "parcels", *DAY), ("plan", "parcels", *DAY), ("maintain", "parcels"), ("preflight", "parcels")],
    *[("status", "parcels"), ("models", "parcels"), ("report", "parcels"), ("check", "parcels")],
    ("budget", "parcels"),
    ("explain", RUN, "--pipeline", "parcels"),
    *[(verb, "parcels", *WHY) for verb in ("rollback", "pause", "resume")],
    *[("promote", "parcels", "1", *WHY), ("decline", "parcels", *DAY, *WHY)],
    *[("release", "parcels", "parcels", *DAY, *WHY), ("own", "parcels", "--pipeline", "parcels", *WHY)],
    *[SUBMIT, (*SUBMIT, "--prepare-only")],
    ("submission", "status", "assay-parcels-clean-1", "--pipeline", "parcels"),
]
HANDLE: dict[str, Callable[[PipelineHandle], object]] = {
    "features": lambda opened: opened.features("2024-01-01", "2024-01-02"),
    "table": lambda opened: opened.table("parcels"),
    "experiment": lambda opened: opened.experiment(None, why="a test"),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of the small project, whose lake is of the next format; one day has landed."""
    root, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("ASSAY_PROJECT", str(root))
    monkeypatch.setenv("ASSAY_HOME", str(home))
    monkeypatch.syspath_prepend(str(root))
    from parcel_code.landing import write_drops

    write_drops(home / "landing", date(2024, 1, 1), 1)
    records = home / "lake" / RECORDS
    (records / "parcels" / "ledger").mkdir(parents=True)
    (records / "parcels" / "ledger" / "0000000001.json").write_text("in words that only the next Assay reads")
    (records / MARKER).write_text(json.dumps({"format": FORMAT + 1, "id": "next"}))
    return home


def files(folder: Path) -> dict[Path, tuple[int, int]]:
    """When each path below the folder was changed last, and how large it is."""
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}


@pytest.mark.parametrize("arguments", ENTRIES, ids=lambda words: "-".join(word for word in words if word.isalpha()))
def test_every_command_refuses_the_lake_and_changes_no_file(
    home: Path, arguments: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    before = files(home)
    assert invoke([*arguments, "--json"]) == 2
    assert json.loads(capfd.readouterr().out)["error"] == "lake-format"
    assert files(home) == before


def test_the_doctor_refuses_the_lake_and_leaves_it_as_it_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(home)
    assert invoke(["doctor", "--pipeline", "parcels", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["checks"]["lake"]["exit_code"] == 2
    assert files(home) == before


@pytest.mark.parametrize("submitted", [False, True], ids=["by hand", "submitted"])
def test_a_job_refuses_the_lake_and_leaves_no_verdict_there(
    home: Path, submitted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if submitted:
        monkeypatch.setenv(TAG_VARIABLE, "assay-parcels-clean-1")
    before = files(home)
    assert job("clean", ["--pipeline", "parcels", *DAY]) == 2
    assert main(["clean", "--pipeline", "parcels", *DAY]) == 2
    assert files(home) == before


@pytest.mark.parametrize("use", HANDLE.values(), ids=HANDLE)
def test_a_notebook_is_refused_before_spark_starts(home: Path, use: Callable[[PipelineHandle], object]) -> None:
    before = files(home)
    opened = assay.open("parcels")
    with pytest.raises(AssayError) as error:
        use(opened)
    assert error.value.code == "lake-format"
    assert opened.context._spark is None
    assert files(home) == before


def test_of_many_first_commands_one_marks_the_lake_and_all_remember_it(tmp_path: Path) -> None:
    lakes = [Lake(tmp_path / "lake", tmp_path / str(number)) for number in range(8)]
    with ThreadPoolExecutor(len(lakes)) as pool:
        list(pool.map(Lake.settle, lakes))
    marker = json.loads(lakes[0].marker.read_bytes())
    assert marker["format"] == FORMAT
    assert {json.loads(lake.remembered.read_text())["id"] for lake in lakes} == {marker["id"]}


def test_a_lake_that_another_version_marked_since_it_was_checked_gets_no_record(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake", tmp_path / "known")
    lake.check()
    marker = local(lake.marker)
    marker.parent.mkdir(parents=True)
    marker.write_bytes(json.dumps({"format": FORMAT + 1, "id": "next"}).encode())
    before = files(tmp_path)
    with pytest.raises(InputError) as error:
        lake.settle()
    assert error.value.code == "lake-format"
    assert files(tmp_path) == before
