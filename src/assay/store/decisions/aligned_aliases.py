"""The note beside the promotions of which of them MLflow's aliases follow."""

from __future__ import annotations

from dataclasses import dataclass

from assay.errors import InfrastructureError
from assay.store.filesystem.atomic import read_json, safe_name, to_json, write_atomically
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.storage_path import StoragePath


@dataclass(frozen=True, slots=True)
class AliasesNote:
    """The number of the promotion that the aliases follow, and the address of MLflow, without a secret."""

    promotion: int
    tracking: str


ALIASES_FORMAT = DocumentFormat("aliases", 1, AliasesNote)


class AlignedAliases:
    """The promotion that the aliases of one pipeline were last brought in line with, at one address of MLflow.

    The note is in the lake, as the promotions are: whichever machine brought the aliases in line, all read it. It is
    written after the aliases, by their one writer. So after a kill at any instant it names the promotion that they
    follow or an earlier one, never a later one.
    """

    def __init__(self, lake: StoragePath, pipeline: str, tracking: str) -> None:
        """`tracking` is the address as it may be stored, without a secret."""
        self._path = lake / "_assay" / safe_name(pipeline, "a pipeline") / "aliases.json"
        self._tracking = tracking

    def promotion(self) -> int:
        """Return the number of that promotion; 0 where the note is missing, unreadable or of another address."""
        try:
            note = ALIASES_FORMAT.content(read_json(self._path), self._path)
        except (FileNotFoundError, InfrastructureError):
            return 0
        return note.promotion if note.tracking == self._tracking else 0

    def write(self, promotion: int) -> None:
        """Note that the aliases follow `promotion`.

        Raises:
            InfrastructureError: The lake cannot be written.
        """
        note = AliasesNote(promotion, self._tracking)
        write_atomically(self._path, to_json(ALIASES_FORMAT.document(note)))
