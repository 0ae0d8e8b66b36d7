"""The owners of tables. A table's owner is the pipeline that defined it first.

Pipelines with an equal definition share the table. Each table has a dense sequence of documents in the lake: claimed,
shared, redefined, transferred. Creating the next number exclusively decides between two pipelines that claim one table
at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from assay.store.filesystem.atomic import safe_name
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.storage_path import StoragePath
from assay.store.ledger.sequence import Sequence


class Kind(StrEnum):
    """The acts that change the owner or the definition of a table, or its sharers."""

    CLAIM = "claim"
    SHARE = "share"
    REDEFINE = "redefine"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Definition:
    """The definition of a table, which decides its rows.

    - `file` is the YAML.
    - `parts` are its keys with their values as canonical JSON text.
    - `code` is the digest of the cleaning function's package, "" where it is not known.
    """

    file: str
    parts: Mapping[str, str]
    code: str = ""

    def differing(self, other: Definition) -> list[str]:
        """Return the keys whose values differ, sorted.

        >>> Definition("a", {"key": "1", "order": "2"}).differing(Definition("b", {"key": "1", "rules": "3"}))
        ['order', 'rules']
        """
        return sorted(k for k in {*self.parts, *other.parts} if self.parts.get(k) != other.parts.get(k))


@dataclass(frozen=True, slots=True)
class OwnerEntry:
    """One document: the act of a pipeline, with its definition; who ran it, when, why and in which run."""

    kind: Kind
    pipeline: str
    definition: Definition
    at: str
    who: str
    why: str = ""
    run_id: str = ""
    number: int = 0
    claimed: str = ""


OWNER_FORMAT = DocumentFormat("table-owner", 1, OwnerEntry)


@dataclass(frozen=True, slots=True)
class Ownership:
    """The owner of a table, its definition, and the other pipelines that share it; `last` is the newest document."""

    owner: str
    definition: Definition
    sharers: tuple[str, ...]
    last: OwnerEntry

    @property
    def sentence(self) -> str:
        """The owner and the sharers, in words.

        >>> Ownership("a", Definition("a.yaml", {}), ("b", "c"), None).sentence
        'owned by a, shared by b, c'
        """
        return f"owned by {self.owner}" + (f", shared by {', '.join(self.sharers)}" if self.sharers else "")


class Owners:
    """The documents about one table of a lake."""

    def __init__(self, lake: StoragePath, table: str) -> None:
        # No pipeline's name begins with "_", and no pipeline's own folder lies this deep: they cannot meet.
        self._sequence = Sequence(lake / "_assay" / "_tables" / "owners" / safe_name(table, "a table"))

    def history(self) -> list[OwnerEntry]:
        """Return every document, oldest first.

        Raises:
            InfrastructureError: A document is missing or corrupt.
        """
        return self._sequence.read_as(OWNER_FORMAT)

    def current(self) -> Ownership | None:
        """Return the ownership as it is now, None where no pipeline has claimed the table."""
        state: Ownership | None = None
        for entry in self.history():
            state = _after(state, entry)
        return state

    def append(self, seen: Ownership | None, entry: OwnerEntry) -> bool:
        """Append `entry` and return True; return False if another document was written since `seen` was read."""
        self._sequence.sweep()
        number = 1 if seen is None else seen.last.number + 1
        return self._sequence.create(number, OWNER_FORMAT.document(entry))


def _after(state: Ownership | None, entry: OwnerEntry) -> Ownership:
    if state is None:
        return Ownership(entry.pipeline, entry.definition, (), entry)
    if entry.kind is Kind.SHARE:
        sharers = {*state.sharers, entry.pipeline}
        return Ownership(state.owner, state.definition, tuple(sorted(sharers)), entry)
    # A pipeline that shared another definition shares this one only once its own YAML has the same.
    agreed = not entry.definition.differing(state.definition)
    sharers = {state.owner, *state.sharers} - {entry.pipeline} if agreed else set()
    return Ownership(entry.pipeline, entry.definition, tuple(sorted(sharers)), entry)
