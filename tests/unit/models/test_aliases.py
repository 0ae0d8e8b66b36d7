"""The quick ways to MLflow's aliases, with MLflow's own client as the oracle."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from assay.errors import InfrastructureError
from assay.models.mlflow.aliases import project_aliases
from assay.models.mlflow.aliases_rest import rest_aliases
from assay.models.mlflow.aliases_sqlite import REVISION, sqlite_aliases
from assay.models.mlflow.client import UnsupportedStoreError, open_client

from ...expect_errors import raises_code

# MLflow's own use of SQLAlchemy, which nobody but MLflow can mend.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

MODEL = "flight_delays"
IN_TURN: list[dict[str, int]] = [{"champion": 1}, {"champion": 2, "challenger": 1}, {"challenger": 2}, {}]


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
    server_output: list[str] = []
    try:
        for line in process.stdout:
            server_output.append(line)
            if "Uvicorn running on" in line:
                break
        assert process.poll() is None, "".join(server_output)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        process.stdout.close()


def aliases(uri: str) -> dict[str, int]:
    """What MLflow's client reads, from each of the places where it says it."""
    client = open_client(uri)
    versions = {name: int(version) for name, version in client.get_registered_model(MODEL).aliases.items()}
    assert {name: int(client.get_model_version_by_alias(MODEL, name).version) for name in versions} == versions
    return versions


def without_mlflow(uri: str, wanted: dict[str, int]) -> list[bool]:
    """Whether each of two projections in a process of their own mended something; MLflow is not imported there."""
    code = (
        "import sys\nfrom assay.models.mlflow.aliases import project_aliases\n"
        f"for _ in range(2): print(project_aliases({uri!r}, {MODEL!r}, {wanted.get('champion')}, "
        f"{wanted.get('challenger')}))\n"
        "assert 'mlflow' not in sys.modules and 'numpy' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [line == "True" for line in done.stdout.split()]


def test_the_known_revision_is_the_one_that_the_installed_mlflow_stamps(store: str) -> None:
    with sqlite3.connect(store.removeprefix("sqlite:///")) as connection:
        revisions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    connection.close()
    assert revisions == [(REVISION,)], "MLflow's schema changed: read its aliases' table again before changing REVISION"


def test_a_sqlite_file_gets_the_aliases_without_mlflow_and_mlflow_reads_them(store: str) -> None:
    for wanted in IN_TURN:
        assert without_mlflow(store, wanted) == [True, False]
        assert aliases(store) == {"favourite": 1, **wanted}


def test_a_server_gets_the_aliases_without_mlflow_and_mlflow_reads_them(server: str, store: str) -> None:
    for wanted in IN_TURN:
        assert without_mlflow(server, wanted) == [True, False]
        assert aliases(store) == {"favourite": 1, **wanted}


def test_of_projections_at_once_one_holds_and_no_reader_sees_a_mixture(store: str) -> None:
    states = [{"champion": 1, "challenger": 2}, {"champion": 2, "challenger": 1}, {"champion": 1}, {"challenger": 2}]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            done = [
                pool.submit(project_aliases, store, MODEL, wanted.get("champion"), wanted.get("challenger"))
                for wanted in states * 2
            ]
            while not all(projection.done() for projection in done):
                assert {k: v for k, v in read(store).items() if k != "favourite"} in [{}, *states]
            for projection in done:
                projection.result()
            assert aliases(store) in [{"favourite": 1, **state} for state in states]


def read(store: str) -> dict[str, int]:
    connection = sqlite3.connect(store.removeprefix("sqlite:///"), timeout=10)
    try:
        return dict(connection.execute("SELECT alias, version FROM registered_model_aliases").fetchall())
    finally:
        connection.close()


def test_an_address_with_options_is_left_to_mlflow(store: str) -> None:
    assert project_aliases(f"{store}?timeout=5", MODEL, 2, None) is True
    assert aliases(store) == {"favourite": 1, "champion": 2}


def test_another_revision_is_left_to_mlflow(store: str) -> None:
    with sqlite3.connect(store.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '5d2d30f0abce'")
    connection.close()
    with pytest.raises(UnsupportedStoreError), sqlite_aliases(store, MODEL):
        pass
    assert project_aliases(store, MODEL, 2, None) is True
    assert aliases(store) == {"favourite": 1, "champion": 2}


def test_a_version_that_mlflow_has_not_leaves_the_aliases_as_they_were(store: str) -> None:
    project_aliases(store, MODEL, None, 1)
    for gone in (3, 9):
        with raises_code(InfrastructureError, "mlflow", MODEL, gone):
            project_aliases(store, MODEL, gone, 1)
        assert aliases(store) == {"favourite": 1, "challenger": 1}


def test_a_model_that_is_not_registered_yet_has_no_alias_to_mend(tracking_uri: str) -> None:
    assert project_aliases(tracking_uri, MODEL, None, None) is False
    assert project_aliases(f"{tracking_uri}?timeout=5", MODEL, None, None) is False


def test_a_server_that_is_down_is_said_at_once_and_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cr3t")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # taken, and nobody listens
        with raises_code(InfrastructureError, "mlflow", "127.0.0.1", errno.ECONNREFUSED) as failure:
            project_aliases(f"http://127.0.0.1:{taken.getsockname()[1]}", MODEL, 1, None)
    assert "s3cr3t" not in failure.value.render()


class Elsewhere(BaseHTTPRequestHandler):
    """A server that sends everybody on, and keeps what it was told."""

    heard: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.heard.append((self.path, self.headers["Authorization"]))
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def sending_on() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("credentials", "sent"),
    [
        ({"USERNAME": "ann", "PASSWORD": "s3cr3t", "TOKEN": "t0ken"}, "Basic YW5uOnMzY3IzdA=="),
        ({"USERNAME": "ann", "TOKEN": "t0ken"}, "Bearer t0ken"),
        ({}, None),
    ],
)
def test_the_credentials_go_to_the_server_that_was_named_and_to_no_other(
    credentials: dict[str, str], sent: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in credentials.items():
        monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)
    Elsewhere.heard.clear()
    with sending_on() as address, pytest.raises(UnsupportedStoreError), rest_aliases(address, MODEL) as store:
        store.read()
    assert Elsewhere.heard == [(f"/api/2.0/mlflow/registered-models/get?name={MODEL}", sent)]


@pytest.mark.parametrize("setting", ["MLFLOW_TRACKING_INSECURE_TLS", "MLFLOW_WORKSPACE"])
def test_a_setting_of_mlflows_that_is_not_understood_leaves_the_server_to_its_client(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, "true")
    Elsewhere.heard.clear()
    with sending_on() as address, pytest.raises(UnsupportedStoreError), rest_aliases(address, MODEL) as store:
        store.read()
    assert Elsewhere.heard == []
