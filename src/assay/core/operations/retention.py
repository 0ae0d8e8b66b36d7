"""Which files of a table may go, and why the others stay: versions, leases and ages in, a decision out.

A version is recent while it was the current one at some instant since the horizon: whoever began to read after that
reads only files of recent versions. A lease keeps an older version readable all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

DAY = 86_400.0
LOG_DAYS = 30
"""Days that an entry of the log stays although no version needs it: what Delta itself keeps."""

CURRENT = "current version"
RECENT = "current within the retention"
YOUNG = "younger than the retention"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A data file as it lies there: its path below the table, its bytes, and when it was written (epoch seconds)."""

    path: str
    size: int
    written: float

    @property
    def partition(self) -> str:
        """The value of its partition, as its folder says it.

        >>> StoredFile("ship_date=2024-01-01/part-0.parquet", 1, 0.0).partition
        '2024-01-01'
        """
        return self.path.partition("/")[0].partition("=")[2]


@dataclass(frozen=True, slots=True)
class Lease:
    """A version that must stay readable, and for whom; of some partitions alone where `days` names them."""

    version: int
    why: str
    days: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """What may go, and of each file that stays the strongest reason for it."""

    removed: tuple[StoredFile, ...]
    kept: Mapping[str, tuple[StoredFile, ...]] = field(default_factory=dict)


def horizon(now: float, days: int, running: Iterable[float] = ()) -> float:
    """The instant (epoch seconds) whose readers must not be disturbed: `days` ago, or when the oldest of the `running`
    jobs began if that is earlier."""
    return min([now - days * DAY, *running])


def recent_versions(committed: Mapping[int, float], since: float) -> list[int]:
    """The versions that were current at some instant since then, in order; the newest always is.

    A commit counts as no older than any before it: with clocks that disagree more is kept, never less.
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
    """What of the `stored` files may go: those of no recent and no leased version that were written before `since`.

    `files` gives the paths of each version that is recent or leased; a lease of a version that it lacks keeps nothing.
    A file that no version names is a killed writer's, or one that has yet to commit: its age alone decides.
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
    """Whether a log with these entries and checkpoints still tells what `version` held.

    >>> readable(12, {11, 12, 13}, {10}), readable(12, {12, 13}, {10})
    (True, False)
    """
    bases = [checkpoint + 1 for checkpoint in checkpoints if checkpoint <= version]
    start = max(bases, default=0)
    return version <= max(entries, default=-1) and all(number in entries for number in range(start, version + 1))


def log_start(
    committed: Mapping[int, float], checkpoints: Collection[int], needed: Iterable[int], now: float, days: int
) -> int:
    """The first version whose entries of the log have to stay: all before it may go, 0 for none.

    That is a checkpoint from which every `needed` version can be told, and which is older than the retention of `days`
    and than what Delta itself keeps.
    """
    oldest = min(needed)
    before = now - max(days, LOG_DAYS) * DAY
    fit = [c for c in checkpoints if c <= oldest and c in committed and committed[c] < before]
    return max(fit, default=0)
