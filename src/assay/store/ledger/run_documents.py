"""The documents of a run: its record, its verdict, its manifest, each at a place that follows from the run's name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic

from assay.core.suggestions import did_you_mean
from assay.core.verdict import Verdict
from assay.errors import InputError
from assay.store.filesystem.atomic import read_json, safe_name, write_atomically
from assay.store.filesystem.document_format import Content, DocumentFormat, without_envelope
from assay.store.filesystem.storage_path import StoragePath, entries
from assay.store.ledger.run_record import RECORD_FORMAT


@dataclass(frozen=True, slots=True)
class RunDocument(Generic[Content]):
    """A kind of document of a run: its file's name without suffix, and how it is stored."""

    name: str
    form: DocumentFormat[Content]


RECORD = RunDocument("record", RECORD_FORMAT)
VERDICT = RunDocument("verdict", DocumentFormat("verdict", 1, Verdict))
DAILY_VERDICTS = RunDocument("verdict", DocumentFormat("daily-verdicts", 1, dict[date, Verdict]))
DAILY_SUMS = RunDocument("sums", DocumentFormat("daily-sums", 1, dict[date, dict[str, float | None]]))
"""The business sums of each day of a scoring by their names; None where a sum is NULL or not finite."""


class RunDocuments:
    """The documents at `<lake>/_assay/<pipeline>/runs/<run_id>/<name>.json`."""

    def __init__(self, lake: StoragePath, pipeline: str) -> None:
        self._folder = lake / "_assay" / safe_name(pipeline, "a pipeline") / "runs"

    def path(self, run_id: str) -> StoragePath:
        """Return the folder of a run, which may not exist yet."""
        return self._folder / safe_name(run_id, "a run")

    def of_stage(self, stage: str) -> list[str]:
        """Return the runs of a stage that have written a record, oldest first by their names."""
        return sorted(path.parent.name for path in self._folder.glob(f"*-{safe_name(stage, 'a stage')}-*/record.json"))

    def write(self, run_id: str, kind: RunDocument[Content], content: Content) -> StoragePath:
        """Write a document of a run whole, over that of an earlier attempt of the run; return its path."""
        path = self._file(run_id, kind.name)
        text = json.dumps(kind.form.document(content), ensure_ascii=False, allow_nan=False, indent=2)
        write_atomically(path, (text + "\n").encode())
        return path

    def read(self, run_id: str, kind: RunDocument[Content]) -> Content:
        """Return what a document of a run holds.

        Raises:
            InputError: The run or the document is not there.
            InfrastructureError: The document is corrupt.
        """
        return kind.form.content(self._document(run_id, kind.name), self._file(run_id, kind.name))

    def find(self, run_id: str, kind: RunDocument[Content]) -> Content | None:
        """Return what a document of a run holds, None where the run has none or its folder was removed.

        Raises:
            InfrastructureError: The document is corrupt.
        """
        place = self._file(run_id, kind.name)
        try:
            return kind.form.content(read_json(place), place)
        except FileNotFoundError:
            return None

    def read_fields(self, run_id: str, name: str) -> dict[str, Any]:
        """Return the fields of a document of any kind as they are stored, to be shown or compared. Raises as `read`."""
        return without_envelope(self._document(run_id, name))

    def _file(self, run_id: str, name: str) -> StoragePath:
        return self.path(run_id) / f"{safe_name(name, 'a document')}.json"

    def _document(self, run_id: str, name: str) -> dict[str, Any]:
        folder = self.path(run_id)
        try:
            return read_json(self._file(run_id, name))
        except FileNotFoundError:
            pass
        if folder.is_dir():
            there = ", ".join(sorted(path.stem for path in folder.glob("*.json"))) or "nothing"
            raise InputError(f"the run '{run_id}' has no {name}", code="unknown-document", hint=f"it has: {there}")
        names = sorted((entry.name for entry in entries(self._folder)), reverse=True)
        hint = did_you_mean(run_id, names, "the newest runs are")
        raise InputError(f"there is no run '{run_id}'", code="unknown-run", hint=hint)
