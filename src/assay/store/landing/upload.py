"""Put files where a source lands: each appears whole and checked, even if the upload is killed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assay.core.landing.file_format import FileFormat
from assay.errors import InfrastructureError, InputError
from assay.store.filesystem.atomic import inside, write_atomically
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import StoragePath
from assay.store.landing.date_folders import day_folders


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that landed: its place, its SHA-256, and whether it was there before with the same bytes."""

    place: StoragePath
    sha256: str
    known: bool


def upload_file(
    landing: StoragePath,
    source_path: str,
    day: date,
    files: Iterable[Path],
    *,
    replace: bool = False,
    file_format: FileFormat = FileFormat.CSV,
) -> list[UploadedFile]:
    """Put files into the folder of `day` below `landing / source_path`, each under its own name, and return them.

    A file that is there already with the same bytes is left alone, so that a second upload does no harm.

    Raises:
        InputError: A file is missing or of another format, or is there with other bytes and not to be replaced.
        InfrastructureError: The stored bytes are not those that were sent, or the storage failed.
    """
    folder = _folder(inside(landing, source_path), day)
    return [_put(path, folder / path.name, replace=replace) for path in _checked(files, file_format)]


def _folder(source: StoragePath, day: date) -> StoragePath:
    """Return the folder of the date: that which is there, or a new one in the form that the source's folders have."""
    folders = day_folders(source, day)
    return next((folder for folder in folders if folder.is_dir()), folders[-1])


def _checked(files: Iterable[Path], file_format: FileFormat) -> list[Path]:
    paths = list(files)
    for path in paths:
        if not path.is_file():
            raise InputError(f"there is no file {path}", code="no-file", hint="name a file of this machine")
        if not path.name.endswith(file_format.suffixes) or path.name.startswith((".", "_")):
            raise InputError(
                f"'{path.name}' is no name for a {file_format} file",
                code="landing-file",
                hint=f"it ends with {file_format.in_words}",
            )
    return paths


def _put(local: Path, place: StoragePath, *, replace: bool) -> UploadedFile:
    local_digest = _sha256(local)
    if place.exists():
        if _sha256(place) == local_digest:
            return UploadedFile(place, local_digest, known=True)
        if not replace:
            raise InputError(
                f"{place} has landed already, with other bytes",
                code="landed-already",
                hint="give the file another name, or say --force: the day is then cleaned again",
            )
    if isinstance(place, HdfsPath):
        try:
            return UploadedFile(place, place.put(local), known=False)
        except OSError as error:
            raise InfrastructureError(f"cannot write {place}: {error.strerror}", code="cannot-write") from error
    write_atomically(place, local.read_bytes())
    return UploadedFile(place, local_digest, known=False)


def _sha256(place: StoragePath) -> str:
    try:
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InfrastructureError(f"cannot read {place}: {error.strerror or error}", code="cannot-read") from error
