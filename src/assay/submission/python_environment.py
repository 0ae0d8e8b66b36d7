"""The Python of the containers: the packages of the project's lock, in a folder that may be moved, and packed."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from assay.errors import InfrastructureError, InputError

LEFT_OUT = ("pyspark/jars", "pyspark/examples", "pyspark/data")
"""Folders that a container has from elsewhere: Spark's jars are shipped once, beside."""


def lock_digest(root: Path) -> str:
    """Return a digest of what decides an environment's content: the lock, Python's version and the kind of machine.

    Raises:
        InputError: The project has no lock.
    """
    text = f"{platform.python_version()} {platform.machine()} {sys.platform}".encode()
    return hashlib.sha256(_lock(root).read_bytes() + text).hexdigest()[:16]


def pack_environment(root: Path, target: Path) -> None:
    """Install the packages of the lock, without the project's own, and write them to `target` as a .tar.gz.

    The packages of the project are left out, since their code changes more often than the lock. They go with each
    submission. The program `bin/python` stays a link to the base interpreter, which every node has to have at the same
    place.

    Raises:
        InputError: There is no uv, or no lock.
        InfrastructureError: A package could not be installed.
    """
    lock, uv = _lock(root), find_uv(root)
    with tempfile.TemporaryDirectory(prefix="assay-environment-") as scratch:
        folder, wanted = Path(scratch) / "environment", Path(scratch) / "requirements.txt"
        export = ["export", "--frozen", "--no-dev", "--no-emit-workspace", "--quiet", "--output-file", str(wanted)]
        _run([uv, *export, "--directory", str(lock.parent)])
        _run([uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(folder)])
        python = str(folder / "bin" / "python")
        _run([uv, "pip", "install", "--quiet", "--no-deps", "--python", python, "--requirement", str(wanted)])
        # Level 1: the network inside a cluster is faster than a better compression.
        with tarfile.open(target, "w:gz", compresslevel=1) as archive:
            archive.add(folder, arcname=".", filter=_kept)


def find_uv(root: Path) -> str:
    """Return the program uv: of `.tools` in the project or above it, where `make install` puts it, or of PATH."""
    for folder in (root, *root.parents):
        program = folder / ".tools" / "uv" / "bin" / "uv"
        if program.is_file():
            return str(program)
    uv = shutil.which("uv")
    if uv is None:
        raise InputError("there is no uv to pack an environment with", code="no-uv", hint="run 'make install'")
    return uv


def _lock(root: Path) -> Path:
    lock = root / "uv.lock"
    if lock.is_file():
        return lock
    raise InputError(
        f"{root} has no uv.lock, which would name the packages that the cluster needs",
        code="no-lock",
        hint="run 'uv lock', or name an environment that is packed already: 'spark: {environment: hdfs://...}'",
    )


def _run(command: list[str]) -> None:
    quiet = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}}
    done = subprocess.run(command, capture_output=True, text=True, env=quiet, check=False)
    if done.returncode != 0:
        error_lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise InfrastructureError(
            f"the environment could not be built: {'; '.join(error_lines[-3:])}",
            code="environment",
            hint="run it again",
        )


def _kept(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if any(f"/site-packages/{left}" in entry.name for left in LEFT_OUT) or "/__pycache__" in entry.name:
        return None
    return entry
