"""The ledger's records: who ran which stage over which partitions, when, why, and with which result."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar

from assay.core.model_versions import ModelVersion
from assay.core.run_status import Ending
from assay.core.verdict import VerdictSummary
from assay.errors import InfrastructureError
from assay.store.filesystem.atomic import safe_name
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.ledger.footprint import Footprint, RunUse
from assay.store.ledger.run_details import ReleaseDetails, RunDetails, ScoreReleaseDetails
from assay.store.users import Actor

Kept = TypeVar("Kept")

_AND_REPAIRS = "+"


@dataclass(frozen=True, slots=True)
class PartitionFingerprint:
    """The origin of a partition: its table and date, the digest of its input, of the code and of the spec's section.

    Two equal identities mean the same work: it need not be done again.
    """

    subject: str
    date: str
    input: str
    code: str
    spec: str

    @property
    def landed(self) -> str:
        """The digest of what landed: the input without the repairs of its refused records."""
        return self.input.partition(_AND_REPAIRS)[0]

    @property
    def definition(self) -> tuple[str, str]:
        """The digests of the code and of the spec's section: what a partition was made by."""
        return self.code, self.spec

    @property
    def digest(self) -> str:
        """A short digest of all five fields.

        >>> PartitionFingerprint("outcomes", "2013-01-05", "a", "b", "c").digest
        'aa408560cc60cb3392e497d6d2e58497'
        """
        text = json.dumps([self.subject, self.date, self.input, self.code, self.spec])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def input_digest(landed: str, repairs: str) -> str:
    """Return the digest of the input of a day: of what landed and of the repairs of its records, which may be none.

    >>> input_digest("a1", ""), input_digest("a1", "b2")
    ('a1', 'a1+b2')
    """
    return f"{landed}{_AND_REPAIRS}{repairs}" if repairs else landed


class PartitionStatus(StrEnum):
    """The state of a partition after a run."""

    LANDED = "landed"
    PUBLISHED = "published"
    HELD = "held"
    TRAINED = "trained"
    JUDGED = "judged"
    SCORED = "scored"
    UNSCORED = "unscored"
    PASSED = "pass"
    WARNED = "warn"
    FAILED = "fail"


@dataclass(frozen=True, slots=True)
class PartitionState:
    """The state of one partition after one run, with its row counts.

    `version` is the model that gave the partition's scores, None where it has none.
    """

    state: PartitionStatus
    identity: PartitionFingerprint
    counts: Mapping[str, int] = field(default_factory=dict)
    version: ModelVersion | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One row of the ledger. The ledger sets `number`, which gives the order; `at` is only the time of a clock.

    - `subject` is a table, or the pipeline itself.
    - `start` and `end` are the half-open interval of dates.
    - `partitions` is keyed by ISO date.
    - `commits` are the Delta versions written, `{"table": ..., "version": ...}` each.
    - `footprint` is what the run used of a cluster, None on one machine.
    - `use` is what it used of the machine on which it was started, None in records of earlier versions.
    - `who` is the authenticated user, and `claimed` the name of the person in `ASSAY_USER`, which proves nothing.
    """

    run_id: str
    pipeline: str
    stage: str
    subject: str
    start: date
    end: date
    status: Ending
    at: str
    who: str
    why: str = ""
    partitions: Mapping[str, PartitionState] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    verdict: VerdictSummary | None = None
    details: RunDetails = field(default_factory=dict)
    footprint: Footprint | None = None
    number: int = 0
    claimed: str = ""
    use: RunUse | None = None

    @property
    def actor(self) -> Actor:
        """The user who ran it."""
        return Actor(self.who, self.claimed)

    def details_as(self, kind: type[Kept]) -> Kept:
        """Return the details as those of the record's stage.

        Raises:
            InfrastructureError: They are not what the stage keeps.
        """
        if not isinstance(self.details, kind):
            raise InfrastructureError(
                f"the ledger's record of {self.run_id} does not hold the details of {self.stage}",
                code="corrupt-file",
                hint="restore it from a backup; Assay never writes a document in part",
            )
        return self.details

    @property
    def sentence(self) -> str:
        """The sentence of the verdict, empty without one."""
        return self.verdict.sentence if self.verdict else ""

    @property
    def measured_by(self) -> str:
        """The run that measured the partitions: this one, or the one whose held day this one released."""
        if isinstance(self.details, ReleaseDetails | ScoreReleaseDetails):
            return self.details.measured_by
        return self.run_id


RECORD_FORMAT = DocumentFormat("run-record", 1, RunRecord)


def new_run_id(stage: str) -> str:
    """Return a new, unique name: the UTC second, the stage and six random digits.

    Names sort by time, which is for people only.
    """
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{safe_name(stage, 'a stage')}-{secrets.token_hex(3)}"
