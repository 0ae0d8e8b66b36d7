"""A Delta table that other jobs fill, read where it lies and without a JVM: its columns, dates and their content."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from assay.core.interval import Interval
from assay.core.table_snapshot import DayContent, SourceFile
from assay.errors import InfrastructureError, InputError
from assay.spec.schema.environment import looks_secret
from assay.store.delta.log import added_files, is_table, open_delta
from assay.store.delta.row_digest import RowDigest, add_rows
from assay.store.filesystem.storage_path import StoragePath

if TYPE_CHECKING:
    from collections.abc import Iterator

_VECTORS = "deletionVectors"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass
class SourceTable:
    """A Delta table at one version, the newest one when it is first read by default.

    The `place` is a folder of this machine or of HDFS, or the address of an object store (`s3a://bucket/table`).

    delta-rs takes the credentials of an object store from the process environment and from the files that it names.
    """

    place: StoragePath | str
    version: int | None = None

    def exists(self) -> bool:
        """Return whether there is a table; raise InfrastructureError if the object store does not answer."""
        if not isinstance(self.place, str):
            return is_table(self.place)
        from deltalake import DeltaTable

        with reading_table(self.place):
            return bool(DeltaTable.is_deltatable(self.place))

    @cached_property
    def opened(self) -> Any:
        """delta-rs's handle of the version.

        Raises:
            InfrastructureError: The log cannot be read.
        """
        if not isinstance(self.place, str):
            return open_delta(self.place, self.version)
        from deltalake import DeltaTable

        with reading_table(self.place):
            return DeltaTable(self.place, version=self.version)

    @property
    def pinned(self) -> int:
        """The version that is read."""
        return int(self.opened.version())

    @cached_property
    def types(self) -> dict[str, str]:
        """The columns with Delta's names of their types; a nested type by its kind (`struct`, `array`, `map`)."""
        fields = json.loads(self.opened.schema().to_json())["fields"]
        return {one["name"]: one["type"] if isinstance(one["type"], str) else one["type"]["type"] for one in fields}

    @cached_property
    def _files(self) -> list[dict[str, Any]]:
        with reading_table(self.place):
            listed: list[dict[str, Any]] = (
                added_files(self.place, self.opened) if not isinstance(self.place, str) else _actions(self.opened)
            ).to_pylist()
            return listed

    @cached_property
    def _deleted(self) -> dict[str, tuple[int, str]]:
        """The number of deleted rows of each file that has a deletion vector, and a digest of them, by its address."""
        if _VECTORS not in (self.opened.protocol().reader_features or ()):
            return {}
        import numpy as np

        deleted = {}
        with reading_table(self.place):
            for batch in self.opened.deletion_vectors():
                arrow = arrow_batch(batch)
                for path, kept in zip(arrow["filepath"].to_pylist(), arrow["selection_vector"], strict=True):
                    gone = np.flatnonzero(~kept.values.to_numpy(zero_copy_only=False).astype(bool))
                    deleted[unquote(path)] = (len(gone), hashlib.sha256(gone.tobytes()).hexdigest()[:16])
        return deleted

    def partitioned(self, column: str) -> dict[date, DayContent] | None:
        """Return the content of each date by its files, None where the log does not hold it.

        It does not where `column` is no partition column, or where a file has no number of rows.

        Raises:
            InputError: A partition is not named by a date.
        """
        key = f"partition.{column}"
        if column not in self.opened.metadata().partition_columns or any(
            key not in one or one.get("num_records") is None for one in self._files
        ):
            return None
        files: dict[date, list[SourceFile]] = {}
        for action in self._files:
            day = as_date(action[key], column)
            if day is not None:
                files.setdefault(day, []).append(self._file(action))
        return {
            day: DayContent(
                sum(file.rows or 0 for file in day_files), tuple(sorted(day_files, key=lambda file: file.path))
            )
            for day, day_files in sorted(files.items())
        }

    def _file(self, action: Mapping[str, Any]) -> SourceFile:
        path = unquote(action["path"])
        gone, vector = next((one for full, one in self._deleted.items() if full.endswith(f"/{path}")), (0, ""))
        rows = action["num_records"] - gone
        return SourceFile(path, action["size_bytes"], action["modification_time"], rows, vector)

    def digested(self, column: str, columns: Sequence[str], interval: Interval) -> dict[date, DayContent]:
        """Return the content of each date of the interval by a digest of its rows, as far as `columns` go.

        Every row of the dates is read.

        Raises:
            InputError: A date is not written as YYYY-MM-DD.
        """
        digests: dict[date, RowDigest] = {}
        prefix = "" if self.types[column] == "string" else "DATE "
        low, high = (f"{prefix}'{day}'" for day in (interval.start, interval.end))
        name = column.replace('"', '""')
        wanted = f'"{name}" >= {low} AND "{name}" < {high}'
        with reading_table(self.place):
            for batch in self.opened.scan([*dict.fromkeys([*columns, column])], wanted):
                arrow = arrow_batch(batch)
                encoded = _encoded(arrow.column(column))
                days = [as_date(one, column) for one in encoded.dictionary.to_pylist()]
                add_rows(digests, arrow.select([*columns]), days, encoded.indices)
        return {day: DayContent(one.rows, (), one.digest) for day, one in sorted(digests.items())}

    def dates(self, column: str) -> list[date]:
        """Return the dates that have a row, in order. Where `column` is no partition column, it is read whole.

        Raises:
            InputError: A date is not written as YYYY-MM-DD.
        """
        partitioned = self.partitioned(column)
        if partitioned is not None:
            return [day for day, content in partitioned.items() if content.rows]
        days: set[date | None] = set()
        with reading_table(self.place):
            for batch in self.opened.scan([column]):
                days |= {as_date(one, column) for one in arrow_batch(batch).column(0).unique().to_pylist()}
        return sorted(day for day in days if day is not None)

    def missing(self, files: Iterable[str] | None = None) -> list[str]:
        """Return those of the files that are gone: VACUUM removed them. By default all files of the version count."""
        paths = [unquote(one["path"]) for one in self._files] if files is None else list(files)
        if not isinstance(self.place, str):
            place = self.place
            return [path for path in paths if "://" not in path and not (place / path).exists()]
        from deltalake.fs import DeltaStorageHandler
        from pyarrow.fs import FileType, PyFileSystem

        with reading_table(self.place):
            infos = PyFileSystem(DeltaStorageHandler(self.place)).get_file_info(paths)
        return [path for path, one in zip(paths, infos, strict=True) if one.type is FileType.NotFound]


def as_date(value: Any, column: str) -> date | None:
    """Return the date of a partition or a row, None for NULL.

    Raises:
        InputError: The value is a text that is no date in the form YYYY-MM-DD.
    """
    if value is None or type(value) is date:
        return value
    with suppress(ValueError):
        if _DATE.fullmatch(str(value)):
            return date.fromisoformat(str(value))
    raise InputError(
        f"'{value}' in the column '{column}' is no date",
        code="source-date",
        hint="the column holds dates, or texts such as 2013-01-31; for anything else write SQL that gives a date",
    )


def _actions(opened: Any) -> Any:
    import pyarrow as pa

    return pa.table(opened.get_add_actions(flatten=True))


def arrow_batch(batch: Any) -> Any:
    """Return a batch of delta-rs as one of PyArrow."""
    import pyarrow as pa

    return batch if isinstance(batch, pa.RecordBatch) else pa.record_batch(batch)


def _encoded(values: Any) -> Any:
    """Return a column by its distinct values and their places; the query engine may have done so already."""
    import pyarrow as pa

    return values if pa.types.is_dictionary(values.type) else values.dictionary_encode()


@contextmanager
def reading_table(place: StoragePath | str) -> Iterator[None]:
    """Raise an error of delta-rs as one of Assay's, without a value of the environment that may be a secret."""
    try:
        yield
    except (InfrastructureError, InputError):
        raise
    except Exception as error:
        text = (str(error).strip().splitlines() or [type(error).__name__])[0]
        message = f"the table {place} cannot be read: {without_secrets(text)}"
    else:
        return
    # Outside of the handler, so that no chain of errors leads to what was removed.
    hint = "look at its address, at the rights to it, and at the variables of the environment that give them"
    raise InfrastructureError(message, code="cannot-read", hint=hint)


def without_secrets(text: str) -> str:
    """Return a text without the values of the environment's variables that may hold a secret."""
    for name, value in os.environ.items():
        if len(value) > 3 and (looks_secret(name, "") or "ACCESS_KEY" in name or "SAS" in name):
            text = text.replace(value, "***")
    return text
