"""A dense sequence of immutable documents in one folder: 0000000001.json, 0000000002.json, ...

Whole segments of old documents may be compacted into one file each, 0000000001-0000000500.jsonl: the same documents, a
line each. For a number within a segment the segment counts, and a file of the single document never does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assay.errors import InfrastructureError
from assay.store.filesystem.atomic import corrupt, create_exclusively, read_json, sweep_temporaries, to_json
from assay.store.filesystem.document_format import Content, DocumentFormat
from assay.store.filesystem.storage_path import FileStatus, StoragePath, entries
from assay.store.ledger.segments import SEGMENT_RECORDS, Segments

_NUMBERED = re.compile(r"([0-9]{10})\.json")
_Signature = tuple[int, int, int]


class _FoldedMeanwhile(Exception):
    """A document was compacted into a segment since the folder was listed: list it again."""


@dataclass(frozen=True, slots=True)
class Compactable:
    """The effect of compacting a sequence: the new segments that it makes, and the single files that it removes."""

    segments: int
    files: int


class Sequence:
    """Documents numbered from 1 without a gap. The order is the number, never a clock: clocks of two machines differ.

    A number is taken by creating its file exclusively. This is the compare-and-set on which everything else is built.
    """

    def __init__(self, folder: StoragePath, segment: int = SEGMENT_RECORDS) -> None:
        self.folder = folder
        self._segment = segment
        self._segments = Segments(folder)
        self._parsed: dict[int, tuple[_Signature, dict[str, Any]]] = {}
        self._contents: dict[int, tuple[dict[str, Any], Any]] = {}

    def read(self) -> list[dict[str, Any]]:
        """Return every document in order, each with its `number`.

        This object keeps what it has parsed: a document never changes, so only new numbers cost a read.

        Raises:
            InfrastructureError: There is a gap or a corrupt file.
        """
        while True:
            signatures = self._list()
            documents = self._segments.read()
            last = max([len(documents), *signatures])
            try:
                singles = [self._single(n, signatures.get(n)) for n in range(len(documents) + 1, last + 1)]
            except _FoldedMeanwhile:
                continue
            return documents + singles

    def read_as(self, form: DocumentFormat[Content]) -> list[Content]:
        """Return what every document holds, in order.

        Raises:
            InfrastructureError: As `read` does, and for a document of another kind.
        """
        return [self._content(form, number, document) for number, document in enumerate(self.read(), start=1)]

    def create(self, number: int, document: dict[str, Any]) -> bool:
        """Store `document` under `number`, and return True; return False if another writer was first.

        A writer that paused since it read may find a number free again because its document was compacted. Then the
        segment decides whose number it is: it exists before any single file of it is removed.
        """
        numbered_document = {**document, "number": number}
        if not create_exclusively(self.path(number), to_json(numbered_document)):
            return False
        compacted = self._segments.read()
        if number > len(compacted) or compacted[number - 1] == numbered_document:
            return True
        self.path(number).unlink(missing_ok=True)
        return False

    def path(self, number: int) -> StoragePath:
        """Return the file of document `number`, until it is compacted."""
        return self.folder / f"{number:010d}.json"

    def sweep(self) -> int:
        """Remove the leftovers of killed writers that are older than a day, and return how many were removed."""
        return sweep_temporaries(self.folder)

    def compactable(self) -> Compactable:
        """Return what `compact` would do now."""
        count, compacted = len(self.read()), self._segments.last()
        end = compacted + (count - compacted) // self._segment * self._segment
        return Compactable((end - compacted) // self._segment, sum(number <= end for number in self._list()))

    def compact(self) -> Iterator[str]:
        """Compact every whole segment of documents into one file, then remove the files of the single ones.

        Each step is named before it is done. A kill between any two steps loses nothing: a segment appears whole, and
        the single files are removed only when it exists. Any number of processes may compact at once, as they write the
        same bytes.
        """
        documents = self.read()
        for start in range(self._segments.last(), len(documents) - self._segment + 1, self._segment):
            yield f"segment {start + 1}"
            self._segments.write(start + 1, documents[start : start + self._segment])
        compacted = len(self._segments.read())
        for number in sorted(number for number in self._list() if number <= compacted):
            yield f"remove {number}"
            self.path(number).unlink(missing_ok=True)

    def _list(self) -> dict[int, _Signature]:
        signatures: dict[int, _Signature] = {}
        try:
            listed = entries(self.folder)
        except OSError as error:
            raise InfrastructureError(f"cannot read {self.folder}: {error.strerror}", code="cannot-read") from error
        for entry in listed:
            match = _NUMBERED.fullmatch(entry.name)
            if match:
                signatures[int(match[1])] = _signature(entry.status)
        return signatures

    def _single(self, number: int, signature: _Signature | None) -> dict[str, Any]:
        known = self._parsed.get(number)
        try:
            # A listing that races with new names may show the newer of two and miss the older one.
            signature = signature or _signature(self.path(number).stat())
            if known is None or known[0] != signature:
                known = (signature, self._parse(number))
        except FileNotFoundError:
            if number <= self._segments.last():
                raise _FoldedMeanwhile from None
            raise InfrastructureError(
                f"the sequence {self.folder} lacks number {number}: a document was removed",
                code="sequence-gap",
                hint="restore it from a backup; nothing is decided on a history with holes",
            ) from None
        self._parsed[number] = known
        return known[1]

    def _content(self, form: DocumentFormat[Content], number: int, document: dict[str, Any]) -> Content:
        known = self._contents.get(number)
        if known is None or known[0] is not document:
            known = self._contents[number] = (document, form.content(document, self.path(number)))
        content: Content = known[1]
        return content

    def _parse(self, number: int) -> dict[str, Any]:
        path = self.path(number)
        document = read_json(path)
        if document.get("number") != number:
            raise corrupt(path, f"it holds the number {document.get('number')}")
        return document


def _signature(status: FileStatus) -> _Signature:
    return (status.st_ino, status.st_mtime_ns, status.st_size)
