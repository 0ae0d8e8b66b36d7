"""Manifests: exactly which bytes landed for a date. They are the input's identity; nothing is moved or copied."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from assay.errors import InfrastructureError, InputError
from assay.store.filesystem.atomic import inside
from assay.store.filesystem.storage_path import StoragePath, entries
from assay.store.landing.file_cache import LandedFileCache
from assay.store.landing.landed_file import LandedFile

if TYPE_CHECKING:
    from assay.spec.schema.table import TableSchema

_SUFFIXES = (".csv", ".csv.gz")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_DATA = re.compile(r"(?i)[._].*|readme(\.(txt|md|rst|html?))?|thumbs\.db|desktop\.ini")
"""Hadoop's markers and files under way, what a file manager leaves, and what people write about a folder."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of one table and date, by name. Equal digests mean equal bytes under equal names."""

    table: str
    date: date
    files: tuple[LandedFile, ...]

    @property
    def lines(self) -> int:
        """How many records all files hold: what cleaning must account for, row by row."""
        return sum(file.lines for file in self.files)

    @property
    def digest(self) -> str:
        """A digest of the names, sizes and checksums; the times of the files play no part."""
        text = json.dumps([[file.path, file.size, file.sha256] for file in self.files])
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """The manifest as plain JSON types."""
        files = [asdict(file) for file in self.files]
        return {"table": self.table, "date": self.date.isoformat(), "files": files}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Manifest:
        """The manifest that `to_json` wrote."""
        return cls(data["table"], date.fromisoformat(data["date"]), tuple(LandedFile(**file) for file in data["files"]))


class ListedFile(NamedTuple):
    """A file of a landing as its folder lists it: where it is, its path below the landing folder, and its bytes."""

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
    reader: LandedFileCache | None = None,
) -> Manifest | None:
    """What landed for `day` under `landing / source_path`, every file read through once; None if nothing did.

    A file that `reader` has read already is not read again, as long as it is what it was.

    Raises InputError naming the file, and the column where it is one, if a file is not what the schema promises: a
    column added, dropped, renamed or moved, another delimiter, no header, not UTF-8, a torn gzip, a file twice.
    """
    reader = reader or LandedFileCache()
    files = [reader.read(file.path, file.name, schema) for file in landed_files(landing, source_path, day)]
    if not files:
        return None
    _refuse_repeated((file.sha256, file.path, file.lines) for file in files)
    return Manifest(table or inside(landing, source_path).name, day, tuple(files))


def landed_files(landing: StoragePath, source_path: str, day: date) -> list[ListedFile]:
    """The files of `day` under `landing / source_path`, none read yet. Raises InputError for an entry that is no data
    file and may have been meant as one."""
    source = inside(landing, source_path)
    files, strays = _look(source, day)
    if strays:
        raise InputError(
            f"'{source.name}/{day}/{strays[0]}' is not a .csv or .csv.gz file",
            code="landing-file",
            hint="remove it, or start its name with '_' if it is no data; other dates are not concerned",
        )
    listed_files = []
    for path, size in files:
        name = path.relative_to(landing).as_posix()
        inside(landing, name)
        listed_files.append(ListedFile(path, name, size))
    return listed_files


def landed_dates(landing: StoragePath, source_path: str) -> list[date]:
    """The dates that have at least one data file under `landing / source_path`, in order; what else lies in a date's
    folder is a matter of that date (`landed_files`).

    Raises InputError naming an entry that is meant as a date and is none (2013-02-30): skipped, it would be lost.
    """
    source = inside(landing, source_path)
    days = set()
    for entry in entries(source):
        stem = _without_suffix(entry.name)
        if entry.name.startswith((".", "_")) or not stem[:1].isdigit():
            continue
        try:
            if not _DATE.fullmatch(stem):
                raise ValueError(stem)
            day = date.fromisoformat(stem)
        except ValueError:
            raise InputError(
                f"'{source_path}/{entry.name}' is not named by a date",
                code="landing-date",
                hint="folders and files of a source are named by their date, such as 2013-01-31 or 2013-01-31.csv.gz",
            ) from None
        if _look(source, day)[0] if entry.is_folder else entry.name != stem:
            days.add(day)
    return sorted(days)


def landed_bytes(landing: StoragePath, source_path: str, dates: Iterable[date]) -> int:
    """About how many bytes of text landed for the dates; a gzip is taken to hold five times its size.

    An estimate refuses nothing: whoever takes a manifest says what does not belong into a landing.
    """
    source, text_bytes = inside(landing, source_path), 0
    for day in map(date.isoformat, dates):
        for suffix in _SUFFIXES:
            for path in (*(source / day).glob(f"*{suffix}"), source / f"{day}{suffix}"):
                with suppress(OSError):
                    text_bytes += path.stat().st_size * (5 if suffix.endswith(".gz") else 1)
    return text_bytes


def refuse_repeated_days(manifests: Iterable[Manifest]) -> None:
    """Nothing, unless two dates landed with the same bytes: then an InputError naming both files.

    A drop that was sent again under the next date's name has the right header and plausible rows; only its bytes
    tell. Files without any record are alike and harmless.
    """
    _refuse_repeated((file.sha256, file.path, file.lines) for one in manifests for file in one.files)


def refuse_changed(landing: StoragePath, manifests: Iterable[Manifest], reader: LandedFileCache) -> None:
    """Nothing, if every file still is what its manifest says; raises InfrastructureError naming one that is not.

    For the end of a job that read them: what is recorded under the manifest's digest then was computed from it.
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


def _look(source: StoragePath, day: date) -> tuple[list[tuple[StoragePath, int]], list[str]]:
    """The data files of a date with their sizes, and the names in its folder that may have been meant as such."""
    folder, files, strays = source / day.isoformat(), [], []
    for entry in sorted(entries(folder), key=lambda entry: entry.name):
        if entry.name.endswith(_SUFFIXES) and not entry.is_folder and entry.name[0] not in "._":
            files.append((folder / entry.name, entry.status.st_size))
        elif not _NO_DATA.fullmatch(entry.name):
            strays.append(entry.name)
    for suffix in _SUFFIXES:
        path = source / f"{day.isoformat()}{suffix}"
        if path.is_file():
            files.append((path, _size(path)))
    return files, strays


def _size(path: StoragePath) -> int:
    try:
        return path.stat().st_size
    except OSError:  # gone meanwhile, which whoever reads it says
        return 0


def _without_suffix(name: str) -> str:
    for suffix in reversed(_SUFFIXES):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name
