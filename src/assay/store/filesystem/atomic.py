"""Documents that appear whole or not at all, and paths that stay inside their folder."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from assay.errors import InfrastructureError, InputError
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import StoragePath, entries
from assay.store.filesystem.temp_names import is_temporary, temporary_name

ONE_DAY = 86_400.0
_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_Place = TypeVar("_Place", bound=StoragePath)


def create_exclusively(path: StoragePath, data: bytes) -> bool:
    """Create `path` with exactly `data`, and return True; return False if it existed already.

    The bytes are written under a temporary name, which is then linked to the final one. `link` refuses a name that
    exists, as a rename does on HDFS. So one of many writers wins, and no reader ever sees half a document.

    Raises:
        InfrastructureError: The storage refuses to write, for example with a full disk or without permission.
    """
    if isinstance(path, HdfsPath):
        with _faults("write", path):
            return path.create(data)
    local = Path(str(path))
    with _written(local, data) as temporary:
        try:
            os.link(temporary, local)
        except FileExistsError:
            return False
        _sync_folder(local.parent)
    return True


def write_atomically(path: StoragePath, data: bytes) -> None:
    """Replace `path` by `data`: a reader sees the old bytes or the new ones.

    Raises:
        InfrastructureError: The storage refuses to write.
    """
    if isinstance(path, HdfsPath):
        with _faults("write", path):
            path.replace_by(data)
        return
    local = Path(str(path))
    with _written(local, data) as temporary:
        temporary.replace(local)
        _sync_folder(local.parent)


@contextmanager
def _faults(verb: str, path: StoragePath) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InfrastructureError(f"cannot {verb} {path}: {error.strerror or error}", code=f"cannot-{verb}") from error


@contextmanager
def _written(path: Path, data: bytes) -> Iterator[Path]:
    temporary = path.with_name(temporary_name(path.name))
    try:
        with _faults("write", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep_temporaries(folder: StoragePath, *, older_than: float = ONE_DAY) -> int:
    """Remove temporary files of dead writers from `folder`, and return how many were removed.

    Files that are younger than `older_than` seconds stay, since their writers may still use them.
    """
    swept = 0
    now = time.time()
    for entry in entries(folder):
        if is_temporary(entry.name) and now - entry.status.st_mtime > older_than:
            with suppress(FileNotFoundError, PermissionError):
                (folder / entry.name).unlink()
                swept += 1
    return swept


def to_json(document: dict[str, Any]) -> bytes:
    """Return the document as strict JSON on one line, with its keys in their order.

    Raises:
        ValueError: The document holds NaN or an infinity.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return (text + "\n").encode("utf-8", "surrogatepass")


def read_json(path: StoragePath) -> dict[str, Any]:
    """Return the document in `path`.

    Raises:
        FileNotFoundError: There is no such file.
        InfrastructureError: The file cannot be read, or is torn or corrupt. Documents are only ever written whole, so a
            broken one means that the storage failed.
    """
    try:
        document = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InfrastructureError(f"cannot read {path}: {error.strerror or error}", code="cannot-read") from error
    except ValueError as error:
        raise corrupt(path, str(error)) from error
    if not isinstance(document, dict):
        raise corrupt(path, "it does not hold a JSON object")
    return document


def corrupt(path: StoragePath, why: str) -> InfrastructureError:
    """Return the error for a stored file that cannot be what was written."""
    return InfrastructureError(
        f"the file {path} is corrupt: {why}",
        code="corrupt-file",
        hint="restore it from a backup; Assay never writes a document in part",
    )


def inside(root: _Place, relative: str) -> _Place:
    """Return `root / relative`, which has to lie inside `root`.

    >>> inside(Path("/lake"), "clean/flights").as_posix()
    '/lake/clean/flights'

    Raises:
        InputError: It leaves `root` by `..`, by an absolute path or by a symbolic link.
    """
    outside = InputError(
        f"the path '{relative}' climbs out of {root}",
        code="path-outside",
        hint="write a path below that folder, without '..' and without links that lead elsewhere",
    )
    if "\0" in relative or Path(relative).is_absolute():
        raise outside
    path = root / relative
    if isinstance(path, HdfsPath):  # which has no links
        if ".." in relative.split("/"):
            raise outside
        return path
    try:
        resolved = Path(str(path)).resolve()
    except (OSError, RuntimeError) as error:
        raise outside from error
    if not resolved.is_relative_to(Path(str(root)).resolve()):
        raise outside
    return path


def safe_name(name: str, what: str) -> str:
    """Return `name` itself if it can be one component of a path.

    Raises:
        InputError: It cannot. The message names it with `what`, such as 'a table'.
    """
    if not _SAFE_NAME.fullmatch(name):
        raise InputError(
            f"'{name}' is not a name that {what} can have",
            code="bad-name",
            hint="use letters, digits, '_', '-' and '.', and start with a letter, a digit or '_'",
        )
    return name
