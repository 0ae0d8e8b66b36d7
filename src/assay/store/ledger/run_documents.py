"""The documents of a run: its record, its verdict, its manifest, each at a place that the run's name gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assay.core.suggestions import did_you_mean
from assay.errors import InputError
from assay.store.filesystem.atomic import read_json, safe_name, write_atomically
from assay.store.filesystem.storage_path import StoragePath, entries


class RunDocuments:
    """`<lake>/_assay/<pipeline>/runs/<run_id>/<name>.json`."""

    def __init__(self, lake: StoragePath, pipeline: str) -> None:
        self._folder = lake / "_assay" / safe_name(pipeline, "a pipeline") / "runs"

    def path(self, run_id: str) -> StoragePath:
        """The folder of a run, which may not be there yet."""
        return self._folder / safe_name(run_id, "a run")

    def of_stage(self, stage: str) -> list[str]:
        """The runs of a stage that have written a document, oldest first by their names."""
        return sorted(path.parent.name for path in self._folder.glob(f"*-{safe_name(stage, 'a stage')}-*/record.json"))

    def write(self, run_id: str, name: str, document: Mapping[str, Any]) -> StoragePath:
        """Where the document now stands, whole. Written again, it replaces itself: a rerun says what it did."""
        path = self.path(run_id) / f"{safe_name(name, 'a document')}.json"
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
        write_atomically(path, (text + "\n").encode())
        return path

    def read(self, run_id: str, name: str) -> dict[str, Any]:
        """The document; raises InputError if the run or the document is not there, InfrastructureError if corrupt."""
        folder = self.path(run_id)
        try:
            return read_json(folder / f"{safe_name(name, 'a document')}.json")
        except FileNotFoundError:
            pass
        if folder.is_dir():
            there = ", ".join(sorted(path.stem for path in folder.glob("*.json"))) or "nothing"
            raise InputError(f"the run '{run_id}' has no {name}", code="unknown-document", hint=f"it has: {there}")
        names = sorted((entry.name for entry in entries(self._folder)), reverse=True)
        hint = did_you_mean(run_id, names, "the newest runs are")
        raise InputError(f"there is no run '{run_id}'", code="unknown-run", hint=hint)
