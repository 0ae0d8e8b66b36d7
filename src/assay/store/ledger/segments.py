"""Segments of compacted documents: 500 of a sequence in one file, a line each, from number 1 without a gap."""

from __future__ import annotations

import json
import re
from typing import Any

from assay.errors import InfrastructureError
from assay.store.filesystem.atomic import corrupt, create_exclusively, to_json
from assay.store.filesystem.storage_path import StoragePath, entries

SEGMENT_RECORDS = 500
"""Documents in a segment: two months of a daily pipeline. Fixed, so that a segment never changes once it is written."""

_NAMED = re.compile(r"([0-9]{10})-([0-9]{10})\.jsonl")


class Segments:
    """The segments of one sequence's folder."""

    def __init__(self, folder: StoragePath) -> None:
        self._folder = folder
        self._parsed: dict[int, tuple[int, list[dict[str, Any]]]] = {}

    def read(self) -> list[dict[str, Any]]:
        """Return every document that was compacted, in order.

        A segment behind a missing one is not counted: the sequence then finds the gap and raises the error.

        Raises:
            InfrastructureError: A segment is corrupt. The message names it.
        """
        documents: list[dict[str, Any]] = []
        end_by_start = self._list()
        while (start := len(documents) + 1) in end_by_start:
            documents += self._segment(start, end_by_start[start])
        return documents

    def last(self) -> int:
        """Return the number of the last document that was compacted, 0 for none."""
        last, end_by_start = 0, self._list()
        while last + 1 in end_by_start:
            last = end_by_start[last + 1]
        return last

    def write(self, start: int, documents: list[dict[str, Any]]) -> None:
        """Write the documents as a segment from number `start` on; a segment that exists already is left alone."""
        create_exclusively(self._path(start, start + len(documents) - 1), b"".join(map(to_json, documents)))

    def _path(self, start: int, end: int) -> StoragePath:
        return self._folder / f"{start:010d}-{end:010d}.jsonl"

    def _list(self) -> dict[int, int]:
        names = [_NAMED.fullmatch(entry.name) for entry in entries(self._folder) if entry.name.endswith(".jsonl")]
        return {int(match[1]): int(match[2]) for match in names if match}

    def _segment(self, start: int, end: int) -> list[dict[str, Any]]:
        path = self._path(start, end)
        try:
            changed = path.stat().st_mtime_ns
            known = self._parsed.get(start)
            if known is None or known[0] != changed:
                known = (changed, _parse(path, start, end))
                self._parsed[start] = known
        except OSError as error:
            raise InfrastructureError(f"cannot read {path}: {error.strerror or error}", code="cannot-read") from error
        return known[1]


def _parse(path: StoragePath, start: int, end: int) -> list[dict[str, Any]]:
    try:
        lines = path.read_bytes().decode("utf-8", "surrogatepass").split("\n")
        documents = [json.loads(line) for line in lines if line]
        numbers = [document["number"] for document in documents]
    except (ValueError, KeyError, TypeError) as error:
        raise corrupt(path, str(error)) from error
    if numbers != list(range(start, end + 1)):
        raise corrupt(path, f"it does not hold the documents {start} to {end}")
    return documents
