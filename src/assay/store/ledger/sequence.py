"""A dense sequence of immutable documents in one folder: 0000000001.json, 0000000002.json, ...

Whole segments of old documents may be compacted into one file each, 0000000001-0000000500.jsonl: the same documents, a
line each. What stands in a segment counts, and a file of a single document below it never does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from assay.errors import InfrastructureError
from assay.store.filesystem.atomic import corrupt, create_exclusively, read_json, sweep_temporaries, to_json
from assay.store.filesystem.storage_path import FileStatus, StoragePath, entries
from assay.store.ledger.segments import SEGMENT_RECORDS, Segments

_NUMBERED = re.compile(r"([0-9]{10})\.json")
Made = TypeVar("Made")
_Signature = tuple[int, int, int]


class _FoldedMeanwhile(Exception):
    """A document was compacted into a segment since the folder was listed: list it again."""


@dataclass(frozen=True, slots=True)
class Compactable:
    """What compacting would do to a sequence: how many new segments it makes, and how many single files it removes."""

    segments: int
    files: int


class Sequence:
    """Documents numbered from 1 without a gap. The order is the number, never a clock: clocks of two machines differ.

    A number is taken by creating its file exclusively, which is the compare-and-set that everything else rests on.
    """

    def __init__(self, folder: StoragePath, segment: int = SEGMENT_RECORDS) -> None:
        self.folder = folder
        self._segment = segment
        self._segments = Segments(folder)
        self._parsed: dict[int, tuple[_Signature, dict[str, Any]]] = {}

    def read(self) -> list[dict[str, Any]]:
        """Every document in order, each with its `number`. Raises InfrastructureError on a gap or a corrupt file.

        What this object has parsed before is kept: a document never changes, so only new numbers cost a read.
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

    def read_as(self, make: Callable[..., Made], kinds: Container[str], what: str) -> list[Made]:
        """Every document in order, made from its fields, of which `kind` is one of `kinds`. Raises InfrastructureError
        as `read` does, and naming the file that holds no such thing."""
        records = []
        for number, data in enumerate(self.read(), start=1):
            try:
                records.append(make(**data))
                if data["kind"] not in kinds:
                    raise ValueError(f"kind {data['kind']!r}")
            except (TypeError, ValueError) as error:
                raise corrupt(self.path(number), f"it is no {what} ({error})") from error
        return records

    def create(self, number: int, document: dict[str, Any]) -> bool:
        """True if `document` is now number `number`, False if somebody else was first.

        A writer that slept since it read may find a number free again because its document was compacted: the segment,
        which stands before any file of it goes, then says whose number it is.
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
        """Where document `number` stands until it is compacted."""
        return self.folder / f"{number:010d}.json"

    def sweep(self) -> int:
        """How many leftovers of killed writers were removed; only those older than a day are."""
        return sweep_temporaries(self.folder)

    def compactable(self) -> Compactable:
        """What `compact` would do now."""
        count, compacted = len(self.read()), self._segments.last()
        end = compacted + (count - compacted) // self._segment * self._segment
        return Compactable((end - compacted) // self._segment, sum(number <= end for number in self._list()))

    def compact(self) -> Iterator[str]:
        """Compact every whole segment of documents into one file, then remove the files of the single ones.

        Each step is named before it is done.

        Killed between any two steps nothing is lost: a segment appears whole, and the files go only when it stands. Any
        number of processes may compact at once, as they write the same bytes.
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

    def _parse(self, number: int) -> dict[str, Any]:
        path = self.path(number)
        document = read_json(path)
        if document.get("number") != number:
            raise corrupt(path, f"it says that it is number {document.get('number')}")
        return document


def _signature(status: FileStatus) -> _Signature:
    return (status.st_ino, status.st_mtime_ns, status.st_size)
