"""What the ledger holds: who ran which stage over which partitions, when, why, and what came of it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from assay.store.filesystem.atomic import safe_name


@dataclass(frozen=True, slots=True)
class PartitionFingerprint:
    """What made a partition: its table and date, the digest of its input, of the code and of the spec's section.

    Two equal identities mean the same work: it need not be done again.
    """

    subject: str
    date: str
    input: str
    code: str
    spec: str

    @property
    def digest(self) -> str:
        """A short digest of all five.

        >>> PartitionFingerprint("outcomes", "2013-01-05", "a", "b", "c").digest
        'aa408560cc60cb3392e497d6d2e58497'
        """
        text = json.dumps([self.subject, self.date, self.input, self.code, self.spec])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PartitionState:
    """What became of one partition in one run: published, held, landed, scored, judged, ...; and its row counts."""

    state: str
    identity: PartitionFingerprint
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One row of the ledger. `number` gives the order and is set by the ledger; `at` is a clock's word only.

    `subject` is a table, or the pipeline itself; `start` and `end` are the half-open interval of dates; `partitions`
    is keyed by ISO date; `commits` are the Delta versions written, `{"table": ..., "version": ...}` each.
    """

    run_id: str
    pipeline: str
    stage: str
    subject: str
    start: date
    end: date
    status: str
    at: str
    who: str
    why: str = ""
    partitions: Mapping[str, PartitionState] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    commits: Sequence[Mapping[str, Any]] = ()
    verdict: Mapping[str, Any] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0

    def to_json(self) -> dict[str, Any]:
        """The record as plain JSON types."""
        return {
            "number": self.number,
            "run_id": self.run_id,
            "pipeline": self.pipeline,
            "stage": self.stage,
            "subject": self.subject,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "status": self.status,
            "at": self.at,
            "who": self.who,
            "why": self.why,
            "partitions": {day: _state_to_json(state) for day, state in self.partitions.items()},
            "counts": dict(self.counts),
            "commits": [dict(commit) for commit in self.commits],
            "verdict": None if self.verdict is None else dict(self.verdict),
            "details": dict(self.details),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunRecord:
        """The record that `to_json` wrote. Raises KeyError, TypeError or ValueError on anything else."""
        fields = dict(data)
        fields["start"] = date.fromisoformat(fields["start"])
        fields["end"] = date.fromisoformat(fields["end"])
        fields["partitions"] = {day: _state_from_json(state) for day, state in fields["partitions"].items()}
        fields["commits"] = tuple(fields["commits"])
        return cls(**fields)


def _state_to_json(state: PartitionState) -> dict[str, Any]:
    identity = state.identity
    return {
        "state": state.state,
        "identity": [identity.subject, identity.date, identity.input, identity.code, identity.spec],
        "counts": dict(state.counts),
    }


def _state_from_json(data: Mapping[str, Any]) -> PartitionState:
    return PartitionState(data["state"], PartitionFingerprint(*data["identity"]), data["counts"])


def new_run_id(stage: str) -> str:
    """A name that nobody has had: the UTC second, the stage and six random digits; sorts by time for people's eyes."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{safe_name(stage, 'a stage')}-{secrets.token_hex(3)}"
