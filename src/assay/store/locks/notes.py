"""The note that a writer leaves beside a lock, for the writers that are refused."""

from __future__ import annotations

from dataclasses import dataclass

from assay.core.interval import Interval
from assay.store.filesystem.atomic import read_json
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.storage_path import StoragePath


@dataclass(frozen=True, slots=True)
class LockNote:
    """A process that holds some dates. On HDFS it also has a `host`, and a `beat` that changes while it lives."""

    pid: int
    who: str
    since: str
    dates: Interval
    host: str = ""
    beat: int = 0

    @property
    def sentence(self) -> str:
        """The process in words.

        >>> LockNote(17, "eva", "2013-06-01T03:00:00Z", Interval.parse("2013-01-05", "2013-01-06"), "edge-1").sentence
        'process 17 of eva on edge-1, since 2013-06-01T03:00:00Z'
        """
        return f"process {self.pid} of {self.who}{f' on {self.host}' if self.host else ''}, since {self.since}"


NOTE_FORMAT = DocumentFormat("lock-note", 1, LockNote)


def read_note(path: StoragePath) -> LockNote:
    """Return the note in a file.

    Raises:
        FileNotFoundError: Its writer has removed it.
        InfrastructureError: It cannot be read, or is no note.
    """
    return NOTE_FORMAT.content(read_json(path), path)
