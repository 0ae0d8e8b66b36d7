"""A month of profiles in one file: a zip of the very bytes, replaced whole when more of the month are packed."""

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


def pack_path(subject: StoragePath, day: str) -> StoragePath:
    """The pack in the folder of a subject that holds the profiles of an ISO date's month.

    >>> from pathlib import Path
    >>> pack_path(Path("table/flights"), "2013-01-05").as_posix()
    'table/flights/2013-01.zip'
    """
    return subject / f"{day[:7]}.zip"


def packed_names(pack: StoragePath) -> list[str]:
    """The names that a pack holds, `<date>/<run_id>.json.gz` each; none where there is no pack."""
    with _opened(pack) as archive:
        return archive.namelist() if archive else []


def packed(pack: StoragePath, names: list[str]) -> dict[str, bytes]:
    """The bytes of those of `names` that the pack holds. Raises InfrastructureError on a corrupt pack."""
    with _opened(pack) as archive:
        there = set(archive.namelist()) if archive else set()
        return {name: archive.read(name) for name in names if name in there} if archive else {}


@contextmanager
def _opened(pack: StoragePath) -> Iterator[zipfile.ZipFile | None]:
    try:
        # A zip is read from its end: what cannot be sought in comes whole, and a month of profiles is small.
        with zipfile.ZipFile(io.BytesIO(pack.read_bytes()) if isinstance(pack, HdfsPath) else str(pack)) as archive:
            yield archive
    except FileNotFoundError:
        yield None
    except zipfile.BadZipFile as error:
        raise corrupt(pack, str(error)) from error
    except OSError as error:
        raise InfrastructureError(f"cannot read {pack}: {error.strerror or error}", code="cannot-read") from error


def unarchived_months(subject: StoragePath, before: str) -> dict[StoragePath, list[StoragePath]]:
    """The profiles of each month before the month `before` ('2013-02') that stand as files of their own, by the pack
    that they belong to; a month with a single one is left alone."""
    months: dict[StoragePath, list[StoragePath]] = {}
    for path in sorted(subject.glob("????-??-??/*.json.gz")):
        if path.parent.name[:7] < before:
            months.setdefault(pack_path(subject, path.parent.name), []).append(path)
    return {pack: files for pack, files in months.items() if len(files) > 1 or pack.exists()}


def pack_month(pack: StoragePath, files: list[StoragePath]) -> Iterator[str]:
    """Put the files into the pack beside what it holds, then remove them; each step is named before it is done.

    Killed between any two steps nothing is lost: the pack is replaced whole, and a file goes only when it stands in it.
    One process at a time may do this for a pack, as the later of two would forget what the earlier one added.
    """
    loose = {f"{path.parent.name}/{path.name}": path for path in files}
    content = packed(pack, packed_names(pack)) | {name: path.read_bytes() for name, path in loose.items()}
    yield f"pack {pack.stem}"
    write_atomically(pack, _zipped(content))
    for name, path in loose.items():
        yield f"remove {name}"
        path.unlink(missing_ok=True)


def _zipped(content: Mapping[str, bytes]) -> bytes:
    """The bytes stored as they are, being compressed already, without a time: equal contents give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(content.items()):
            archive.writestr(zipfile.ZipInfo(name, _FIRST_DAY), data)
    return buffer.getvalue()
