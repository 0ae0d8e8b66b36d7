"""The wheel alone, in an environment where nothing else of this checkout is, runs a project and submits its stages."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from assay.spark.session.jars import CHECKSUMS, jar_name

from ..fresh_variables import fresh_variables
from ..unit.documentation.documented_commands import documented_commands

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]
UV = ROOT / ".tools" / "uv" / "bin" / "uv"
FIRST = date(2024, 1, 1)
JAVA = "spark/session/jdk/bin/java"
RESOURCES = {
    "py.typed", "spark/session/log4j2.properties", JAVA, "report/templates/pipeline.html", "jobs/stage.py",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Installation:
    """An environment that holds the wheel, and a copy of the small project with a home of its own."""

    programs: Path
    root: Path
    home: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A program of the environment, started in the project's folder."""
        kept = fresh_variables("PYSPARK_", "SPARK_", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
        environment = kept | {"ASSAY_PROJECT": str(self.root), "ASSAY_HOME": str(self.home)}
        environment |= {"PYTHONPATH": str(self.root)}
        command = [str(self.programs / program), *arguments]
        return subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=480, check=False
        )

    def answer(self, *arguments: str, code: int = 0) -> str:
        """What `assay` prints, after it ended with that exit code."""
        done = self.run("assay", *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


def commands_of_the_page(start: str) -> list[tuple[str, ...]]:
    """The commands for an installed wheel on the page about clusters that begin so."""
    commands = [one.words for one in documented_commands() if one.place.startswith("docs/cluster.md:")]
    return [words for words in commands if " ".join(words).startswith(start)]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True, timeout=300)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment with the wheel, at the versions of the lock, and with the jars of Delta."""
    folder = tmp_path_factory.mktemp("environment")
    lock, jars = folder / "requirements.txt", folder / "jars"
    export = ["export", "--quiet", "--frozen", "--no-dev", "--no-emit-workspace", "--all-extras"]
    subprocess.run([UV, *export, "--project", ROOT, "--output-file", lock], check=True, timeout=300)
    subprocess.run([UV, "venv", "--quiet", "--python", ROOT / ".venv/bin/python", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    install = ["pip", "install", "--quiet", "--python", str(python), "--constraints", str(lock)]
    subprocess.run([UV, *install, wheel], check=True, timeout=600)
    jars.mkdir()
    for artifact in CHECKSUMS:  # those that are sound are not fetched again
        shutil.copy(ROOT / ".tools" / "jars" / jar_name(artifact), jars)
    for _, *words in commands_of_the_page("python -m assay"):
        subprocess.run([python, *words[:-1], jars], cwd=folder, check=True, timeout=300)
    return python.parent


@pytest.fixture
def installation(programs: Path, tmp_path: Path) -> Installation:
    """The small project, into whose landing three days have come."""
    root, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(ROOT / "tests" / "projects" / "parcels", root, ignore=shutil.ignore_patterns("__pycache__"))
    home.mkdir()
    installed = Installation(programs, root, home)
    code = "import sys, datetime as d, pathlib as p; from parcel_code.landing import write_drops as w"
    done = installed.run(
        "python", "-c", f"{code}; w(p.Path(sys.argv[1]), d.date(2024, 1, 1), 3)", str(home / "landing")
    )
    assert done.returncode == 0, done.stderr
    return installed


def test_the_wheel_holds_what_the_modules_open_and_java_stays_a_program(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert {f"assay/{name}" for name in RESOURCES} <= set(archive.namelist())
        assert (archive.getinfo(f"assay/{JAVA}").external_attr >> 16) & 0o111 == 0o111


def test_nothing_of_the_checkout_is_imported(installation: Installation) -> None:
    done = installation.run("python", "-c", "import assay; print(assay.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(installation.programs.parent)


def test_the_wheel_runs_a_project_and_its_report(installation: Installation) -> None:
    stdout_text = installation.answer("run", "parcels", "--from", "2024-01-01", "--to", "2024-01-03", "--json")
    outcomes = json.loads(stdout_text[stdout_text.index("{\n") :])["outcomes"]
    published = {one["subject"] for one in outcomes if one["stage"] == "clean" and one["status"] == "done"}
    assert published == {"parcels", "deliveries"}
    assert {one["exit_code"] for one in outcomes} == {0}
    days = sorted(path.name for path in (installation.home / "lake" / "clean" / "parcels").glob("ship_date=*"))
    assert days == ["ship_date=2024-01-01", "ship_date=2024-01-02"]
    installation.answer("report", "parcels")
    assert list(installation.home.rglob("*.html"))


def test_the_wheel_submits_its_own_script_and_the_stage_leaves_its_verdict(installation: Installation) -> None:
    day = ("--pipeline", "parcels", "--date", "2024-01-01")
    [words] = commands_of_the_page("assay submit")
    installation.answer(*[{"NAME": "parcels", "2013-06-01": "2024-01-02"}.get(word, word) for word in words[1:]])
    shipped = json.loads(installation.answer("submit", "clean", *day, "--prepare-only"))
    assert Path(shipped["script"]).is_relative_to(installation.programs.parent)
    assert shipped["arguments"][0] == "clean"
    for stage in ("land", "clean"):
        installation.answer("submit", stage, *day)
    left = {
        json.loads(path.read_text())["exit_code"]
        for path in installation.home.glob("lake/_assay/parcels/submissions/*/verdict.json")
    }
    assert left == {0}
    assert (installation.home / "lake" / "clean" / "parcels" / "ship_date=2024-01-01").is_dir()
    done = installation.run("spark-submit", shipped["script"], "validate", *day)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_held_day_ends_the_wheels_script_with_the_verdicts_code(installation: Installation) -> None:
    drop = installation.home / "landing" / "parcels" / "2024-01-01" / "parcels.csv"
    drop.write_text("".join(drop.read_text().splitlines(keepends=True)[:3]))
    day = ("--pipeline", "parcels", "--date", "2024-01-01")
    installation.answer("submit", "clean", *day, "--table", "parcels", code=3)


def test_a_script_of_the_project_goes_before_the_wheels(installation: Installation) -> None:
    own = installation.root / "jobs" / "clean.py"
    own.parent.mkdir()
    shutil.copy(ROOT / "jobs" / "clean.py", own)
    command = installation.answer("submit", "clean", "--pipeline", "parcels", "--date", "2024-01-01", "--dry-run")
    assert f"{own} --pipeline" in command
