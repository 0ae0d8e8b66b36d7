"""The folder of a project and its home: what can be known before any file of it is read."""

from __future__ import annotations

import os
from pathlib import Path

from assay.errors import InputError


def project_folder(start: Path | None = None) -> Path:
    """Return the folder of the project around `start` (the working directory by default), or that of $ASSAY_PROJECT.

    Raises:
        InputError: There is no project.
    """
    return _named_root() or _root_above((start or Path.cwd()).resolve())


def project_home(root: Path) -> Path:
    """Return the home of the project: $ASSAY_HOME, or else `.assay` in the project's folder."""
    moved = os.environ.get("ASSAY_HOME")
    return Path(moved).expanduser().resolve() if moved else root / ".assay"


def _named_root() -> Path | None:
    named = os.environ.get("ASSAY_PROJECT")
    if not named:
        return None
    root = Path(named).expanduser().resolve()
    if not (root / "conf" / "pipelines").is_dir():
        message = f"ASSAY_PROJECT names {root}, which is no project: it has no folder conf/pipelines"
        raise InputError(message, code="no-project", hint="correct or unset ASSAY_PROJECT")
    return root


def _root_above(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / "conf" / "pipelines").is_dir():
            return folder
    raise InputError(
        f"{start} is not inside a project: no folder above it has conf/pipelines",
        code="no-project",
        hint="go to a project's folder, or set ASSAY_PROJECT",
    )
