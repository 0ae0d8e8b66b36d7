"""MLflow's aliases by MLflow's own client: a database file, a real server, and what its faults become."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.errors import InfrastructureError
from assay.models.mlflow.aliases import REQUEST_LIMITS, project_alias
from assay.models.mlflow.client import open_client

from ...expect_errors import raises_code

# MLflow's own use of SQLAlchemy, which nobody but MLflow can mend.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

MODEL = "flight_delays"
IN_TURN: list[dict[str, int]] = [{"champion": 1}, {"champion": 2}, {}]


@pytest.fixture
def store(tracking_uri: str) -> str:
    """A database with two versions of one model, a third that was deleted, and an alias of somebody else."""
    client = open_client(tracking_uri)
    client.create_registered_model(MODEL)
    for number in (1, 2, 3):
        client.create_model_version(MODEL, f"s3://models/{number}")
    client.delete_model_version(MODEL, "3")
    client.set_registered_model_alias(MODEL, "favourite", "1")
    return tracking_uri


@pytest.fixture
def server(store: str, tmp_path: Path) -> Iterator[str]:
    """The address of a real MLflow server before that database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store, "--workers", "1"]
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    process = subprocess.Popen(
        [*command, "--port", str(port)], cwd=tmp_path, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line)
            if "Uvicorn running on" in line:
                break
        assert process.poll() is None, "".join(lines)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        process.stdout.close()


def aliases(uri: str) -> dict[str, int]:
    """What MLflow's client reads, from each of the places where it says it."""
    client = open_client(uri)
    known = {name: int(version) for name, version in client.get_registered_model(MODEL).aliases.items()}
    assert {name: int(client.get_model_version_by_alias(MODEL, name).version) for name in known} == known
    return known


@pytest.mark.parametrize("kind", ["store", "server"])
def test_the_alias_follows_the_champion_and_no_other_alias_is_touched(
    request: pytest.FixtureRequest, kind: str
) -> None:
    uri = request.getfixturevalue(kind)
    for roles in IN_TURN:
        changed = [project_alias(uri, MODEL, roles.get("champion")) for _ in range(2)]
        assert changed == [True, False]
        assert aliases(uri) == {"favourite": 1, **roles}


def test_a_version_that_mlflow_has_not_leaves_the_aliases_as_they_were(store: str) -> None:
    project_alias(store, MODEL, 1)
    for gone in (3, 9):
        with raises_code(InfrastructureError, "mlflow", MODEL, gone):
            project_alias(store, MODEL, gone)
        assert aliases(store) == {"favourite": 1, "champion": 1}


def test_a_model_that_is_not_registered_yet_has_no_alias_to_change(tracking_uri: str) -> None:
    assert project_alias(tracking_uri, MODEL, None) is False


def test_a_server_that_is_down_is_named_at_once_and_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cr3t")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # taken, and nobody listens
        with raises_code(InfrastructureError, "mlflow", "127.0.0.1", "refused") as failure:
            project_alias(f"http://127.0.0.1:{taken.getsockname()[1]}", MODEL, 1)
    assert "s3cr3t" not in failure.value.render()


@pytest.mark.parametrize("seconds", [None, "60"])
def test_requests_are_limited_for_the_aliases_alone_and_the_users_limits_hold(
    monkeypatch: pytest.MonkeyPatch, seconds: str | None
) -> None:
    name, limits = "MLFLOW_HTTP_REQUEST_TIMEOUT", []
    monkeypatch.delenv(name, raising=False)
    if seconds is not None:
        monkeypatch.setenv(name, seconds)

    def refuse(_: str) -> None:
        limits.append(os.environ[name])
        raise OSError

    monkeypatch.setattr("assay.models.mlflow.aliases.open_client", refuse)
    with raises_code(InfrastructureError, "mlflow"):
        project_alias("http://mlflow", MODEL, 1)
    assert (limits, os.environ.get(name)) == ([seconds or REQUEST_LIMITS[name]], seconds)
