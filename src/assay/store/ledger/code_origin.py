"""The git commit of a project's folder, as a training records it, and how it comes to a cluster."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from assay.core.operations.submission import ORIGIN_VARIABLE

TIMEOUT_SECONDS = 30.0
"""Seconds for each command of git: a training does not wait longer for what it only records."""

TRAILERS = ("Reviewed-by", "Approved-by")
"""The trailers of a commit's message that name who reviewed it."""


@dataclass(frozen=True, slots=True)
class CodeOrigin:
    """The git commit of a project: its id, and those who reviewed it by a trailer of its message.

    It is `dirty` where a file of the project differed from the commit, or was not in it.
    """

    commit: str
    dirty: bool
    reviewers: tuple[str, ...] = ()


def code_origin(root: Path) -> CodeOrigin | None:
    """Return the commit of what was shipped to this process, else that of the folder of a project; None without one."""
    shipped = os.environ.get(ORIGIN_VARIABLE)
    return git_origin(root) if shipped is None else read_origin(shipped)


def origin_text(origin: CodeOrigin | None) -> str:
    """Return a commit as a text for ORIGIN_VARIABLE, of letters, digits, '-', '_' and '='.

    >>> read_origin(origin_text(CodeOrigin("0a1b", True, ("ida",))))
    CodeOrigin(commit='0a1b', dirty=True, reviewers=('ida',))
    >>> read_origin(origin_text(None)) is None
    True
    """
    return base64.urlsafe_b64encode(json.dumps(asdict(origin) if origin else None).encode()).decode()


def read_origin(text: str) -> CodeOrigin | None:
    """Return the commit that `origin_text` wrote, None for None and for any other text."""
    try:
        fields = json.loads(base64.urlsafe_b64decode(text))
        return CodeOrigin(str(fields["commit"]), bool(fields["dirty"]), tuple(map(str, fields["reviewers"])))
    except (ValueError, KeyError, TypeError):
        return None


def git_origin(root: Path) -> CodeOrigin | None:
    """Return the commit of the folder of a project.

    It is None without git or a repository, with a repository of another user that git refuses, and without a commit.
    """
    git = shutil.which("git")
    if git is None:
        return None
    commit = _output(git, root, "rev-parse", "HEAD")
    changed = _output(git, root, "status", "--porcelain", "--", ".")
    if not commit or changed is None:
        return None
    keys = ",".join(f"key={name}" for name in TRAILERS)
    reviewers = _output(git, root, "log", "-1", f"--format=%(trailers:{keys},valueonly)") or ""
    return CodeOrigin(commit, bool(changed), tuple(filter(None, map(str.strip, reviewers.splitlines()))))


def _output(git: str, root: Path, *arguments: str) -> str | None:
    """Return what a command of git prints, None where it fails."""
    command = [git, "--no-optional-locks", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=TIMEOUT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None
