"""Run a command and wait for all its descendants, also for those it left behind: `python -m bench.reaper COMMAND ...`.

A JVM outlives the Python that began it by a moment. Without this process its CPU time would be counted for init, and
the bench would miss it.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = Path(__file__).parent / "project"
_PR_SET_CHILD_SUBREAPER = 36
_SAID = 2_000


class CommandFailed(RuntimeError):
    """A command that is to be measured did not do its work."""


def command(argv: Sequence[str], home: Path, *, allowed: Sequence[int] = (0,)) -> None:
    """Run `argv` in the benches' project with its home in `home`.

    Raises:
        CommandFailed: It ended with a code that is not `allowed`; the error has the end of its output.
    """
    environment = {**os.environ, **_environment(home)}
    wrapped = [sys.executable, "-m", "bench.reaper", *argv]
    done = subprocess.run(wrapped, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in allowed:
        last_output = (done.stdout + done.stderr)[-_SAID:]
        raise CommandFailed(f"exit code {done.returncode} of {' '.join(argv)}:\n{last_output}")


def _environment(home: Path) -> Mapping[str, str]:
    return {
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(ROOT)]),
        "ASSAY_HOME": str(home),
        "ASSAY_PROJECT": str(PROJECT),
        "PYSPARK_PYTHON": sys.executable,
    }


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code, when it and its last descendant have ended."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    code = subprocess.run(argv, check=False).returncode
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
