"""A month of profiles in one file: a zip of the unchanged bytes, replaced whole when more of the month are archived."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from assay.errors import InfrastructureError
from assay.store.filesystem.atomic import corrupt, write_atomically
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import StoragePath

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def archive_path(subject: StoragePath, day: str) -> StoragePath:
    """Return the archive in the folder of a subject that holds the profiles of an ISO date's month.

    >>> from pathlib import Path
    >>> archive_path(Path("table/flights"), "2013-01-05").as_posix()
    'table/flights/2013-01.zip'
    """
    return subject / f"{day[:7]}.zip"


def archived_names(archive: StoragePath) -> list[str]:
    """Return the names that an archive holds, `<date>/<run_id>.json.gz` each; none where there is no archive."""
    with _opened(archive) as opened:
        return opened.namelist() if opened else []


def read_archived(archive: StoragePath, names: list[str]) -> dict[str, bytes]:
    """Return the bytes of those of `names` that the archive holds.

    Raises:
        InfrastructureError: The archive is corrupt or cannot be read.
    """
    with _opened(archive) as opened:
        there = set(opened.namelist()) if opened else set()
        return {name: opened.read(name) for name in names if name in there} if opened else {}


@contextmanager
def _opened(archive: StoragePath) -> Iterator[zipfile.ZipFile | None]:
    try:
        # A zip is read from its end: what cannot be sought in comes whole, and a month of profiles is small.
        with zipfile.ZipFile(
            io.BytesIO(archive.read_bytes()) if isinstance(archive, HdfsPath) else str(archive)
        ) as opened:
            yield opened
    except FileNotFoundError:
        yield None
    except zipfile.BadZipFile as error:
        raise corrupt(archive, str(error)) from error
    except OSError as error:
        raise InfrastructureError(f"cannot read {archive}: {error.strerror or error}", code="cannot-read") from error


def unarchived_months(subject: StoragePath, before: str) -> dict[StoragePath, list[StoragePath]]:
    """Return the single files of the profiles of months before `before` ('2013-02'), by the archive they belong to.

    A month with one such file and without an archive is left alone.
    """
    months: dict[StoragePath, list[StoragePath]] = {}
    for path in sorted(subject.glob("????-??-??/*.json.gz")):
        if path.parent.name[:7] < before:
            months.setdefault(archive_path(subject, path.parent.name), []).append(path)
    return {archive: files for archive, files in months.items() if len(files) > 1 or archive.exists()}


def archive_month(archive: StoragePath, files: list[StoragePath]) -> Iterator[str]:
    """Put the files into the archive beside what it holds, then remove them; each step is named before it is done.

    A kill between any two steps loses nothing: the archive is replaced whole, and a file is removed only once it is
    inside. One process at a time may do this for an archive, as the later of two would drop what the earlier one added.
    """
    unarchived = {f"{path.parent.name}/{path.name}": path for path in files}
    content = read_archived(archive, archived_names(archive)) | {
        name: path.read_bytes() for name, path in unarchived.items()
    }
    yield f"archive {archive.stem}"
    write_atomically(archive, _zipped(content))
    for name, path in unarchived.items():
        yield f"remove {name}"
        path.unlink(missing_ok=True)


def _zipped(content: Mapping[str, bytes]) -> bytes:
    """Return a zip of the bytes as they are, since they are compressed already.

    Its entries have no time of their own, so equal contents give equal bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as opened:
        for name, data in sorted(content.items()):
            opened.writestr(zipfile.ZipInfo(name, _FIRST_DAY), data)
    return buffer.getvalue()
