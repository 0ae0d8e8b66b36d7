"""moto's server, which has S3's interface: its Python environment, and its run as long as a block lasts."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from assay.errors import InfrastructureError
from devtools.hadoop.lock import exclusive
from devtools.hadoop.ports import free_port
from devtools.hadoop.serving import serving

ROOT = Path(__file__).resolve().parents[2]
_UV = ROOT / ".tools" / "uv" / "bin" / "uv"
_ENVIRONMENT = ROOT / ".tools" / "object-store"
_PROJECT = Path(__file__).parent


def install_server() -> Path:
    """Return the program of the server, in an environment of its own by the lock beside this file.

    Raises:
        InfrastructureError: A package cannot be had.
    """
    variables = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    command = [str(_UV), "sync", "--quiet", "--project", str(_PROJECT), "--locked"]
    with exclusive(_ENVIRONMENT.with_suffix(".lock")):
        done = subprocess.run(
            command,
            env={**variables, "UV_PROJECT_ENVIRONMENT": str(_ENVIRONMENT)},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        message = f"moto's server cannot be installed: {(done.stderr.strip().splitlines() or [''])[-1]}"
        raise InfrastructureError(message, code="object-store")
    return _ENVIRONMENT / "bin" / "moto_server"


@contextmanager
def object_store(folder: Path) -> Iterator[str]:
    """Yield the address of a server with S3's interface, which takes any credentials and keeps all in its memory.

    Raises:
        InfrastructureError: It cannot be installed, or does not answer in time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [str(install_server()), "-H", "127.0.0.1", "-p", str(port)]
    with serving(command, folder, "object-store", lambda: _answers(address)):
        yield address


def make_bucket(address: str, name: str) -> None:
    """Create a bucket."""
    requests.put(f"{address}/{name}", timeout=30).raise_for_status()


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).ok
    except requests.RequestException:
        return False
