"""The marker of a lake, and the memory of the home: a document for each lake that was used from it.

An empty folder in the place of a lake is a disk that is not mounted. Without the marker and the memory a new lake would
begin there, without a champion and without a history.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.errors import InfrastructureError, InputError
from assay.store.filesystem.atomic import create_exclusively, read_json, to_json, write_atomically
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import StoragePath

FORMAT = 5
"""The number of the lake's layout, raised when one version of Assay can no longer read another's lake.

Format 1 had other keys in the feature sections of its training records, and a lake of format 1 may have no marker. The
documents of format 2 do not name their own kind and version. The note on aliases of format 3 does not either, and its
trainings have a holdout and no folds. Format 4 has promotions of challengers, and no memory of the gate.
"""

RECORDS = "_assay"
MARKER = "lake.json"
MEMORY = "known_lakes"
"""The folder of the home with one document per lake that was used from it."""


@dataclass(frozen=True, slots=True)
class Lake:
    """A lake, and the folder in which the lakes that this home has used are remembered."""

    place: StoragePath
    memory: Path

    @property
    def marker(self) -> StoragePath:
        """The document that identifies this folder as a lake, and holds the lake's id."""
        return self.place / RECORDS / MARKER

    @property
    def remembered(self) -> Path:
        """The document in the home with the id of the lake that was used at this address."""
        return self.memory / f"{hashlib.sha256(str(self.place).encode()).hexdigest()[:16]}.json"

    def begun(self) -> bool:
        """Return whether anything ever ran in this lake, which has to be checked before.

        The marker shows it, since it is older than the lake's records.
        """
        return self.marker.exists()

    def check(self) -> None:
        """Check that this is the lake of before, or one that has not begun yet, without creating anything.

        The marker is written before the first record, so records without a marker are of format 1.

        Raises:
            InfrastructureError: The lake of before is gone, or another one has taken its place.
            InputError: The lake has another format.
        """
        here, known = _document(self.marker), _document(self.remembered)
        if here is None:
            if any(self.place.glob(f"{RECORDS}/*/ledger")):
                raise self._unmarked()
            if known is not None:
                raise self._gone()
            return
        self._check_format(here)
        if known is not None and known.get("id") != here.get("id"):
            raise InfrastructureError(
                f"{self.place} holds another lake than the one that was used from here before",
                code="other-lake",
                hint=f"mount the right disk; if the lake was replaced on purpose, remove {self.remembered}",
            )

    def settle(self) -> None:
        """Mark the lake, and remember it in the home: from now on an empty folder in its place is noticed.

        Of two first commands one writes the marker, and both read it: where the other one was of another version of
        Assay, this one ends before its first record.

        Raises:
            InputError: The lake has got another format since it was checked.
        """
        here = _document(self.marker)
        if here is None:
            create_exclusively(self.marker, to_json({"format": FORMAT, "id": secrets.token_hex(16)}))
            here = _document(self.marker)
        if here is None:
            return
        self._check_format(here)
        if not self.remembered.exists():
            with suppress(InfrastructureError):  # a home that cannot be written only forgets
                write_atomically(self.remembered, to_json({"lake": str(self.place), "id": here.get("id")}))

    def _check_format(self, marker: dict[str, Any]) -> None:
        if marker.get("format") != FORMAT:
            raise InputError(
                f"the lake {self.place} has the format {marker.get('format')}, and this Assay reads format {FORMAT}",
                code="lake-format",
                hint="use the version of Assay that wrote it, or move the lake as its release notes say",
            )

    def _unmarked(self) -> InputError:
        return InputError(
            f"the lake {self.place} has records and no {RECORDS}/{MARKER}, as lakes of format 1, and this Assay reads"
            f" format {FORMAT}",
            code="lake-format",
            hint=f"use the version of Assay that wrote it; if only {self.marker} was lost, restore it from a backup",
        )

    def _gone(self) -> InfrastructureError:
        why = "another cluster may answer there" if isinstance(self.place, HdfsPath) else "its disk may not be mounted"
        return InfrastructureError(
            f"there is no lake in {self.place}, and there was one: {why}",
            code="not-mounted",
            hint=f"bring it back; if the lake was removed on purpose, remove {self.remembered} to begin a new one",
        )


def _document(path: StoragePath) -> dict[str, Any] | None:
    try:
        return read_json(path)
    except FileNotFoundError:
        return None


def require_folder(place: StoragePath, title: str) -> None:
    """Check that the folder exists; on HDFS it may begin later.

    Raises:
        InfrastructureError: It does not. The message names it with `title`.
    """
    if isinstance(place, HdfsPath) or place.is_dir():
        return
    raise InfrastructureError(
        f"the {title} {place} does not exist: its disk may not be mounted",
        code="not-mounted",
        hint=f"mount it, or begin there: mkdir -p {place}",
    )


def require_home(home: Path) -> None:
    """Check that the folder which ASSAY_HOME names exists.

    Raises:
        InfrastructureError: It would lie below an empty folder, as a disk has that is not mounted.
        InputError: It would lie elsewhere, so that its name is a mistake.
    """
    if home.is_dir():
        return
    there = next(folder for folder in home.parents if folder.is_dir())
    message = f"ASSAY_HOME names {home}, which does not exist"
    if next(there.iterdir(), None) is None:
        raise InfrastructureError(
            f"{message}, below the empty folder {there}: its disk may not be mounted",
            code="not-mounted",
            hint=f"mount it, or begin there: mkdir -p {home}",
        )
    raise InputError(message, code="no-home", hint=f"correct or unset ASSAY_HOME, or begin there: mkdir -p {home}")
