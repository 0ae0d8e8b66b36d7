"""MLflow's server beside a cluster: a real database file, and the artifacts kept by the server itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from hadoop.waiting import wait_until

_SECONDS = 90.0


def free_address() -> str:
    """An address on loopback where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def tracking_server(folder: Path, address: str) -> Iterator[str]:
    """MLflow at `address` as long as the block runs. Raises InfrastructureError if it does not answer in time."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", address.rsplit(":", 1)[1], "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True) as server,
    ):
        try:
            wait_until(lambda: _answers(f"{address}/health"), f"MLflow's server ({folder}/server.log)", _SECONDS)
            yield address
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).ok
    except requests.RequestException:
        return False
