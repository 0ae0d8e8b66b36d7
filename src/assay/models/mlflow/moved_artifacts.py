"""The artifacts of a home that was moved or copied: MLflow stores absolute places, so its database is corrected."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

SQLITE = "sqlite:///"
COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""The columns of MLflow 3.17 that hold places; its client can change none of them."""

SECONDS = 5.0
"""The wait for another writer of the database."""


def follow_moved_artifacts(tracking_uri: str, artifacts: str | Path, experiment: str) -> bool:
    """Let a SQLite database name the folder of the artifacts where it is now, and return whether it had to change.

    Nothing changes for a server, for places that are no folders, and where the folder of today has no files of the
    experiment: then the artifacts were not moved along. A second call changes nothing.

    Args:
        tracking_uri: The address of the database.
        artifacts: The folder of the artifacts by the environment of today.
        experiment: The name of the experiment, which is also the name of its folder below `artifacts`.

    Raises:
        sqlite3.Error: The database cannot be read or written.
    """
    place, folder = _database(tracking_uri), Path(artifacts).absolute() / experiment
    if place is None or "://" in str(artifacts) or not str(artifacts) or not _has_files(folder):
        return False
    with closing(sqlite3.connect(place, timeout=SECONDS)) as database:
        stored = _stored_location(database, experiment)
        if stored is None or urlsplit(stored).scheme not in ("", "file"):
            return False
        if _is_same(Path(unquote(urlsplit(stored).path)), folder):
            return False
        with database:
            for table, column in COLUMNS:
                _replace_beginning(database, table, column, stored, folder.as_uri())
    return True


def _database(tracking_uri: str) -> Path | None:
    """Return the file of the database, None for another kind of address or a file that is not there yet."""
    path = Path(tracking_uri.removeprefix(SQLITE).split("?")[0])
    return path if tracking_uri.startswith(SQLITE) and path.is_file() else None


def _is_same(stored: Path, folder: Path) -> bool:
    """Return whether both are one folder, by whatever path; a place that cannot be seen is another one."""
    with suppress(OSError):
        return stored == folder or stored.samefile(folder)
    return False


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _stored_location(database: sqlite3.Connection, experiment: str) -> str | None:
    """Return the place of an experiment's artifacts; None where the database has no such experiment, or no tables."""
    tables = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiments'").fetchone()
    if tables is None:
        return None
    row = database.execute("SELECT artifact_location FROM experiments WHERE name = ?", (experiment,)).fetchone()
    return None if row is None or not row[0] else str(row[0])


def _replace_beginning(database: sqlite3.Connection, table: str, column: str, old: str, new: str) -> None:
    """Replace `old` where it is the whole place or the folder above it, and in no longer name of another folder."""
    database.execute(
        f"UPDATE {table} SET {column} = ? || substr({column}, length(?) + 1)"
        f" WHERE {column} = ? OR substr({column}, 1, length(?) + 1) = ? || '/'",
        (new, old, old, old, old),
    )
