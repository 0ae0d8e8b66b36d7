"""A Delta table's log, read without a JVM: the table's version, and its commits with their writers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.errors import InfrastructureError
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import StoragePath, entries, uri
from assay.store.hadoop.delegation_tokens import write_token_file


@dataclass(frozen=True, slots=True)
class Commit:
    """One version of a table.

    `metadata` is what Assay put into the commit's userMetadata. It is empty for the commit of another program.
    """

    version: int
    metadata: Mapping[str, Any] = field(default_factory=dict)
    operation: str = ""


def table_version(table: StoragePath) -> int | None:
    """Return the newest version of the table, None if there is no table.

    Raises:
        InfrastructureError: The log cannot be read.
    """
    opened = _open(table)
    return None if opened is None else int(opened.version())


def commits(table: StoragePath, limit: int | None = 20) -> list[Commit]:
    """Return the newest commits, newest first; none if there is no table.

    A run whose identity is in a commit has written, even if it was killed before it recorded that. Recovery looks for
    it here.

    Args:
        table: The folder of the table.
        limit: The largest number of commits, None for all that the log holds.

    Raises:
        InfrastructureError: The log cannot be read.
    """
    opened = _open(table)
    if opened is None:
        return []
    try:
        history = opened.history(limit)
    except Exception as error:
        raise corrupt_log(table, error) from error
    newest = int(opened.version())
    return [
        Commit(int(entry.get("version", newest - age)), _metadata(entry), str(entry.get("operation", "")))
        for age, entry in enumerate(history)
    ]


def is_table(table: StoragePath) -> bool:
    """Return whether the table has a version: a first write that was killed before its commit leaves none."""
    there = {entry.name for entry in entries(table / "_delta_log")}
    return any(name.endswith((".json", ".parquet")) for name in there) or "_last_checkpoint" in there


def _open(table: StoragePath) -> Any:
    return open_delta(table) if is_table(table) else None


def open_delta(table: StoragePath, version: int | None = None) -> Any:
    """Return delta-rs's handle of a table, at its newest version by default.

    Raises:
        InfrastructureError: The log cannot be read.
    """
    from deltalake import DeltaTable

    if isinstance(table, HdfsPath) and table.web.right is not None:
        write_token_file(table.web.right, table.authority)
    try:
        # A path as it is: in a file:// address a space or a percent sign would mean something else.
        return DeltaTable(uri(table).removeprefix("file://"), version=version)
    except Exception as error:
        raise corrupt_log(table, error) from error


def added_files(table: StoragePath, opened: Any) -> Any:
    """Return the files that an open version of the table names, a row of an Arrow table each.

    Raises:
        InfrastructureError: The log cannot be read.
    """
    import pyarrow as pa

    try:
        return pa.table(opened.get_add_actions(flatten=True))
    except Exception as error:
        raise corrupt_log(table, error) from error


def _metadata(entry: Mapping[str, Any]) -> dict[str, Any]:
    text = entry.get("userMetadata")
    try:
        data = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def corrupt_log(table: StoragePath, error: Exception) -> InfrastructureError:
    """Return the error for a log that cannot be read; it names the damaged entry."""
    # After the first line delta-rs may name the place in its own code.
    delta_message = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return InfrastructureError(
        f"the Delta log of {table} cannot be read: {_no_json(table / '_delta_log')}{delta_message}",
        code="corrupt-log",
        hint="restore the table's _delta_log from a backup; nothing is written to a table that cannot be read",
    )


def _no_json(log: StoragePath) -> str:
    """Return a phrase that names the newest entry which is no JSON, empty if each entry is JSON.

    It is for the message, since delta-rs does not name the entry.
    """
    for entry in sorted(log.glob("*.json"), reverse=True):
        try:
            for line in entry.read_bytes().splitlines():
                json.loads(line)
        except (OSError, ValueError):
            return f"{entry.name} is damaged: "
    return ""
