"""Aliases in MLflow's SQLite file, in one transaction and without MLflow: for the one schema that is known here."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from assay.models.mlflow.client import UnsupportedStoreError

REVISION = "dc11669786a5"
"""The revision that MLflow 3.17 stamps its database with; the statements below are written for it alone."""
WORKSPACE = "default"
"""What MLflow writes into its workspace columns as long as workspaces are not enabled."""
LOCK_TIMEOUT_SECONDS = 10.0
"""Seconds to wait for another writer of the file."""


@contextmanager
def sqlite_aliases(uri: str, model: str) -> Iterator[SqliteAliases]:
    """The aliases of `model`, in a transaction that is committed at the end, or not at all.

    Raises Unfamiliar, inside too, for a file that is not there, of another revision or shape, or long busy.
    """
    place = uri.removeprefix("sqlite:///")
    if "?" in place or os.environ.get("MLFLOW_ENABLE_WORKSPACES"):
        raise UnsupportedStoreError
    try:
        address = Path(place).absolute().as_uri()
        with closing(sqlite3.connect(f"{address}?mode=rw", uri=True, timeout=LOCK_TIMEOUT_SECONDS)) as connection:
            connection.isolation_level = None
            # The write lock from the first read on: what is compared is what is mended.
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("SELECT version_num FROM alembic_version").fetchall() != [(REVISION,)]:
                raise UnsupportedStoreError
            yield SqliteAliases(connection, model)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise UnsupportedStoreError from error


class SqliteAliases:
    """The aliases of one model as rows of MLflow's table, within the transaction of `connection`."""

    def __init__(self, connection: sqlite3.Connection, model: str) -> None:
        self._connection = connection
        self._model = model

    def read(self) -> dict[str, int]:
        """Every alias and its version."""
        cursor = self._connection.execute(
            "SELECT alias, version FROM registered_model_aliases WHERE workspace = ? AND name = ?",
            (WORKSPACE, self._model),
        )
        return dict(cursor.fetchall())

    def set(self, alias: str, version: int) -> None:
        """Let `alias` point to `version`; raises Unfamiliar where MLflow would refuse: for a version it has not."""
        known = self._connection.execute(
            "SELECT 1 FROM model_versions"
            " WHERE workspace = ? AND name = ? AND version = ? AND current_stage != 'Deleted_Internal'",
            (WORKSPACE, self._model, version),
        )
        if known.fetchone() is None:
            raise UnsupportedStoreError
        self._connection.execute(
            "INSERT INTO registered_model_aliases (workspace, name, alias, version) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (workspace, name, alias) DO UPDATE SET version = excluded.version",
            (WORKSPACE, self._model, alias, version),
        )

    def delete(self, alias: str) -> None:
        """Take `alias` away."""
        self._connection.execute(
            "DELETE FROM registered_model_aliases WHERE workspace = ? AND name = ? AND alias = ?",
            (WORKSPACE, self._model, alias),
        )
