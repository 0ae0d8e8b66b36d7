"""MLflow's server beside a cluster: a real database file, and the artifacts kept by the server itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from devtools.hadoop.serving import serving


@contextmanager
def tracking_server(folder: Path, address: str) -> Iterator[str]:
    """MLflow at `address` as long as the block runs. Raises InfrastructureError if it does not answer in time."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", address.rsplit(":", 1)[1], "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    with serving(command, folder, "mlflow", lambda: _answers(f"{address}/health")):
        yield address


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).ok
    except requests.RequestException:
        return False
