"""A dense sequence of immutable documents in one folder: 0000000001.json, 0000000002.json, ..."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from assay.errors import InfrastructureError
from assay.store.files import corrupt, create_exclusively, read_json, sweep_temporaries, to_json

_NUMBERED = re.compile(r"([0-9]{10})\.json")
_Signature = tuple[int, int, int]


class Sequence:
    """Documents numbered from 1 without a gap. The order is the number, never a clock: clocks of two machines differ.

    A number is taken by creating its file exclusively, which is the compare-and-set that everything else rests on.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parsed: dict[int, tuple[_Signature, dict[str, Any]]] = {}

    def read(self) -> list[dict[str, Any]]:
        """Every document in order, each with its `number`. Raises InfrastructureError on a gap or a corrupt file.

        What this object has parsed before is kept: a document never changes, so only new numbers cost a read.
        """
        found = self._list()
        documents = []
        for number in range(1, max(found, default=0) + 1):
            signature = found.get(number) or self._look_again(number)
            known = self._parsed.get(number)
            if known is None or known[0] != signature:
                known = (signature, self._parse(number))
                self._parsed[number] = known
            documents.append(known[1])
        return documents

    def create(self, number: int, document: dict[str, Any]) -> bool:
        """True if `document` is now number `number`, False if somebody else was first."""
        return create_exclusively(self.path(number), to_json({**document, "number": number}))

    def path(self, number: int) -> Path:
        """Where document `number` stands."""
        return self.folder / f"{number:010d}.json"

    def sweep(self) -> int:
        """How many leftovers of killed writers were removed; only those older than a day are."""
        return sweep_temporaries(self.folder)

    def _list(self) -> dict[int, _Signature]:
        found: dict[int, _Signature] = {}
        try:
            entries = list(os.scandir(self.folder))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InfrastructureError(f"cannot read {self.folder}: {error.strerror}", code="cannot-read") from error
        for entry in entries:
            match = _NUMBERED.fullmatch(entry.name)
            if match:
                found[int(match[1])] = _signature(entry.stat())
        return found

    def _look_again(self, number: int) -> _Signature:
        # A folder listing that races with new names may show the newer of two and miss the older one.
        try:
            return _signature(self.path(number).stat())
        except FileNotFoundError:
            raise InfrastructureError(
                f"the sequence {self.folder} lacks number {number}: a document was removed",
                code="sequence-gap",
                hint="restore it from a backup; nothing is decided on a history with holes",
            ) from None

    def _parse(self, number: int) -> dict[str, Any]:
        path = self.path(number)
        document = read_json(path)
        if document.get("number") != number:
            raise corrupt(path, f"it says that it is number {document.get('number')}")
        return document


def _signature(status: os.stat_result) -> _Signature:
    return (status.st_ino, status.st_mtime_ns, status.st_size)
