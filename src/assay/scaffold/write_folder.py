"""Write a new project: beside its place first, and then renamed, so that no reader sees a half of it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from assay.errors import InfrastructureError, InputError
from assay.scaffold.project_files import EXECUTABLE

Fill = Callable[[Path], object]


def check_free(folder: Path) -> None:
    """Check that a project can be written to `folder`: it does not exist, or is an empty folder.

    Raises:
        InputError: It is a file, or holds anything.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder} is no folder", code="not-empty", hint="name a folder that does not exist")
    if folder.is_dir() and any(folder.iterdir()):
        hint = "name a folder that does not exist, or empty this one"
        raise InputError(f"{folder} is not empty, and nothing in it is changed", code="not-empty", hint=hint)


def write_project(folder: Path, files: Mapping[str, str], fill: Fill) -> None:
    """Write the files, let `fill` add to the new folder, and rename it to `folder` in one step.

    A process that is killed leaves at most a hidden folder beside it, whose name begins with `.assay-init-`.

    Raises:
        InputError: `folder` is not empty.
        InfrastructureError: It cannot be written.
    """
    check_free(folder)
    place = folder.absolute()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".assay-init-", dir=place.parent))
    except OSError as error:
        raise InfrastructureError(
            f"{folder} cannot be written: {error}", code="unwritable-folder", hint="name a folder that you may write to"
        ) from None
    try:
        new = beside / place.name
        for name, text in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755 if name in EXECUTABLE else 0o644)
        fill(new)
        _rename(new, place)
    except OSError as error:
        raise InfrastructureError(
            f"{folder} cannot be written: {error}", code="unwritable-folder", hint="name a folder that you may write to"
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def land_with(project: Path, package: str, files: Sequence[Path]) -> list[date]:
    """Divide the files by date with the landing module of the new project, into its own landing; return the dates."""
    path = project / package / "landing.py"
    spec = importlib.util.spec_from_file_location(f"_new_{package}_landing", path)
    assert spec is not None and spec.loader is not None, "the file was written"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    dates: list[date] = module.land(list(files), project / ".assay" / "landing")
    shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)
    return dates


def _rename(new: Path, place: Path) -> None:
    """Rename the folder to its place, which is empty or missing; what appeared there meanwhile is never replaced."""
    try:
        os.rename(new, place)  # noqa: PTH104 - replaces an empty folder in one step, and refuses one with files
    except OSError as error:
        if place.is_dir() and any(place.iterdir()):
            raise InputError(f"{place} is not empty any more", code="not-empty") from None
        raise error
