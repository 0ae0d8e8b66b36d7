"""The schema and the files of one version of a Delta table, read once and without a JVM."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from assay.core.table_snapshot import DayFile, Snapshot
from assay.errors import InfrastructureError
from assay.store.delta.log import added_files, is_table, open_delta
from assay.store.filesystem.storage_path import StoragePath

_PLAIN_READER, _PLAIN_WRITER = 1, 2
"""The protocol of a table without deletion vectors, column mapping, constraints, change data or other features."""

_WRITE_RULES = ("delta.appendOnly", "delta.invariants")
"""What a writer of version 2 has to obey: a property of the table, and a rule in the metadata of a column."""


def read_snapshot(table: StoragePath, version: int | None = None) -> Snapshot | None:
    """Return a version of a table, the newest by default; None where Delta itself has to read the table.

    The result is None in these cases:

    - There is no such table or version, or its log cannot be read. Delta's own error then names the fault.
    - The table has features that Assay gives to no table of its own.
    """
    if not is_table(table):
        return None
    try:
        return _snapshot(table, open_delta(table, version))
    except InfrastructureError:
        return None


def _snapshot(table: StoragePath, opened: Any) -> Snapshot | None:
    protocol, metadata = opened.protocol(), opened.metadata()
    if protocol.min_reader_version != _PLAIN_READER or len(metadata.partition_columns) != 1:
        return None
    partition, schema = metadata.partition_columns[0], opened.schema().to_json()
    if not re.fullmatch(r"\w+", partition, re.ASCII) or _types(schema).get(partition) != "date":
        return None  # other names are escaped in a folder's name
    files = _files(table, opened, partition)
    if files is None:
        return None
    rules = _WRITE_RULES[0] in metadata.configuration or _WRITE_RULES[1] in schema
    writable = protocol.min_writer_version <= _PLAIN_WRITER and not rules
    return Snapshot(int(opened.version()), schema, partition, files, writable)


def _types(schema: str) -> dict[str, Any]:
    return {field["name"]: field["type"] for field in json.loads(schema)["fields"]}


def _files(table: StoragePath, opened: Any, partition: str) -> tuple[DayFile, ...] | None:
    """Return the files, None if one of them does not lie in its partition's folder, from where Spark takes its date."""
    actions = added_files(table, opened)
    paths, days = actions.column("path").to_pylist(), actions.column(f"partition.{partition}").to_pylist()
    day_files = tuple(DayFile(unquote(path), day) for path, day in zip(paths, days, strict=True))
    placed = all(file.path.startswith(f"{partition}={file.day}/") for file in day_files)
    return day_files if placed else None
