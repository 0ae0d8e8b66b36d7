"""One writer at a time where the kernel has no locks: notes on HDFS that their writers renew while they live.

A note is a courtesy between runs, so that the loser learns of the race before it has computed for an hour. What makes a
race safe is Delta's own commit, which HDFS decides. A writer that was taken for dead and goes on again loses there.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from assay.core.interval import Interval
from assay.errors import InfrastructureError
from assay.store.filesystem.atomic import create_exclusively, to_json, write_atomically
from assay.store.filesystem.storage_path import StoragePath
from assay.store.locks.notes import NOTE_FORMAT, LockNote, read_note
from assay.store.users import now_utc, process_actor

HEARTBEAT_SECONDS = 3.0
"""Seconds between two renewals."""

DEAD_AFTER_SECONDS = 12.0
"""Seconds of watching a note without a renewal after which its writer counts as dead. No two clocks are compared."""

LOOK = 0.5


@dataclass(frozen=True, slots=True)
class HeartbeatNote:
    """A process that holds some dates; its `beat` changes while it lives."""

    place: StoragePath
    who: str
    since: datetime
    dates: Interval
    beat: tuple[int, int]


class Heartbeats:
    """The notes of one lock's folder."""

    def __init__(self, folder: StoragePath) -> None:
        self.folder = folder

    def notes(self) -> list[HeartbeatNote]:
        """Return every note that can be read; one that vanishes meanwhile is left out."""
        readable_notes = []
        for place in self.folder.glob("*.json"):
            with suppress(FileNotFoundError, InfrastructureError, ValueError):
                beat, note = place.stat().st_ino, read_note(place)
                since = datetime.fromisoformat(note.since)
                readable_notes.append(HeartbeatNote(place, note.sentence, since, note.dates, (beat, note.beat)))
        return readable_notes

    def take(self, dates: Interval, wait: float) -> Beating | list[HeartbeatNote]:
        """Return our own note, beating, once no living writer has one for these dates; else the notes of the others.

        The others' notes are returned after `wait` seconds, and once they were seen to live. A note is written before
        the others are looked at, so of two that come at once at least one sees the other.
        """
        started, watch = time.monotonic(), _Watch()
        while True:
            others = self._others(dates)
            if not others:
                own_note = Beating(self.folder, dates)
                if not (others := self._others(dates, own_note.place)):
                    return own_note
                own_note.stop()
            living = watch.living(others)
            if living and time.monotonic() - started >= wait:
                return living
            time.sleep(LOOK * (0.5 + secrets.randbelow(100) / 100))

    def _others(self, dates: Interval, own_place: StoragePath | None = None) -> list[HeartbeatNote]:
        return [note for note in self.notes() if note.place != own_place and note.dates.overlaps(dates)]


class _Watch:
    """An observer of notes: a writer whose note changes lives. The notes of dead writers are removed."""

    def __init__(self) -> None:
        self._seen: dict[StoragePath, tuple[tuple[int, int], float]] = {}
        self._living: set[StoragePath] = set()

    def living(self, notes: list[HeartbeatNote]) -> list[HeartbeatNote]:
        """Return those of the notes that have been renewed since they were first seen."""
        now = time.monotonic()
        for note in notes:
            beat, since = self._seen.setdefault(note.place, (note.beat, now))
            if beat != note.beat:
                self._seen[note.place] = (note.beat, now)
                self._living.add(note.place)
            elif now - since >= DEAD_AFTER_SECONDS:
                self._living.discard(note.place)
                note.place.unlink(missing_ok=True)
        return [note for note in notes if note.place in self._living]


class Beating:
    """A note that a thread renews until `stop` is called, or its process ends."""

    def __init__(self, folder: StoragePath, dates: Interval) -> None:
        self.place = folder / f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}.json"
        self._note = LockNote(os.getpid(), str(process_actor()), now_utc(), dates, socket.gethostname())
        self._over = threading.Event()
        create_exclusively(self.place, to_json(NOTE_FORMAT.document(self._note)))
        self._thread = threading.Thread(target=self._beat, name="assay heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Remove the note. If the storage is gone the note stays, and expires by itself."""
        self._over.set()
        self._thread.join()
        with suppress(OSError, InfrastructureError):
            self.place.unlink(missing_ok=True)

    def _beat(self) -> None:
        beats = 0
        while not self._over.wait(HEARTBEAT_SECONDS):
            beats += 1
            with suppress(OSError, InfrastructureError):  # the storage is away: the next beat may find it again
                write_atomically(self.place, to_json(NOTE_FORMAT.document(replace(self._note, beat=beats))))


@contextmanager
def beating(folder: StoragePath, dates: Interval, wait: float) -> Iterator[list[HeartbeatNote]]:
    """Hold the dates while the block runs, and yield no notes; else yield the notes of the holders.

    The block refuses its work where it gets notes.
    """
    taken = Heartbeats(folder).take(dates, wait)
    if isinstance(taken, list):
        yield taken
        return
    try:
        yield []
    finally:
        taken.stop()
