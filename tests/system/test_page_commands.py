"""The commands of the pages for contributors and maintainers, in their order, in a clone with an origin of its own.

`make` runs the lanes themselves and is left out. So are the editor, and the upload to the package index, which needs
its token. The other pages have their tests where their parts are: with the loop, on Hadoop, on Airflow.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import requests

from devtools.hadoop.ports import free_port
from devtools.hadoop.waiting import wait_until

from ..fresh_variables import fresh_variables
from ..unit.documentation.markdown_blocks import blocks

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
AUTHOR = {f"GIT_{role}_{what}": "tester" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def lines_of(page: str, *left_out: str) -> list[str]:
    """The lines of the page's blocks of commands, without comments and without those that begin so."""
    lines = [line for one in blocks() if one.page == page and not one.language for line in one.lines]
    commands = [line.split("  #")[0].strip() for line in lines]
    return [one for one in commands if one and not one.startswith(left_out)]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this checkout's commit, as its `main`, with what `make install` has installed."""
    origin, checkout = tmp_path / "origin.git", tmp_path / "checkout"
    git("init", "--quiet", "--bare", "--initial-branch", "main", str(origin), cwd=ROOT)
    git("push", "--quiet", str(origin), "HEAD:refs/heads/main", cwd=ROOT)
    git("clone", "--quiet", str(origin), str(checkout), cwd=tmp_path)
    with (checkout / ".git" / "info" / "exclude").open("a") as file:
        file.write(".venv\n.tools\n")
    for name in (".venv", ".tools"):
        (checkout / name).symlink_to(ROOT / name)
    return checkout


def git(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(line: str, cwd: Path) -> str:
    environment = fresh_variables("ASSAY_", "PYTEST_", "VIRTUAL_ENV") | AUTHOR
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line], cwd=cwd, env=environment, capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_commands_of_a_release_build_tag_and_push_it(clone: Path) -> None:
    lines = lines_of("docs/releasing.md", "make ", "$EDITOR", ".tools/uv/bin/uv publish")
    assert len(lines) == 11
    shown = [run(line, clone) for line in lines]
    assert any("Name: assay" in text for text in shown), "the metadata of the wheel"
    assert any("/src/assay/api.py" in text for text in shown), "the files of the source distribution"
    assert git("tag", "--list", cwd=clone.parent / "origin.git").split() == ["v0.1.0"]
    assert git("status", "--short", cwd=clone) == "", "the lock follows from pyproject.toml already"
    assert {path.suffix for path in (clone / "dist").iterdir()} >= {".whl", ".gz"}


def test_the_commands_for_a_contributor_find_everything_and_run_the_one_file(clone: Path) -> None:
    lines = lines_of("CONTRIBUTING.md", "make ")
    assert lines[0].startswith("git clone ")
    shown = [run(line, clone) for line in lines[1:]]
    assert len(shown) == 3
    assert (clone / ".git" / "hooks" / "pre-commit").is_file()
    assert " passed" in shown[-1]


def test_the_commands_that_write_golden_files_and_pages_change_nothing_that_is_committed(clone: Path) -> None:
    lines = lines_of("docs/expectations.md")
    assert len(lines) == 2
    for line in lines:
        run(line, clone)
    assert git("status", "--short", cwd=clone) == ""


def test_the_command_for_a_tracking_server_starts_one(tmp_path: Path) -> None:
    [line] = [one for one in lines_of("docs/cluster.md") if "mlflow server" in one]
    port = free_port()
    words = line.replace(".venv/", f"{ROOT}/.venv/").replace("5000", str(port)).split()
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(words, cwd=tmp_path, stdout=log, stderr=log, env=fresh_variables("MLFLOW_"))
    try:
        health = f"http://127.0.0.1:{port}/health"
        wait_until(lambda: healthy(health) or server.poll() is not None, "MLflow's server", 120)
        assert healthy(health), (tmp_path / "log").read_text()
    finally:
        server.terminate()
        server.wait(60)


def healthy(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).status_code == 200
    except requests.ConnectionError:
        return False
