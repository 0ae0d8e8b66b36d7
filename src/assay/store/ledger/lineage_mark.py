"""The mark of lineage: up to which record of the ledger an environment has sent its events."""

from __future__ import annotations

from dataclasses import dataclass

from assay.store.filesystem.atomic import read_json, safe_name, to_json, write_atomically
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.storage_path import StoragePath


@dataclass(frozen=True, slots=True)
class LineageMark:
    """The number of the newest record of the ledger whose events, and those of all before it, were sent."""

    number: int


LINEAGE_MARK_FORMAT = DocumentFormat("lineage-mark", 1, LineageMark)


class LineageMarks:
    """The marks of one pipeline, one for each environment, at `<lake>/_assay/<pipeline>/lineage/`."""

    def __init__(self, lake: StoragePath, pipeline: str) -> None:
        self._folder = lake / "_assay" / safe_name(pipeline, "a pipeline") / "lineage"

    def read(self, environment: str) -> int:
        """Return the number up to which events were sent, 0 before the first.

        Raises:
            InfrastructureError: The document is corrupt.
        """
        path = self._path(environment)
        try:
            return LINEAGE_MARK_FORMAT.content(read_json(path), path).number
        except FileNotFoundError:
            return 0

    def write(self, environment: str, number: int) -> None:
        """Note that the events of all records up to that number were sent."""
        write_atomically(self._path(environment), to_json(LINEAGE_MARK_FORMAT.document(LineageMark(number))))

    def _path(self, environment: str) -> StoragePath:
        return self._folder / f"mark.{safe_name(environment, 'an environment')}.json"
