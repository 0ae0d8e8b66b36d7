"""The right to promote is the right to write to a folder: two users of this system, and the same command."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.verdict import Action
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind

from ...expect_errors import error_codes, missing_data
from ...kept_models import versions_known
from ..documentation.documented_commands import documented_commands

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
DAY = Interval.parse("2024-02-01", "2024-02-02")
OTHER = pwd.getpwnam("nobody")
AS_OTHER = """
import concurrent.futures, os, sys
from assay.cli.main import invoke
from assay.models.mlflow import aliases

aliases.project_aliases = lambda *_: True
invoke(["rollback", "parcels", "--dry-run"])  # imports what it needs while the code can be read
os.setgroups([])
os.setresgid({gid}, {gid}, {gid})
os.setresuid({uid}, {uid}, {uid})
sys.exit(invoke(sys.argv[1:]))
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a process as another user")


@pytest.fixture
def ctx(monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """Two champions, in a lake in which every user may write but to the promotions."""
    with tempfile.TemporaryDirectory(prefix="assay-rights-") as home:
        monkeypatch.setenv("ASSAY_HOME", home)
        monkeypatch.setenv("ASSAY_PROJECT", str(PARCELS))
        ctx = Context(load_pipeline(open_project(PARCELS), "parcels"))
        for number, version in enumerate((1, 2)):
            ctx.promotions.write(
                number, kind=PromotionKind.PROMOTE, champion=ModelVersion(version), why="", run_id=f"p{number}",
                evidence=versions_known((1, 2)),
            )  # fmt: skip
            ctx.ledger.append(ctx.record(f"p{number}", "gate", "parcels", DAY, Action.PROMOTE))
        for folder in (Path(home), *Path(home).rglob("*")):
            folder.chmod(0o777 if folder.is_dir() else 0o644)
        promotions_of(ctx).chmod(0o755)
        yield ctx


def promotions_of(ctx: Context) -> Path:
    return Path(str(ctx.lake)) / "_assay" / "parcels" / "promotions"


def as_other(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line as `nobody`, who claims to be root."""
    script = AS_OTHER.format(uid=OTHER.pw_uid, gid=OTHER.pw_gid)
    environment = {**os.environ, "ASSAY_USER": "root"}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("command", [("rollback", "parcels"), ("promote", "parcels", "1")])
def test_who_may_not_write_promotions_may_not_change_the_champion(command: tuple[str, ...], ctx: Context) -> None:
    done = as_other(*command, "--reason", "I say so")
    assert done.returncode == 2, done.stdout + done.stderr
    assert error_codes(done.stderr) == ["not-allowed"]
    assert missing_data(done.stderr, "nobody (for root)", promotions_of(ctx)) == []
    state = ctx.promotions.current()
    assert state is not None
    assert (state.number, state.champion) == (2, 2)
    assert len(ctx.ledger.records()) == 2


def test_the_commands_of_the_page_give_the_right_to_a_group(ctx: Context) -> None:
    folder = promotions_of(ctx)
    commands = [one.words for one in documented_commands() if one.place.startswith("docs/rights.md:")]
    group = grp.getgrgid(OTHER.pw_gid).gr_name
    ran = [words for words in commands if words[0] != "hdfs"]
    assert [words[0] for words in ran] == ["mkdir", "chgrp", "chmod"]
    assert as_other("rollback", "parcels", "--reason", "odd scores").returncode == 2
    for words in ran:
        filled = [{"LAKE/_assay/PIPELINE/promotions": str(folder), "approvers": group}.get(one, one) for one in words]
        subprocess.run(filled, check=True)
    done = as_other("rollback", "parcels", "--reason", "odd scores")
    assert done.returncode == 0, done.stdout + done.stderr
    state = ctx.promotions.current()
    assert state is not None
    assert (state.champion, state.who) == (1, "nobody")


def test_who_may_write_them_may_and_is_recorded_by_the_own_account_beside_the_claim(ctx: Context) -> None:
    os.chown(promotions_of(ctx), OTHER.pw_uid, OTHER.pw_gid)
    done = as_other("rollback", "parcels", "--reason", "odd scores")
    assert done.returncode == 0, done.stdout + done.stderr
    state = ctx.promotions.current()
    assert state is not None
    assert (state.champion, state.who, state.claimed) == (1, "nobody", "root")
    record = ctx.ledger.records()[-1]
    assert (record.stage, record.who, record.claimed) == ("rollback", "nobody", "root")
    assert "nobody (for root)" in record.sentence
    written = promotions_of(ctx) / f"{state.number:010d}.json"
    assert written.stat().st_uid == OTHER.pw_uid, "the storage names the same user"
