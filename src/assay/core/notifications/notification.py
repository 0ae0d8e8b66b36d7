"""One event of a pipeline, with all that its message needs and nothing that a row holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class NotificationKind(StrEnum):
    """The events that a channel can take."""

    HELD = "held"
    ALARM = "alarm"
    PROPOSAL = "proposal"
    PROMOTION = "promotion"
    ROLLBACK = "rollback"
    MISSING_LANDING = "missing-landing"
    MISSING_TRAINING = "missing-training"

    TEST = "test"
    """A trial of a channel, which no stage causes."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address for people, with its title."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Notification:
    """One event of a pipeline.

    - `key` is the same for the same event, however often it is collected: 32 hexadecimal digits.
    - `subject` is a table, or the pipeline itself.
    - `sentence` names checks, columns, counts and versions. It holds no value of a row.
    - `first` and `last` are the first and the last date of the data that it is about.
    - `run_id` is the run that caused it, empty without one.
    - `at` is the time of the event in UTC.
    - `commands` are command lines to type, in the order in which they help.
    """

    key: str
    pipeline: str
    kind: NotificationKind
    subject: str
    sentence: str
    first: date
    last: date
    at: str
    run_id: str = ""
    commands: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


def event_key(pipeline: str, kind: NotificationKind, parts: Sequence[str]) -> str:
    """Return the key of an event: 32 hexadecimal digits of a digest of its pipeline, its kind and `parts`.

    >>> event_key("parcels", NotificationKind.PROMOTION, ["4"])
    '3b25e519fc5408dd2c8ff40bf9124a37'
    """
    text = json.dumps([pipeline, kind, *parts])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
