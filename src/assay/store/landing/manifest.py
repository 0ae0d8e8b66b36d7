"""Manifests: the exact bytes that landed for a date. They are the input's identity; nothing is moved or copied."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from assay.core.landing.file_format import FileFormat, text_bytes
from assay.errors import InfrastructureError, InputError
from assay.store.filesystem.atomic import inside
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.storage_path import FolderEntry, StoragePath, entries
from assay.store.landing.date_folders import dated_entries, day_folders
from assay.store.landing.file_cache import LandedFileCache
from assay.store.landing.landed_file import LandedFile

if TYPE_CHECKING:
    from assay.spec.schema.table import TableSchema

_NO_DATA = re.compile(r"(?i)[._].*|readme(\.(txt|md|rst|html?))?|thumbs\.db|desktop\.ini")
"""Hadoop's markers and files under way, what a file manager leaves, and what people write about a folder."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of one table and date, by name. Equal digests mean equal bytes under equal names."""

    table: str
    day: date
    files: tuple[LandedFile, ...]

    @property
    def lines(self) -> int:
        """The number of records in all files: cleaning must account for each of them."""
        return sum(file.lines for file in self.files)

    @property
    def digest(self) -> str:
        """A digest of the names, sizes and checksums; the times of the files play no part."""
        text = json.dumps([[file.path, file.size, file.sha256] for file in self.files])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


MANIFESTS_FORMAT = DocumentFormat("daily-manifests", 1, dict[date, Manifest])


class ListedFile(NamedTuple):
    """A file of a landing as its folder lists it: its place, its path below the landing folder, and its bytes."""

    path: StoragePath
    name: str
    size: int


def take_manifest(
    landing: StoragePath,
    source_path: str,
    day: date,
    schema: TableSchema,
    *,
    table: str = "",
    file_format: FileFormat = FileFormat.CSV,
    reader: LandedFileCache | None = None,
) -> Manifest | None:
    """Return what landed for `day` under `landing / source_path`, or None if nothing did.

    Every file is read through once. A file that `reader` has read already is not read again while it is unchanged.

    A file is refused for a column added, dropped or renamed, and a CSV file also for one that moved, another delimiter
    or no header. So is a damaged file, text that is not UTF-8, and a file with the bytes of another one.

    Raises:
        InputError: A file is not what the schema promises. The message names it, and the column if there is one.
    """
    reader = reader or LandedFileCache()
    listed = landed_files(landing, source_path, day, file_format)
    files = [reader.read(file.path, file.name, schema) for file in listed]
    if not files:
        return None
    _refuse_repeated((file.sha256, file.path, file.lines) for file in files)
    return Manifest(table or inside(landing, source_path).name, day, tuple(files))


def landed_files(
    landing: StoragePath, source_path: str, day: date, file_format: FileFormat = FileFormat.CSV
) -> list[ListedFile]:
    """Return the files of `day` under `landing / source_path`, without reading any.

    Raises:
        InputError: An entry is no data file and may have been meant as one.
    """
    source = inside(landing, source_path)
    files, strays = _look(source, day, file_format)
    if strays:
        raise InputError(
            f"'{source.name}/{strays[0]}' is no {file_format} file, which ends with {file_format.in_words}",
            code="landing-file",
            hint="remove it, or start its name with '_' if it is no data; other dates are not concerned",
        )
    listed_files = []
    for path, size in files:
        name = path.relative_to(landing).as_posix()
        inside(landing, name)
        listed_files.append(ListedFile(path, name, size))
    return listed_files


def landed_dates(landing: StoragePath, source_path: str, file_format: FileFormat = FileFormat.CSV) -> list[date]:
    """Return the dates that have at least one data file under `landing / source_path`, in order.

    Other entries in a date's folder concern that date alone: `landed_files` judges them.

    Raises:
        InputError: An entry is meant as a date and is none (2013-02-30). If it were skipped, its rows would be lost.
    """
    source = inside(landing, source_path)
    dated = dated_entries(source, source_path, file_format.suffixes)
    return sorted({day for day, entry, _ in dated if _has_data(source, day, entry, file_format)})


def newest_landed_date(
    landing: StoragePath, source_path: str, until: date, file_format: FileFormat = FileFormat.CSV
) -> date | None:
    """Return the last of `landed_dates` up to `until`, None without any.

    It looks into the newest folders alone, since each look into one is a request on HDFS.

    Raises:
        InputError: As `landed_dates` does.
    """
    source = inside(landing, source_path)
    until_then = [one for one in dated_entries(source, source_path, file_format.suffixes) if one.day <= until]
    dated = sorted(until_then, key=lambda one: one.day, reverse=True)
    return next((day for day, entry, _ in dated if _has_data(source, day, entry, file_format)), None)


def _has_data(source: StoragePath, day: date, entry: FolderEntry, file_format: FileFormat) -> bool:
    return bool(_look(source, day, file_format)[0]) if entry.is_folder else entry.name != str(day)


def landed_bytes(
    landing: StoragePath, source_path: str, dates: Iterable[date], file_format: FileFormat = FileFormat.CSV
) -> int:
    """Return about how many bytes of text landed for the dates; a gzip is taken to hold five times its size.

    An estimate refuses nothing: `take_manifest` reports what does not belong into a landing.
    """
    source, total = inside(landing, source_path), 0
    for day in dates:
        folders = [source / day.isoformat()]
        with suppress(InputError):
            folders = day_folders(source, day)
        for suffix in file_format.suffixes:
            paths = [path for folder in folders for path in folder.glob(f"*{suffix}")]
            for path in (*paths, source / f"{day}{suffix}"):
                with suppress(OSError):
                    total += text_bytes(path.name, path.stat().st_size)
    return total


def refuse_repeated_days(manifests: Iterable[Manifest]) -> None:
    """Check that no two dates landed with the same bytes.

    A drop that was sent again under the next date's name has the right header and plausible rows. Only its bytes reveal
    it. Files without any record are alike and harmless.

    Raises:
        InputError: Two dates have the same bytes. The message names both files.
    """
    _refuse_repeated((file.sha256, file.path, file.lines) for one in manifests for file in one.files)


def refuse_changed(landing: StoragePath, manifests: Iterable[Manifest], reader: LandedFileCache) -> None:
    """Check that every file still has the bytes of its manifest.

    It is for the end of a job that read the files: what the job records under the manifest's digest then was computed
    from these bytes.

    Raises:
        InfrastructureError: A file has changed. The message names it.
    """
    for file in (file for manifest in manifests for file in manifest.files):
        if not reader.holds(landing / file.path, file.sha256):
            raise InfrastructureError(
                f"the file {file.path} changed while it was cleaned",
                code="file-changed",
                hint="nothing was published; run this again when the source is done with it",
            )


def _refuse_repeated(files: Iterable[tuple[str, str, int]]) -> None:
    seen: dict[str, str] = {}
    for sha256, path, lines in files:
        if lines and sha256 in seen:
            raise InputError(
                f"the file {path} is byte for byte the same as {seen[sha256]}",
                code="duplicate-drop",
                hint="remove the one that is wrong: taken twice, its rows would count twice",
            )
        seen[sha256] = path


def _look(source: StoragePath, day: date, file_format: FileFormat) -> tuple[list[tuple[StoragePath, int]], list[str]]:
    """Return the data files of a date with their sizes, and the names in its folders that may be meant as such."""
    files, strays = [], []
    for folder in day_folders(source, day):
        for entry in sorted(entries(folder), key=lambda entry: entry.name):
            if entry.name.endswith(file_format.suffixes) and not entry.is_folder and entry.name[0] not in "._":
                files.append((folder / entry.name, entry.status.st_size))
            elif not _NO_DATA.fullmatch(entry.name):
                strays.append(f"{folder.name}/{entry.name}")
    for suffix in file_format.suffixes:
        path = source / f"{day.isoformat()}{suffix}"
        if path.is_file():
            files.append((path, _size(path)))
    return files, strays


def _size(path: StoragePath) -> int:
    try:
        return path.stat().st_size
    except OSError:  # gone meanwhile: reading the file raises the error
        return 0
