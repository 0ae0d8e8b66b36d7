"""Every command of the README, in its order, on a week of the real flights; those inside its sentences last."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from assay.cli.main import invoke
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.verdict import Action
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_record import new_run_id

from ..kept_models import versions_known

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
HELD = date(2013, 1, 5)


def commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def inline_commands() -> list[list[str]]:
    """The words of the commands in backticks inside sentences, joined where a line of the README breaks them."""
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    return [shlex.split(command) for command in re.findall(r"`assay ([^`]+)`", prose)]


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    makes = [command.split()[1] for command in commands() if command.startswith("make ")]
    assert makes == ["demo", "test"]
    assert set(makes) <= targets


def test_every_change_of_who_serves_is_among_the_commands() -> None:
    run = {shlex.split(command)[1] for command in commands()} | {words[0] for words in inline_commands()}
    assert run >= {"promote", "rollback", "pause", "resume", "release", "explain"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The README's own project, which has two pipelines, with a week of flights landed."""
    from flight_delays.landing import write_drops

    root = tmp_path / "project"
    root.mkdir()
    write_drops(root / ".assay" / "landing", date(2013, 1, 1), date(2013, 1, 8), arrived_before=date(2013, 1, 8))
    for name in ("conf", "jobs", ".venv"):
        (root / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "uv.lock", root)
    for name, value in (("PROJECT", root), ("HOME", root / ".assay"), ("USER", "reader")):
        monkeypatch.setenv(f"ASSAY_{name}", str(value))
    return root


@pytest.mark.timeout(900)
def test_every_other_command_runs_as_it_is_written(project: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("ASSAY_HOME", "ASSAY_PROJECT")}
    ran, served = 0, False
    for command in commands():
        words = shlex.split(command)
        if words[0] == "make":
            continue
        if words[1] == "promote" and not served:
            served = _served(project)
        done = subprocess.run(
            words, cwd=project, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        ran += 1
    assert ran >= 14
    assert served
    _hold(project)
    known = {"D": str(HELD), "RUN": _context(project).ledger.records("land")[-1].run_id}
    for words in inline_commands():
        assert invoke([known.get(word, word) for word in words]) == 0, words


def _context(project: Path) -> Context:
    return Context(load_pipeline(open_project(project), "flight_delays"), claimed="reader")


def _served(project: Path) -> bool:
    """Two versions were promoted, one after the other, as a gate would have left them."""
    ctx, evidence = _context(project), versions_known((1, 2))
    for number, version in enumerate((1, 2)):
        record = ctx.record(new_run_id("gate"), "gate", "flight_delays", Interval.of(date(2013, 1, 7)), Action.PROMOTE)
        ctx.ledger.append(record)
        ctx.promotions.write(
            number,
            kind=PromotionKind.PROMOTE,
            champion=ModelVersion(version),
            why="",
            run_id=record.run_id,
            evidence=evidence,
        )
    return True


def _hold(project: Path) -> None:
    """Upstream sends a broken export of a day, which is held."""
    from flight_delays.faults import corrupt_day

    corrupt_day(project / ".assay" / "landing", HELD)
    assert invoke(["clean", "flight_delays", "--date", str(HELD), "--table", "flights"]) == 3
