"""`assay notify`, and the notifications at the end of other commands, as processes with real servers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.cli.commands import maintenance
from assay.cli.main import invoke
from assay.core.notifications.retries import MAX_ATTEMPTS
from assay.core.operations.submission import TAG_VARIABLE
from assay.errors import InfrastructureError, InputError
from assay.spec.project import load_pipeline, open_project
from assay.stages.notifications.collect import collect
from assay.stages.notifications.deliver import deliver
from assay.stages.notifications.state import channels_state
from assay.stages.runtime.context import Context
from assay.store.ledger.submissions import read_verdict

from ...expect_errors import error_codes, missing_data, raises_code
from ..notifications.servers import Webhook, free_port, webhook_server
from ..stages.notified import held, outbox

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
SECRET = "s3cret-canary-of-a-process"


@dataclass
class Notified:
    """A project with a channel whose secret address is in the environment, and a pipeline with one event."""

    root: Path
    server: Webhook
    ctx: Context
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as a process of its own."""
        environment = {**os.environ, **self.variables, **variables}
        command = [sys.executable, "-m", "assay.cli.main", *words]
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)

    def submit(self, stage: str, *words: str, tag: str) -> subprocess.CompletedProcess[str]:
        """Run a stage as `spark-submit` does, for a submission."""
        environment = {**os.environ, **self.variables, TAG_VARIABLE: tag}
        command = [sys.executable, "-m", "assay.jobs.stage", stage, "--pipeline", "parcels", *words]
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)

    def files_with(self, secret: str) -> list[Path]:
        """Return the files of project and home that hold a text."""
        folders = (self.root, Path(self.variables["ASSAY_HOME"]))
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return [path for path in files if secret.encode() in path.read_bytes()]


@pytest.fixture
def notified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notified]:
    root, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__", ".assay"))
    home.mkdir()
    monkeypatch.setenv("ASSAY_HOME", str(home))
    monkeypatch.setenv("ASSAY_PROJECT", str(root))
    monkeypatch.syspath_prepend(str(root))
    write_channels(root, hook={"webhook": {"url_env": "TEST_HOOK"}})
    with webhook_server() as server:
        ctx = Context(load_pipeline(open_project(root), "parcels"))
        held(ctx)
        variables = {"ASSAY_HOME": str(home), "TEST_HOOK": f"{server.url}/{SECRET}", "PYTHONPATH": str(root)}
        yield Notified(root, server, ctx, variables)


def write_channels(root: Path, **channels: Any) -> None:
    """Add channels to the local environment of a project."""
    file = root / "conf" / "environments" / "local.yaml"
    content = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**content, "notifications": {"channels": channels}}))


def test_a_command_sends_what_happened_after_its_answer(notified: Notified) -> None:
    done = notified.run("pause", "parcels", "--reason", "odd", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["exit_code"] == 0
    assert [body["event"] for body in notified.server.bodies()] == ["held"]
    assert notified.run("status", "parcels").returncode == 0
    assert len(notified.server.requests) == 1


def test_a_submitted_stage_sends_when_its_end_is_written(notified: Notified) -> None:
    done = notified.submit("monitor", "--date", "2024-03-01", tag="assay-parcels-monitor-1")
    assert done.returncode == 0, done.stderr
    assert read_verdict(notified.ctx.lake, "parcels", "assay-parcels-monitor-1") is not None
    assert [body["event"] for body in notified.server.bodies()] == ["held"]


@pytest.mark.fault("R38", "secrets of channels, of a command whose server is down")
@pytest.mark.parametrize("kind", ["down", "refuses"])
def test_a_server_that_fails_changes_neither_the_answer_nor_the_exit_code(notified: Notified, kind: str) -> None:
    notified.server.statuses = [500]
    if kind == "down":
        notified.variables["TEST_HOOK"] = f"http://127.0.0.1:{free_port()}/{SECRET}"
    done = notified.run("pause", "parcels", "--reason", "odd", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["exit_code"] == 0
    code = "unreachable" if kind == "down" else "http-500"
    assert missing_data(done.stderr, "hook", code) == []
    assert len(done.stderr.splitlines()) == 1
    assert SECRET not in done.stdout + done.stderr
    assert notified.files_with(SECRET) == []
    assert [one.failure for one in outbox(notified.ctx).waiting()] == [code]


def test_commands_that_only_read_send_nothing(notified: Notified) -> None:
    for words in (
        ("status", "parcels"),
        ("models", "parcels"),
        ("explain", "c1"),
        ("maintain", "parcels", "--dry-run"),
    ):
        notified.run(*words)
    assert notified.server.requests == []


@pytest.mark.parametrize(("point", "requests"), [("notifications:before-sent", 2), ("notifications:sent", 1)])
def test_after_a_kill_the_next_command_sends_the_rest(notified: Notified, point: str, requests: int) -> None:
    killed = notified.run("notify", ASSAY_KILL_AT=point)
    assert killed.returncode == -signal.SIGKILL
    assert notified.run("notify").returncode == 0
    assert notified.run("notify").stdout == "nothing waits\n"
    keys = [request["headers"]["Idempotency-Key"] for request in notified.server.requests]
    assert (len(keys), len({*keys})) == (requests, 1)


def test_notify_prints_what_became_of_each_message_and_ends_with_4_where_one_failed(
    notified: Notified, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TEST_HOOK", notified.variables["TEST_HOOK"])
    notified.server.statuses = [403]
    assert invoke(["notify", "--json"]) == 4
    [first] = json.loads(capsys.readouterr().out)
    assert (first["channel"], first["state"], first["code"], first["attempts"]) == ("hook", "failed", "http-403", 1)
    assert invoke(["notify", "parcels", "--json"]) == 0
    [second] = json.loads(capsys.readouterr().out)
    assert (second["state"], second["attempts"]) == ("sent", 2)
    assert invoke(["notify", "--test"]) == 0
    assert missing_data(capsys.readouterr().out, "sent", "hook") == []
    notified.server.statuses = [500]
    assert invoke(["notify", "--test"]) == 4


def test_what_waits_is_sent_although_the_landing_or_another_pipeline_is_broken(
    notified: Notified, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TEST_HOOK", notified.variables["TEST_HOOK"])
    (notified.root / "conf" / "pipelines" / "a_broken_one.yaml").write_text("tables: 3\n")
    monkeypatch.setattr(maintenance, "collect_missing", no_date)
    assert invoke(["notify", "--json"]) == 2
    out, err = capsys.readouterr()
    sent, *broken = json.loads(out)
    assert [one["pipeline"] for one in broken] == ["a_broken_one", "parcels"]
    assert (broken[1]["error"], sent["state"], sent["pipeline"]) == ("landing-date", "sent", "parcels")
    assert error_codes(err)[-1] == "landing-date"
    assert invoke(["notify", "parcels"]) == 2
    assert capsys.readouterr().out == "nothing waits\n"


def no_date(_: Context) -> int:
    raise InputError("'2013-02-30' is not named by a date", code="landing-date")


def test_doctor_knows_a_secret_that_is_missing_and_messages_that_were_given_up(
    notified: Notified, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = load_pipeline(open_project(notified.root), "parcels")
    monkeypatch.delenv("TEST_HOOK", raising=False)
    with raises_code(InputError, "no-secret", "hook"):
        channels_state(pipeline)
    monkeypatch.setenv("TEST_HOOK", notified.variables["TEST_HOOK"])
    collect(Context(pipeline))
    assert missing_data(channels_state(pipeline), "hook", "1 message") == []
    notified.server.statuses = [500] * MAX_ATTEMPTS
    for _ in range(MAX_ATTEMPTS):
        deliver(Context(pipeline), timeout=5, now=True)
    with raises_code(InfrastructureError, "given-up", "hook", "http-500"):
        channels_state(pipeline)


def test_without_a_channel_notify_says_what_to_write(notified: Notified, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(PARCELS / "conf" / "environments" / "local.yaml", notified.root / "conf" / "environments")
    assert invoke(["notify"]) == 2
    assert error_codes(capsys.readouterr().err) == ["no-channel"]
