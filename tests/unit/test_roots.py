"""Disks that are not mounted and homes that are wrong are named, and nothing is created in their place."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from assay.cli.main import invoke
from assay.connections import lake_of
from assay.core.interval import Interval
from assay.errors import InfrastructureError, InputError
from assay.spec.project import load_pipeline, open_project
from assay.stages.ingest.land import land
from assay.stages.runtime.context import Context
from assay.store.filesystem.lake_marker import FORMAT, MARKER, RECORDS

PARCELS = Path(__file__).parents[1] / "projects" / "parcels"
DAY = ("--date", "2024-01-01")
WORK = [("land", *DAY), ("clean", *DAY), ("run", *DAY)]
LOOK = [("status",), ("models",), ("report",), ("plan", *DAY)]


@dataclass(frozen=True, slots=True)
class Somewhere:
    """A project whose lake and landing lie on disks of their own."""

    root: Path
    lake: Path
    landing: Path

    def context(self) -> Context:
        return Context(load_pipeline(open_project(self.root), "parcels"))


@pytest.fixture
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Somewhere:
    """A project, two folders where disks are mounted, and one day that has landed."""
    place = Somewhere(tmp_path / "project", tmp_path / "disk1" / "lake", tmp_path / "disk2" / "drops")
    shutil.copytree(PARCELS, place.root)
    settings = place.root / "conf" / "environments" / "local.yaml"
    text = settings.read_text().replace("${ASSAY_HOME}/lake", str(place.lake))
    lines = [f"landing: {place.landing}" if line.startswith("landing:") else line for line in text.splitlines()]
    settings.write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(place.root))
    monkeypatch.setenv("ASSAY_PROJECT", str(place.root))
    monkeypatch.delenv("ASSAY_HOME", raising=False)
    from parcel_code.landing import write_drops

    place.lake.mkdir(parents=True)
    write_drops(place.landing / "landing", date(2024, 1, 1), 1)
    return place


def refused(code: int, named: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The stable code of the refusal, which names the path and ends with that exit code."""
    before = sorted(named.parents[1].rglob("*")) if named.parents[1].is_dir() else []
    verb, *rest = arguments
    assert invoke([verb, "parcels", *rest, "--json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert str(named) in document["message"]
    assert (sorted(named.parents[1].rglob("*")) if named.parents[1].is_dir() else []) == before, "nothing was created"
    return str(document["error"])


@pytest.mark.fault("R40", "the lake on a disk that is not mounted")
@pytest.mark.parametrize("arguments", [*WORK, *LOOK], ids=lambda words: words[0])
def test_a_lake_on_a_disk_that_is_not_mounted_is_named(
    somewhere: Somewhere, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    somewhere.lake.rmdir()
    assert refused(4, somewhere.lake, capsys, *arguments) == "not-mounted"


@pytest.mark.fault("R40", "the landing on a disk that is not mounted")
@pytest.mark.parametrize("arguments", [*WORK, ("landing-status", *DAY)], ids=lambda words: words[0])
def test_a_landing_on_a_disk_that_is_not_mounted_is_named(
    somewhere: Somewhere, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(somewhere.landing)
    assert refused(4, somewhere.landing, capsys, *arguments) == "not-mounted"


def test_an_empty_mount_point_is_not_taken_for_a_new_lake(
    somewhere: Somewhere, capsys: pytest.CaptureFixture[str]
) -> None:
    land(somewhere.context(), "parcels", Interval.of(date(2024, 1, 1)))
    shutil.rmtree(somewhere.lake)
    somewhere.lake.mkdir()
    for arguments in (*WORK, *LOOK):
        assert refused(4, somewhere.lake, capsys, *arguments) == "not-mounted"
    assert list(somewhere.lake.iterdir()) == []


def test_a_lake_in_place_of_another_is_not_taken_for_it(somewhere: Somewhere) -> None:
    land(somewhere.context(), "parcels", Interval.of(date(2024, 1, 1)))
    marker = somewhere.lake / RECORDS / MARKER
    marker.write_text(json.dumps({"format": FORMAT, "id": "another"}))
    with pytest.raises(InfrastructureError) as error:
        _ = somewhere.context().lake
    assert error.value.code == "other-lake"


def test_a_lake_of_another_format_is_refused(somewhere: Somewhere) -> None:
    land(somewhere.context(), "parcels", Interval.of(date(2024, 1, 1)))
    marker = somewhere.lake / RECORDS / MARKER
    marker.write_text(marker.read_text().replace(f'"format":{FORMAT}', f'"format":{FORMAT + 1}'))
    with pytest.raises(InputError) as error:
        _ = somewhere.context().lake
    assert error.value.code == "lake-format"


def test_a_lake_with_records_and_without_a_marker_is_of_the_first_format_and_refused(somewhere: Somewhere) -> None:
    land(somewhere.context(), "parcels", Interval.of(date(2024, 1, 1)))
    (somewhere.lake / RECORDS / MARKER).unlink()
    with pytest.raises(InputError) as error:
        _ = somewhere.context().lake
    assert error.value.code == "lake-format"
    assert not (somewhere.lake / RECORDS / MARKER).exists()


def test_a_landing_whose_folder_is_gone_is_not_an_empty_day(somewhere: Somewhere) -> None:
    day = Interval.of(date(2024, 1, 1))
    land(somewhere.context(), "deliveries", day)
    shutil.rmtree(somewhere.landing / "landing")
    with pytest.raises(InfrastructureError) as error:
        land(somewhere.context(), "deliveries", day)
    assert error.value.code == "not-mounted"
    assert str(somewhere.landing / "landing" / "deliveries") in error.value.message


@pytest.fixture
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project with its lake in the home, and a folder in which no home is yet."""
    monkeypatch.setenv("ASSAY_PROJECT", str(PARCELS))
    monkeypatch.syspath_prepend(str(PARCELS))
    folder = tmp_path / "mnt" / "data"
    folder.mkdir(parents=True)
    monkeypatch.setenv("ASSAY_HOME", str(folder / "assay"))
    return folder


@pytest.mark.fault("R40", "the home on a disk that is not mounted")
@pytest.mark.parametrize("arguments", [*WORK, *LOOK], ids=lambda words: words[0])
def test_a_home_below_an_empty_folder_may_be_a_disk_that_is_not_mounted(
    homeless: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(4, homeless / "assay", capsys, *arguments) == "not-mounted"


@pytest.mark.parametrize("arguments", [*WORK, *LOOK], ids=lambda words: words[0])
def test_a_home_that_does_not_exist_beside_others_is_a_mistake(
    homeless: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (homeless / "asay").mkdir()
    assert refused(2, homeless / "assay", capsys, *arguments) == "no-home"


@pytest.mark.parametrize("arguments", LOOK, ids=lambda words: words[0])
def test_a_folder_that_is_no_home_says_nothing_of_a_champion(
    homeless: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (homeless / "assay" / "pictures").mkdir(parents=True)
    assert refused(2, homeless / "assay", capsys, *arguments) == "no-lake"


def test_a_new_project_begins_by_itself_and_says_that_nothing_has_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "project"
    shutil.copytree(PARCELS, root)
    monkeypatch.setenv("ASSAY_PROJECT", str(root))
    monkeypatch.delenv("ASSAY_HOME", raising=False)
    monkeypatch.syspath_prepend(str(root))
    assert invoke(["status", "parcels", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["last"] == {}
    assert not (root / ".assay").exists(), "looking creates nothing"
    from parcel_code.landing import write_drops

    write_drops(root / ".assay" / "landing", date(2024, 1, 1), 1)
    assert invoke(["land", "parcels", *DAY]) == 0
    assert lake_of(open_project(root)).begun()


def test_the_doctor_names_what_is_not_mounted_and_creates_nothing(
    somewhere: Somewhere, capsys: pytest.CaptureFixture[str]
) -> None:
    somewhere.lake.rmdir()
    shutil.rmtree(somewhere.landing)
    assert invoke(["doctor", "--json"]) == 4
    checks = json.loads(capsys.readouterr().out)["checks"]
    for title, path in (("lake", somewhere.lake), ("landing", somewhere.landing)):
        assert checks[title]["exit_code"] == 4
        assert str(path) in checks[title]["sentence"]
        assert not path.exists()
