"""The environment of the other monitors: made once beneath `.tools` from pinned requirements, and called by files."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".tools" / "peers"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
UV = ROOT / ".tools" / "uv" / "bin" / "uv"
NO_USAGE_REPORTS = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"}
"""Both packages send reports of their use to their makers unless these are set."""


@dataclass(frozen=True, slots=True)
class PeersEnvironment:
    """The Python that has the packages, or the reason why there is none."""

    python: Path | None
    reason: str = ""

    @classmethod
    def installed(cls, folder: Path = FOLDER) -> PeersEnvironment:
        """Return the environment; it is made at the first call, and again after the requirements have changed."""
        mark, digest = folder / "requirements.sha256", hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
        python = folder / "bin" / "python"
        if mark.exists() and mark.read_text() == digest:
            return cls(python)
        commands: list[list[str | Path]] = [
            [UV, "venv", "--quiet", "--clear", "--python", sys.executable, folder],
            [UV, "pip", "install", "--quiet", "--python", python, "--requirement", REQUIREMENTS],
        ]
        for command in commands:
            try:
                subprocess.run(command, check=True, capture_output=True, text=True)
            except OSError as error:
                return cls(None, f"{UV} cannot be started: {error}; `make install` installs it")
            except subprocess.CalledProcessError as error:
                return cls(None, f"the packages cannot be installed: {str(error.stderr).strip()[-400:]}")
        mark.write_text(digest)
        return cls(python)

    def answer(self, script: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        """Return what a script of this folder writes about the arrays.

        Raises:
            subprocess.CalledProcessError: The script ended with an error.
        """
        with tempfile.TemporaryDirectory(prefix="assay-peers-") as scratch:
            rows, answer = Path(scratch) / "rows.npz", Path(scratch) / "answer.json"
            np.savez(rows, **arrays)  # type: ignore[arg-type]
            command = [str(self.python), str(Path(__file__).with_name(script)), str(rows), str(answer)]
            environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            subprocess.run(command, env=environment | NO_USAGE_REPORTS, check=True, capture_output=True)
            document: dict[str, Any] = json.loads(answer.read_text())
        return document
