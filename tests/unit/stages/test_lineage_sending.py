"""The sending of lineage: each run once and in order, repeated after an interruption, never a failure of a stage."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assay.cli.main import invoke
from assay.cli.pending_notifications import notify_pending, remember
from assay.errors import InfrastructureError, InputError, LostRace
from assay.lineage import events
from assay.stages.lineage import after_command, send
from assay.stages.lineage.after_command import lineage_after
from assay.stages.lineage.send import LineageSending, send_again, send_new
from assay.stages.runtime.context import Context
from assay.store.failpoints import SimulatedCrash
from assay.store.ledger.lineage_mark import LineageMarks
from assay.store.locks.locks import hold

from ...expect_errors import raises_code
from ..notifications.servers import Webhook, webhook_server
from .traced_pipeline import INTERVAL, record, traced, with_lineage

RUNS = 9
"""Runs of the pipeline that have datasets."""

SECRET = "s3cret-canary-of-a-token"


@pytest.fixture
def server() -> Iterator[Webhook]:
    with webhook_server() as webhook:
        yield webhook


@pytest.fixture
def ctx(parcels: Context, server: Webhook) -> Context:
    return with_lineage(traced(parcels), url=server.url)


def ids(server: Webhook) -> list[tuple[str, str]]:
    return [(body["run"]["runId"], body["eventType"]) for body in server.bodies()]


def test_each_run_is_sent_once_to_the_endpoint_with_its_start_before_its_end(ctx: Context, server: Webhook) -> None:
    assert send_new(ctx, timeout=5) == LineageSending(RUNS)
    assert send_new(ctx, timeout=5) == LineageSending(0)
    assert {request["path"] for request in server.requests} == {"/api/v1/lineage"}
    assert [kind for _, kind in ids(server)[:2]] == ["START", "COMPLETE"]
    assert len(ids(server)) == len(set(ids(server))) == 2 * RUNS
    record(ctx, "land-2", "land")
    assert send_new(ctx, timeout=5) == LineageSending(1)


def test_a_token_is_sent_as_a_header_and_stored_nowhere(
    ctx: Context, server: Webhook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setenv("TEST_TOKEN", SECRET)
    with_lineage(ctx, url=server.url, token_env="TEST_TOKEN", endpoint="/lineage/here")
    server.statuses = [200, 500]
    assert send_new(ctx, timeout=5).code == "http-500"
    assert server.requests[0]["headers"]["Authorization"] == f"Bearer {SECRET}"
    assert server.requests[0]["path"] == "/lineage/here"
    assert SECRET not in json.dumps(server.bodies()) + caplog.text
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_a_missing_token_is_a_code_and_sends_nothing(ctx: Context, server: Webhook) -> None:
    with_lineage(ctx, url=server.url, token_env="NO_SUCH_TOKEN")
    assert send_new(ctx, timeout=5) == LineageSending(0, RUNS, "no-secret")
    assert not server.requests


def test_a_failure_keeps_the_order_and_the_next_sending_begins_there(ctx: Context, server: Webhook) -> None:
    server.statuses = [200, 200, 200, 503]
    assert send_new(ctx, timeout=5) == LineageSending(1, RUNS - 1, "http-503")
    assert send_new(ctx, timeout=5) == LineageSending(RUNS - 1)
    assert len(set(ids(server))) == 2 * RUNS
    assert ids(server)[2:4] == ids(server)[4:6], "the events of the run that failed are the same again"


@pytest.mark.parametrize("place", ["lineage:sent", "lineage:before-mark"])
def test_a_kill_at_any_instant_loses_no_run_and_repeats_the_same_events(
    ctx: Context, server: Webhook, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def crash(name: str) -> None:
        if name == place:
            raise SimulatedCrash(name)

    with monkeypatch.context() as patched:
        patched.setattr(send, "failpoint", crash)
        with pytest.raises(SimulatedCrash):
            send_new(ctx, timeout=5)
    first = server.bodies()
    assert send_new(ctx, timeout=5) == LineageSending(RUNS)
    assert server.bodies()[len(first) : 2 * len(first)] == first
    assert len(set(ids(server))) == 2 * RUNS


def test_a_redirect_is_not_followed(ctx: Context, server: Webhook) -> None:
    server.statuses = [307]
    assert send_new(ctx, timeout=5) == LineageSending(0, RUNS, "redirect")
    assert len(server.requests) == 1


def test_a_file_gets_a_line_for_each_event(ctx: Context, tmp_path: Path) -> None:
    file = tmp_path / "lineage.ndjson"
    with_lineage(ctx, file=str(file))
    assert send_new(ctx, timeout=5) == LineageSending(RUNS)
    first = file.read_text().splitlines()
    assert len([json.loads(line) for line in first]) == 2 * RUNS
    assert send_again(ctx, INTERVAL, timeout=5) == LineageSending(RUNS)
    assert file.read_text().splitlines() == 2 * first, "the same bytes again"


def test_a_file_that_cannot_be_written_is_a_code(ctx: Context, tmp_path: Path) -> None:
    with_lineage(ctx, file=str(tmp_path / "no" / "folder.ndjson"))
    assert send_new(ctx, timeout=5) == LineageSending(0, RUNS, "not-written")


def test_two_processes_do_not_send_at_once(ctx: Context, server: Webhook) -> None:
    with hold(ctx.lake, "lineage/parcels", None), pytest.raises(LostRace):
        send_new(ctx, timeout=5, wait=0)
    assert not server.requests


def test_a_long_ledger_is_sent_in_pieces_and_marks_runs_without_datasets(
    ctx: Context, server: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "AT_ONCE", 2)
    assert send_new(ctx, timeout=5) == LineageSending(RUNS)
    assert len(server.requests) == 2 * RUNS
    assert LineageMarks(ctx.lake, "parcels").read("local") == len(ctx.ledger.records())


def test_the_end_of_a_command_is_a_line_where_a_server_is_down(ctx: Context) -> None:
    with_lineage(ctx, url="http://127.0.0.1:9")
    line = lineage_after([ctx])
    assert "unreachable" in line
    assert f"{RUNS} runs" in line


def test_a_slow_server_ends_the_waiting_and_no_command(
    ctx: Context, server: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.delay = threading.Event()
    monkeypatch.setattr(after_command, "DEADLINE_SECONDS", 0.2)
    assert "no answer" in lineage_after([ctx])
    server.delay.set()


def test_a_stage_sends_and_a_command_that_reads_does_not(
    ctx: Context, server: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Running:
        parent = None
        params: dict[str, Any] = {}  # noqa: RUF012 - as click's
        info_name = "status"

    monkeypatch.setattr("assay.cli.pending_notifications._running", Running)
    remember(ctx)
    notify_pending(0)
    assert not server.requests
    monkeypatch.setattr(Running, "info_name", "clean")
    remember(ctx)
    notify_pending(3)
    assert len(server.requests) == 2 * RUNS


def test_without_the_client_the_extra_is_named(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(events.__dict__["__builtins__"], "__import__", _without_openlineage)
    with raises_code(InputError, "no-openlineage"):
        send_new(ctx, timeout=5)


def test_the_command_prints_lines_of_json_and_sends(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lineage.ndjson"
    with_lineage(ctx, file=str(file))
    monkeypatch.setattr("assay.cli.options.CommandOptions.context", lambda _: ctx)
    assert invoke(["lineage", "parcels", "--from", "2024-03-02", "--to", "2024-03-03"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {event["eventType"] for event in printed} == {"START", "COMPLETE", "FAIL"}
    assert invoke(["lineage", "parcels", "--send", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"sent": RUNS, "waiting": 0, "code": ""}
    with_lineage(ctx, url="http://127.0.0.1:9")
    assert invoke(["lineage", "parcels", "--send", "--date", "2024-03-02"]) == InfrastructureError.exit_code


def test_sending_without_a_place_is_a_mistake_of_usage(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    object.__setattr__(ctx.pipeline.project.environment, "lineage", None)
    monkeypatch.setattr("assay.cli.options.CommandOptions.context", lambda _: ctx)
    assert invoke(["lineage", "parcels", "--send", "--json"]) == 2
    assert "no-lineage" in "".join(capsys.readouterr())


def _without_openlineage(name: str, *rest: Any, **named: Any) -> Any:
    if name.startswith("openlineage"):
        raise ImportError(name)
    return __import__(name, *rest, **named)
