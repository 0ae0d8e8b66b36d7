"""Replace whole dates of a Delta table on this machine by rows that are in memory, in one commit, without a JVM.

The caller has to hold the table's lock: on a local file system Delta's commit does not decide between processes.
"""

from __future__ import annotations

import errno
import json
import struct
import uuid
import zlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.table_snapshot import Snapshot
from assay.errors import InfrastructureError, LostRace
from assay.store.delta.log import open_delta
from assay.store.delta.table_files import DeltaFiles
from assay.store.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

CHECKPOINT_EVERY = 10
"""Versions from one checkpoint to the next, as Spark has it."""

_CHECKSUM_CHUNK_BYTES = 512
"""Bytes for each of Hadoop's checksums of a local file."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A data file of one date that waits for its commit."""

    path: str
    day: date
    rows: int
    size: int
    modified: int


def replace_days(
    table: Path,
    snapshot: Snapshot,
    rows: pa.Table | None,
    dates: Collection[date],
    metadata: Mapping[str, Any],
    points: Collection[str] = (),
) -> int:
    """Make `rows` the whole content of the partitions `dates` of a table, and return the table's version.

    - `rows` are within `dates` and have the columns of `snapshot`, the table's newest version. None is for no rows.
    - `points` are the failpoints that are reached after the files are written and before the commit.

    There is no commit where there is nothing to write and nothing to remove.

    Raises:
        LostRace: Another writer committed since `snapshot` was read.
        InfrastructureError: A file could not be written.
    """
    chosen = sorted(set(dates))
    files = [] if rows is None else [_write(table, snapshot, rows, day) for day in chosen]
    written = [file for file in files if file is not None]
    removed = sum(file.day in set(chosen) for file in snapshot.files)
    if not written and not removed:
        return snapshot.version
    for point in sorted(points):
        failpoint(point)
    _commit(table, snapshot, written, chosen, metadata)
    return snapshot.version + 1


def _write(table: Path, snapshot: Snapshot, rows: pa.Table, day: date) -> _Written | None:
    """Write the rows of one date to a file that no version names yet, and return it; None for no rows."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    names = [field["name"] for field in json.loads(snapshot.schema)["fields"] if field["name"] != snapshot.partition]
    day_rows = rows.filter(pc.equal(rows.column(snapshot.partition), pa.scalar(day))).select(names)
    if not day_rows.num_rows:
        return None
    name = f"{snapshot.partition}={day}/part-00000-{uuid.uuid4()}.c000.snappy.parquet"
    path = table / name
    with _writing(table):
        path.parent.mkdir(exist_ok=True)
        pq.write_table(day_rows, path, compression="snappy", store_schema=False)
        _write_checksums(path)
        status = path.stat()
    return _Written(name, day, day_rows.num_rows, status.st_size, int(status.st_mtime * 1000))


def _write_checksums(path: Path) -> None:
    """Write the checksums that Hadoop keeps beside a data file: they reveal a byte that has changed on the disk."""
    data = path.read_bytes()
    sums = [
        zlib.crc32(data[start : start + _CHECKSUM_CHUNK_BYTES]) for start in range(0, len(data), _CHECKSUM_CHUNK_BYTES)
    ]
    path.with_name(f".{path.name}.crc").write_bytes(
        struct.pack(f">4sI{len(sums)}I", b"crc\0", _CHECKSUM_CHUNK_BYTES, *sums)
    )


def _commit(
    table: Path, snapshot: Snapshot, written: Sequence[_Written], dates: Sequence[date], metadata: Mapping[str, Any]
) -> None:
    from deltalake import CommitProperties, PostCommitHookProperties
    from deltalake.transaction import AddAction

    name = snapshot.partition
    adds = [
        AddAction(file.path, file.size, {name: str(file.day)}, file.modified, True, f'{{"numRecords": {file.rows}}}')
        for file in written
    ]
    opened = open_delta(table, snapshot.version)
    with _committing(table), _writing(table):
        opened.create_write_transaction(
            adds,
            "overwrite",
            opened.schema(),
            [name],
            [(name, "in", [str(day) for day in dates])],
            # Tried once: the commit is the version that follows the snapshot's, or it is lost.
            commit_properties=CommitProperties(_about(snapshot, written, dates, metadata), max_commit_retries=0),
            post_commithook_properties=PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False),
        )
    if (snapshot.version + 1) % CHECKPOINT_EVERY == 0:
        DeltaFiles(table).write_checkpoint()


def _about(
    snapshot: Snapshot, written: Sequence[_Written], dates: Sequence[date], metadata: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the commit holds about itself, under the names that Delta's own commits use."""
    name = snapshot.partition
    days = ", ".join(f"DATE'{day}'" for day in dates)
    numbers = {
        "numFiles": len(written),
        "numRemovedFiles": sum(file.day in set(dates) for file in snapshot.files),
        "numOutputRows": sum(file.rows for file in written),
        "numOutputBytes": sum(file.size for file in written),
    }
    return {
        "userMetadata": json.dumps(metadata, sort_keys=True, default=str),
        "readVersion": snapshot.version,
        "isolationLevel": "Serializable",
        "isBlindAppend": False,
        "operationParameters": {
            "mode": "Overwrite",
            "partitionBy": json.dumps([name]),
            "predicate": f"`{name}` IN ({days})",
        },
        "operationMetrics": {key: str(number) for key, number in numbers.items()},
    }


@contextmanager
def _committing(table: Path) -> Iterator[None]:
    from deltalake.exceptions import CommitFailedError, DeltaError

    try:
        yield
    except CommitFailedError as error:
        raise LostRace(
            f"another writer committed to {table} first",
            code="concurrent-write",
            hint="look at what it wrote, then run again",
        ) from error
    except DeltaError as error:
        line = str(error).strip().splitlines()[0]
        raise InfrastructureError(f"cannot write to {table}: {line}", code="cannot-write") from error


@contextmanager
def _writing(table: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "the disk is full or over its quota" if full else f"cannot write to {table}"
        code = "disk-full" if full else "cannot-write"
        raise InfrastructureError(
            f"{what}: {error.strerror or error}", code=code, hint="make room, then run again" if full else ""
        ) from error
