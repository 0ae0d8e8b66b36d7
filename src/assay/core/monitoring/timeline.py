"""Events of a pipeline on the dates of its data: what happened to tables, scores and models, and what drifted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class EventKind(StrEnum):
    """The kind of an event."""

    HELD = "held"
    RELEASED = "released"
    REWRITTEN = "rewritten"
    """The rows of a date were replaced, since their files or their inputs changed."""

    DEFINITION = "definition"
    """From this date on a table is cleaned by other code, or by another definition or schema, for two dates or more."""

    VERSION = "version"
    """From this date on the scores are those of another version."""

    DRIFT = "drift"


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """An event about a table, the scores or the pipeline, on a date of the data, with one sentence."""

    day: date
    kind: EventKind
    subject: str
    sentence: str
    run_id: str
