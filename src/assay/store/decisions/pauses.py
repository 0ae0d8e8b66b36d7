"""The pauses of a pipeline: a dense sequence of pauses and resumptions, each with who and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assay.errors import LostRace
from assay.store.filesystem.atomic import safe_name
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.storage_path import StoragePath
from assay.store.ledger.sequence import Sequence
from assay.store.users import Actor, now_utc

Kind = Literal["pause", "resume"]


@dataclass(frozen=True, slots=True)
class Switch:
    """One pause or resumption: who, when and why."""

    number: int
    kind: Kind
    at: str
    who: str
    why: str
    claimed: str = ""

    @property
    def sentence(self) -> str:
        """The pause or resumption in words.

        >>> Switch(1, "pause", "2013-06-01T03:00:00Z", "eva", "outcomes look wrong").sentence
        'paused by eva at 2013-06-01T03:00:00Z: outcomes look wrong'
        """
        done = "paused" if self.kind == "pause" else "resumed"
        return f"{done} by {Actor(self.who, self.claimed)} at {self.at}: {self.why}"


SWITCH_FORMAT = DocumentFormat("pause", 1, Switch)


class Pauses:
    """The pauses of one pipeline; the newest document holds.

    Nothing here starts or stops a process: the stages that score or promote read the pauses.
    """

    def __init__(self, lake: StoragePath, pipeline: str) -> None:
        self._sequence = Sequence(lake / "_assay" / safe_name(pipeline, "a pipeline") / "pauses")

    def history(self) -> list[Switch]:
        """Return every pause and resumption, oldest first.

        Raises:
            InfrastructureError: A document is missing or corrupt.
        """
        return self._sequence.read_as(SWITCH_FORMAT)

    def current(self) -> Switch | None:
        """Return the pause that holds now, None where the pipeline is not paused."""
        last = next(reversed(self.history()), None)
        return last if last is not None and last.kind == "pause" else None

    def write(self, kind: Kind, actor: Actor, why: str) -> Switch:
        """Write a pause or resumption, which holds from now on, and return it.

        Raises:
            LostRace: Another process wrote one meanwhile.
        """
        number = len(self.history()) + 1
        switch = Switch(number, kind, now_utc(), actor.who, why, actor.claimed)
        if not self._sequence.create(number, SWITCH_FORMAT.document(switch)):
            raise LostRace(f"another change was first: {self.history()[number - 1].sentence}", code="lost-race")
        return switch
