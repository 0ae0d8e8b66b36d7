"""The repairs of a table's refused records, as a dense sequence of documents in the lake.

A document is one act on one day: a replay of repaired records, or the undoing of all repairs of the day. No document
is ever changed. They belong to the table and not to a pipeline, since the pipelines that share it have the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from assay.core.landing.refused_records import RepairedRecord, digest_of_repairs
from assay.store.filesystem.atomic import safe_name
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.storage_path import StoragePath
from assay.store.ledger.sequence import Sequence
from assay.store.users import Actor


class ReplayKind(StrEnum):
    """The acts on the repairs of a day."""

    REPLAY = "replay"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class ReplayEntry:
    """One document: who replayed which repairs of a day, or took all of them back, when and why."""

    kind: ReplayKind
    pipeline: str
    day: date
    at: str
    who: str
    why: str
    repairs: tuple[RepairedRecord, ...] = ()
    number: int = 0
    claimed: str = ""

    @property
    def actor(self) -> Actor:
        """The user who did it."""
        return Actor(self.who, self.claimed)


REPLAY_FORMAT = DocumentFormat("replay", 1, ReplayEntry)


@dataclass(frozen=True, slots=True)
class DayRepairs:
    """The repairs of a day that are in force, by the id of the record, and the entry that each is from.

    `last` is the number of the newest entry about the day, 0 without any.
    """

    repairs: Mapping[str, RepairedRecord] = field(default_factory=dict)
    sources: Mapping[str, ReplayEntry] = field(default_factory=dict)
    last: int = 0

    @property
    def digest(self) -> str:
        """The digest of the repairs, empty without any: then the day is what it was before there were repairs."""
        return digest_of_repairs(self.repairs)

    @property
    def in_order(self) -> list[RepairedRecord]:
        """The repairs in the order of their ids."""
        return [self.repairs[name] for name in sorted(self.repairs)]

    @property
    def entries(self) -> list[ReplayEntry]:
        """The entries that at least one repair in force is from, oldest first."""
        return sorted({entry.number: entry for entry in self.sources.values()}.values(), key=lambda one: one.number)

    def after(self, entry: ReplayEntry) -> DayRepairs:
        """Return the repairs after another entry: a later repair of the same record wins."""
        if entry.kind is ReplayKind.UNDO:
            return DayRepairs(last=entry.number)
        new = {repair.place.id: repair for repair in entry.repairs}
        return DayRepairs({**self.repairs, **new}, {**self.sources, **dict.fromkeys(new, entry)}, entry.number)


NO_REPAIRS = DayRepairs()


class TableRepairs:
    """The documents about one table of a lake."""

    def __init__(self, lake: StoragePath, table: str) -> None:
        self._sequence = Sequence(lake / "_assay" / "_tables" / "repairs" / safe_name(table, "a table"))

    def history(self) -> list[ReplayEntry]:
        """Return every document, oldest first.

        Raises:
            InfrastructureError: A document is missing or corrupt.
        """
        return self._sequence.read_as(REPLAY_FORMAT)

    def by_day(self) -> dict[date, DayRepairs]:
        """Return the repairs in force of each day that has some. Raises as `history` does."""
        return repairs_by_day(self.history())

    def append(self, last: int, entry: ReplayEntry) -> bool:
        """Append `entry` and return True; return False if another document was written after the number `last`."""
        self._sequence.sweep()
        return self._sequence.create(last + 1, REPLAY_FORMAT.document(entry))


def repairs_by_day(entries: Iterable[ReplayEntry]) -> dict[date, DayRepairs]:
    """Return the repairs in force after these entries, of each day that has some."""
    days: dict[date, DayRepairs] = {}
    for entry in entries:
        days[entry.day] = days.get(entry.day, NO_REPAIRS).after(entry)
    return {day: one for day, one in days.items() if one.repairs}
