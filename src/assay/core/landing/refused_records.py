"""Refused records of a day: the place of each, which does not change when the day is cleaned again."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ID_DIGITS = 24
"""Hexadecimal digits of an id: of 100,000 records, two have the same one in fewer than one of 10^18 days."""


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """A record among those of a day.

    - `file` is the name of its file below the landing folder, or of the table that is its source.
    - `text` is the SHA-256 of its text.
    - `occurrence` counts the records of the file with this text, from 0.
    """

    file: str
    text: str
    occurrence: int

    @property
    def id(self) -> str:
        """A digest of all three.

        >>> RecordPlace("parcels/2024-01-01/parcels.csv", digest_of_text("1;x"), 0).id
        'f24967822028779b7aa45d0f'
        """
        whole = json.dumps([self.file, self.text, self.occurrence])
        return hashlib.sha256(whole.encode()).hexdigest()[:ID_DIGITS]


@dataclass(frozen=True, slots=True)
class RepairedRecord:
    """A record that a person has repaired: its place, and its text from then on."""

    place: RecordPlace
    record: str


def digest_of_text(raw: str) -> str:
    """Return the SHA-256 of a record's text in UTF-8, as Spark's `sha2` gives it."""
    return hashlib.sha256(raw.encode()).hexdigest()


def places_of(refused: Iterable[tuple[str, str]], applied: Iterable[RepairedRecord]) -> list[RecordPlace]:
    """Return the place of each refused record, given by its file's name and its text.

    `applied` are the repairs with which the day was cleaned. A record may be one that was repaired and refused again.
    Its text is that of the repair, and its place is that of the record which landed. Where a landed record has the same
    text as a repaired one, either may get the place: they are equal.
    """
    repaired: defaultdict[tuple[str, str], list[RecordPlace]] = defaultdict(list)
    taken: set[RecordPlace] = set()
    for repair in applied:
        repaired[repair.place.file, repair.record].append(repair.place)
        taken.add(repair.place)
    next_occurrence: Counter[tuple[str, str]] = Counter()
    places = []
    for file, raw in refused:
        if repaired[file, raw]:
            places.append(repaired[file, raw].pop(0))
            continue
        text = digest_of_text(raw)
        while (place := RecordPlace(file, text, next_occurrence[file, raw])) in taken:
            next_occurrence[file, raw] += 1
        next_occurrence[file, raw] += 1
        places.append(place)
    return places


def digest_of_repairs(repairs: Mapping[str, RepairedRecord]) -> str:
    """Return a digest of the repairs of a day by their ids; empty without any."""
    if not repairs:
        return ""
    text = json.dumps(sorted((name, one.record) for name, one in repairs.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
