"""The files behind a Delta table, without a JVM: which version names which, and what may be done to them.

The caller of a method that writes has to hold the table's lock: on a local file system Delta's commit does not decide
between processes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from assay.core.operations.compaction import TARGET_FILE_BYTES
from assay.core.operations.retention import StoredFile, partition_of, readable
from assay.errors import InfrastructureError, LostRace
from assay.store.delta.log import added_files, open_delta
from assay.store.filesystem.storage_path import StoragePath, entries, files_below

_OF_THE_LOG = re.compile(r"\.?([0-9]{20})\..+")
_KEEP_LOG = {"delta.enableExpiredLogCleanup": "false"}


class DeltaFiles:
    """The files of one table that exists (`log.table_version` is not None)."""

    def __init__(self, table: StoragePath) -> None:
        self.table = table
        self._log = table / "_delta_log"

    def committed(self) -> dict[int, float]:
        """Return the commit time of each version whose log entry still exists, in seconds since the epoch.

        As in Delta itself, it is the modification time of the entry's file.
        """
        named = ((entry.name.partition("."), entry.status) for entry in entries(self._log))
        return {int(stem): status.st_mtime for (stem, _, rest), status in named if rest == "json" and stem.isdecimal()}

    def checkpoints(self) -> set[int]:
        """Return the versions that have a checkpoint in one file."""
        names = (entry.name.split(".") for entry in entries(self._log) if entry.name.endswith(".checkpoint.parquet"))
        return {int(parts[0]) for parts in names if len(parts) == 3 and parts[0].isdecimal()}

    def readable(self, versions: Iterable[int]) -> set[int]:
        """Return those of the versions that the log can still reconstruct."""
        committed, checkpoints = set(self.committed()), self.checkpoints()
        return {version for version in versions if readable(version, committed, checkpoints)}

    def paths(self, version: int | None = None) -> frozenset[str]:
        """Return the paths below the table of the files of a version, the newest by default.

        Raises:
            InfrastructureError: The log cannot be read. An unreadable version must not pass for one without files.
        """
        return frozenset(path for path, _ in self._adds(version))

    def whole(self, version: int) -> bool:
        """Return whether a version can be read: the log can reconstruct it, and all its files exist."""
        return bool(self.readable([version])) and all((self.table / path).exists() for path in self.paths(version))

    def sizes(self) -> list[tuple[str, int]]:
        """Return the partition and the bytes of each file of the newest version."""
        return [(partition_of(path), size) for path, size in self._adds(None)]

    def stored(self) -> list[StoredFile]:
        """Return every data file in the table's folder, of any writer, committed or not."""
        data_files = []
        for path, status in files_below(self.table):
            relative = path.relative_to(self.table).as_posix()
            hidden = any(part.startswith(("_", ".")) for part in relative.split("/"))
            if relative.endswith(".parquet") and not hidden:
                data_files.append(StoredFile(relative, status.st_size, status.st_mtime))
        return sorted(data_files, key=lambda file: file.path)

    def compact(self, partition: str, values: Collection[str], metadata: Mapping[str, Any]) -> int:
        """Rewrite the small files of some partitions as few, in one commit that changes no row; return its version.

        Raises:
            LostRace: Another writer changed these partitions meanwhile.
            InfrastructureError: A file cannot be read or written.
        """
        opened = open_delta(self.table)
        # delta-rs writes a checkpoint now and then: in 1.6.6 its OPTIMIZE has no option against that.
        self._forget_checksum()
        with self._committing():
            opened.optimize.compact(
                partition_filters=[(partition, "in", sorted(values))],
                target_size=TARGET_FILE_BYTES,
                **_commit(metadata),
            )
        return int(opened.version())

    def write_checkpoint(self) -> None:
        """Write a checkpoint of the newest version, so that readers of the log begin there; raise as `compact` does."""
        self._forget_checksum()
        with self._committing():
            open_delta(self.table).create_checkpoint()

    def _forget_checksum(self) -> None:
        """Remove Hadoop's checksum of the file _last_checkpoint, which delta-rs is about to replace.

        The checksum that Spark wrote would no longer match. Without a checksum Hadoop checks nothing.
        """
        (self._log / "._last_checkpoint.crc").unlink(missing_ok=True)

    def keeps_log(self) -> bool:
        """Return whether Delta leaves the log alone: by itself it forgets versions after 30 days, leased or not."""
        configuration: Mapping[str, str] = open_delta(self.table).metadata().configuration
        return all(configuration.get(name) == value for name, value in _KEEP_LOG.items())

    def keep_log(self, metadata: Mapping[str, Any]) -> None:
        """Let Delta leave the log alone from now on, in one commit; raise as `compact` does."""
        opened = open_delta(self.table)
        with self._committing():
            opened.alter.set_table_properties(dict(_KEEP_LOG), **_commit(metadata))

    def remove(self, files: Iterable[StoredFile]) -> Iterator[str]:
        """Remove data files and Hadoop's checksums beside them; name each step before it is done."""
        for file in files:
            yield f"remove {file.path}"
            path = self.table / file.path
            path.unlink(missing_ok=True)
            path.with_name(f".{path.name}.crc").unlink(missing_ok=True)

    def log_before(self, start: int) -> list[StoredFile]:
        """Return the files of the log's versions before `start`, oldest first."""
        numbered_files = []
        for entry in entries(self._log):
            match = _OF_THE_LOG.fullmatch(entry.name)
            if match and int(match[1]) < start:
                file = StoredFile(f"_delta_log/{entry.name}", entry.status.st_size, entry.status.st_mtime)
                numbered_files.append((int(match[1]), file))
        return [file for _, file in sorted(numbered_files, key=lambda item: (item[0], item[1].path))]

    def unfinished(self, since: float) -> list[StoredFile]:
        """Return the temporary files of commits, by Delta or by delta-rs, that were killed before `since`."""
        temporary_files = [
            StoredFile(f"_delta_log/{entry.name}", entry.status.st_size, entry.status.st_mtime)
            for entry in entries(self._log)
            if entry.name.endswith(".tmp") and entry.status.st_mtime < since
        ]
        return sorted(temporary_files, key=lambda file: file.path)

    @contextmanager
    def _committing(self) -> Iterator[None]:
        from deltalake.exceptions import CommitFailedError, DeltaError

        try:
            yield
        except CommitFailedError as error:
            raise LostRace(
                f"another program wrote to {self.table} meanwhile, without Assay's lock",
                code="lost-race",
                hint="run it again; all writers of a lake go through Assay",
            ) from error
        except (DeltaError, OSError) as error:
            delta_message = str(error).strip().splitlines()[0]
            raise InfrastructureError(f"cannot maintain {self.table}: {delta_message}", code="cannot-write") from error

    def _adds(self, version: int | None) -> list[tuple[str, int]]:
        actions = added_files(self.table, open_delta(self.table, version))
        paths, sizes = actions.column("path").to_pylist(), actions.column("size_bytes").to_pylist()
        return [(unquote(path), size) for path, size in zip(paths, sizes, strict=True)]


def _commit(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of Assay's own commits: their metadata, and no checkpoint or clean-up after them."""
    from deltalake import CommitProperties, PostCommitHookProperties

    return {
        "commit_properties": CommitProperties(custom_metadata={"userMetadata": json.dumps(dict(metadata))}),
        "post_commithook_properties": PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False),
    }
