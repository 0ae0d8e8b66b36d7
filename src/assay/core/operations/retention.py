"""The choice of the files of a table that may be removed, and the reasons to keep the others.

A version is recent if it was the current version at some instant since the horizon. A job that began after the horizon
reads only files of recent versions. A lease keeps an older version readable too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

DAY = 86_400.0
LOG_DAYS = 30
"""Days that an entry of the log stays although no version needs it, as in Delta itself."""

CURRENT = "current version"
RECENT = "current within the retention"
YOUNG = "younger than the retention"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored data file: its path below the table, its bytes, and when it was written (epoch seconds)."""

    path: str
    size: int
    written: float

    @property
    def partition(self) -> str:
        """The value of its partition, from the name of its folder.

        >>> StoredFile("ship_date=2024-01-01/part-0.parquet", 1, 0.0).partition
        '2024-01-01'
        """
        return partition_of(self.path)


def partition_of(path: str) -> str:
    """Return the value of the partition of a data file, from the name of its folder below the table."""
    return path.partition("/")[0].partition("=")[2]


@dataclass(frozen=True, slots=True)
class Lease:
    """A version that must stay readable, and the reason; `days` limits the lease to some partitions."""

    version: int
    why: str
    days: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """The files that may be removed, and the other files by the strongest reason to keep them."""

    removed: tuple[StoredFile, ...]
    kept: Mapping[str, tuple[StoredFile, ...]] = field(default_factory=dict)


def horizon(now: float, days: int, running: Iterable[float] = ()) -> float:
    """Return the instant (epoch seconds) since which readers are protected.

    It is `days` ago, or the start of the oldest of the `running` jobs if that is earlier.
    """
    return min([now - days * DAY, *running])


def recent_versions(committed: Mapping[int, float], since: float) -> list[int]:
    """Return the versions that were current at some instant since `since`, in order; the newest is always among them.

    A commit counts as no older than the commits before it. So clocks that disagree keep more versions, never fewer.
    """
    numbers = sorted(committed)
    times = list(accumulate((committed[number] for number in numbers), max))
    replaced = [*times[1:], float("inf")]
    return [number for number, until in zip(numbers, replaced, strict=True) if until >= since]


def retain(
    stored: Iterable[StoredFile],
    files: Mapping[int, Collection[str]],
    recent: Collection[int],
    leases: Iterable[Lease],
    since: float,
) -> Retention:
    """Divide the `stored` files: a file written before `since` may go if no recent and no leased version has it.

    The paths of each recent or leased version are in `files`; a lease of a version that is missing there keeps nothing.
    A file that no version names belongs to a writer that was killed or has yet to commit: its age alone decides.
    """
    newest = max(recent)
    claims: list[tuple[Lease, Collection[str]]] = [(Lease(newest, CURRENT), files[newest])]
    claims += [(lease, set(files[lease.version])) for lease in leases if lease.version in files]
    claims += [(Lease(version, RECENT), files[version]) for version in recent]
    removed: list[StoredFile] = []
    kept: dict[str, list[StoredFile]] = {}
    for file in stored:
        why = next((lease.why for lease, paths in claims if file.path in paths and _covers(lease, file)), None)
        if why is None and file.written < since:
            removed.append(file)
        else:
            kept.setdefault(why or YOUNG, []).append(file)
    return Retention(tuple(removed), {why: tuple(those) for why, those in kept.items()})


def _covers(lease: Lease, file: StoredFile) -> bool:
    return lease.days is None or file.partition in lease.days


def readable(version: int, entries: Collection[int], checkpoints: Collection[int]) -> bool:
    """Return whether `version` can still be read from a log with these entries and checkpoints.

    >>> readable(12, {11, 12, 13}, {10}), readable(12, {12, 13}, {10})
    (True, False)
    """
    bases = [checkpoint + 1 for checkpoint in checkpoints if checkpoint <= version]
    start = max(bases, default=0)
    return version <= max(entries, default=-1) and all(number in entries for number in range(start, version + 1))


def log_start(
    committed: Mapping[int, float], checkpoints: Collection[int], needed: Iterable[int], now: float, days: int
) -> int:
    """Return the first version whose log entries have to stay; all entries before it may go, none for 0.

    It is a checkpoint from which every `needed` version can be read. It is also older than the retention of `days`, and
    than the retention of Delta itself.
    """
    oldest = min(needed)
    before = now - max(days, LOG_DAYS) * DAY
    fit = [c for c in checkpoints if c <= oldest and c in committed and committed[c] < before]
    return max(fit, default=0)
