"""One writer at a time per table and date: by the kernel's locks on one machine, by heartbeats on HDFS.

Locks are needed where Delta's own commit cannot decide: its log stores for local file systems overwrite each other's
commits. On HDFS Delta decides, and a lock only spares the loser its work.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from assay.core.interval import Interval
from assay.errors import InfrastructureError, LostRace
from assay.store.filesystem.atomic import safe_name, to_json, write_atomically
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import StoragePath
from assay.store.locks.heartbeats import Heartbeats, beating
from assay.store.locks.notes import NOTE_FORMAT, LockNote, read_note
from assay.store.users import now_utc, process_actor

PAUSE = 0.05
_HINT = "the lake needs a file system that you may write to and that has POSIX locks"
_FLOCK = "@hhqqi4x"
_EVERYTHING = Interval(date.min, date.max)


@contextmanager
def hold(lake: StoragePath, name: str, interval: Interval | None, wait: float = 0) -> Iterator[None]:
    """Be the only writer of `name` (a table such as 'clean/outcomes') on the dates of `interval`, None for all.

    On this machine the lock is the kernel's: one byte per date of a lock file. So it ends with its process, however
    that ends. On HDFS it ends some seconds later.

    Raises:
        LostRace: Another writer still has one of these dates after `wait` seconds. The message names it.
    """
    if isinstance(lake, HdfsPath):
        dates = interval or _EVERYTHING
        with beating(_notes_folder(lake, name), dates, wait) as others:
            if others:
                raise _refusal(name, dates, [(note.who, note.dates) for note in others])
            yield
        return
    path = _lock_path(lake, name)
    deadline = time.monotonic() + wait
    while not _OPEN.take(path, interval or _EVERYTHING):
        if time.monotonic() >= deadline:
            raise _refusal(name, interval or _EVERYTHING, [(who, dates) for _, who, dates in _notes(path)])
        time.sleep(PAUSE)
    try:
        note = _leave_note(path, interval or _EVERYTHING)
        try:
            yield
        finally:
            note.unlink(missing_ok=True)
    finally:
        _OPEN.give_back(path, interval or _EVERYTHING)


@dataclass(frozen=True, slots=True)
class Holder:
    """The note of a process that took a lock: its file, the process, since when, and whether it still has the lock."""

    note: StoragePath
    who: str
    since: datetime
    alive: bool


def holders(lake: StoragePath) -> list[Holder]:
    """Return the notes of all locks in this lake, and whether each writer still holds its lock.

    The kernel ends a lock with its process, so a note without a lock is that of a dead process. On HDFS every writer
    with a note counts as alive: the next one that wants the lock finds out.
    """
    if isinstance(lake, HdfsPath):
        return _beating_holders(lake)
    lake_holders: list[Holder] = []
    for folder in sorted((Path(str(lake)).resolve() / "_assay" / "locks").glob("*.holders")):
        lock = folder.with_suffix(".lock")
        for note, who, dates in _notes(lock):
            with suppress(FileNotFoundError):
                since = datetime.fromtimestamp(note.stat().st_mtime, UTC)
                lake_holders.append(
                    Holder(note, f"{lock.stem.replace('+', '/')}: {who}", since, _OPEN.held(lock, dates))
                )
    return lake_holders


def _beating_holders(lake: HdfsPath) -> list[Holder]:
    return [
        Holder(note.place, f"{folder.stem.replace('+', '/')}: {note.who}", note.since, True)
        for folder in (lake / "_assay" / "locks").glob("*.holders")
        for note in Heartbeats(folder).notes()
    ]


@dataclass
class _LockFile:
    descriptor: int
    held: list[Interval] = field(default_factory=list)


class _OpenLocks:
    """The lock files that this process has open.

    POSIX drops all locks of a process on a file as soon as it closes any descriptor of it. It never refuses a process
    its own bytes. Hence one descriptor per file, and the list of what is held.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._process = os.getpid()
        self._files: dict[Path, _LockFile] = {}

    def take(self, path: Path, interval: Interval) -> bool:
        """Take the dates of `interval` if they are free, and return whether they are ours now."""
        with self._mutex:
            if self._process != os.getpid():  # after a fork nothing is held
                self._files, self._process = {}, os.getpid()
            file = self._files.get(path) or self._open(path)
            if any(interval.overlaps(held) for held in file.held) or not _lock(file.descriptor, path, interval):
                self._close_if_idle(path)
                return False
            file.held.append(interval)
            return True

    def give_back(self, path: Path, interval: Interval) -> None:
        """Release the dates."""
        with self._mutex:
            file = self._files.get(path) if self._process == os.getpid() else None
            if file is None:
                return
            file.held.remove(interval)
            fcntl.lockf(file.descriptor, fcntl.LOCK_UN, len(interval), interval.start.toordinal())
            self._close_if_idle(path)

    def held(self, path: Path, interval: Interval) -> bool:
        """Return whether any process holds a date of `interval`, this process included; nothing is taken."""
        with self._mutex:
            if self._process != os.getpid():
                self._files, self._process = {}, os.getpid()
            file = self._files.get(path) or self._open(path)
            held_here = any(interval.overlaps(held) for held in file.held)
            held_anywhere = held_here or _locked_by_others(file.descriptor, interval)
            self._close_if_idle(path)
            return held_anywhere

    def _open(self, path: Path) -> _LockFile:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise InfrastructureError(
                f"cannot open the lock {path}: {error.strerror}", code="cannot-lock", hint=_HINT
            ) from error
        self._files[path] = _LockFile(descriptor)
        return self._files[path]

    def _close_if_idle(self, path: Path) -> None:
        if not self._files[path].held:
            os.close(self._files.pop(path).descriptor)


_OPEN = _OpenLocks()


def _lock(descriptor: int, path: Path, interval: Interval) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, len(interval), interval.start.toordinal())
    except (BlockingIOError, PermissionError):  # EAGAIN or EACCES, as POSIX leaves it open
        return False
    except OSError as error:
        raise InfrastructureError(f"cannot lock {path}: {error.strerror}", code="cannot-lock", hint=_HINT) from error
    return True


def _locked_by_others(descriptor: int, interval: Interval) -> bool:
    # The kernel's struct flock on Linux; it answers F_UNLCK where the bytes could be had.
    lock_query = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, interval.start.toordinal(), len(interval), 0)
    kind = struct.unpack(_FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, lock_query))[0]
    return bool(kind != fcntl.F_UNLCK)


def _lock_path(lake: StoragePath, name: str) -> Path:
    return Path(str(lake)).resolve() / "_assay" / "locks" / f"{_plain(name)}.lock"


def _notes_folder(lake: HdfsPath, name: str) -> HdfsPath:
    return lake / "_assay" / "locks" / f"{_plain(name)}.holders"


def _plain(name: str) -> str:
    return "+".join(safe_name(part, "a lock") for part in name.split("/"))


def _leave_note(path: Path, interval: Interval) -> Path:
    """Write a file with the holder of these dates, and remove the notes that dead holders left for them."""
    for note, _, noted_dates in _notes(path):
        if interval.overlaps(noted_dates):
            note.unlink(missing_ok=True)
    note = path.with_suffix(".holders") / f"{os.getpid()}-{secrets.token_hex(4)}.json"
    content = LockNote(os.getpid(), str(process_actor()), now_utc(), interval)
    write_atomically(note, to_json(NOTE_FORMAT.document(content)))
    return note


def _notes(path: Path) -> Iterator[tuple[Path, str, Interval]]:
    for note in sorted(path.with_suffix(".holders").glob("*.json")):
        # A note is a courtesy: one that vanishes or cannot be read is left out, and the lock decides without it.
        with suppress(FileNotFoundError, InfrastructureError):
            content = read_note(note)
            yield note, content.sentence, content.dates


def _refusal(name: str, wanted: Interval, notes: list[tuple[str, Interval]]) -> LostRace:
    holder = "; ".join(f"{who}, on {_dates(dates)}" for who, dates in notes if wanted.overlaps(dates))
    holder = holder or "another process"
    return LostRace(
        f"another writer holds {name} on {_dates(wanted)}: {holder}",
        code="locked",
        hint="wait until it is done, then run this again; a lock ends with its process",
    )


def _dates(interval: Interval) -> str:
    if interval == _EVERYTHING:
        return "all dates"
    last = interval.end - timedelta(days=1)
    return str(interval.start) if last == interval.start else f"{interval.start} to {last}"
