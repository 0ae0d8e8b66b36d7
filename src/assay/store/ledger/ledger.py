"""The ledger: the only record of what ran. Its documents are plain, so that reading and writing them needs no JVM."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from assay.core.suggestions import did_you_mean
from assay.errors import InfrastructureError, InputError
from assay.store.failpoints import failpoint
from assay.store.filesystem.atomic import safe_name
from assay.store.filesystem.storage_path import StoragePath
from assay.store.ledger.run_record import RECORD_FORMAT, PartitionState, PartitionStatus, RunRecord
from assay.store.ledger.sequence import Compactable, Sequence

MAX_LOST_RACES = 1_000
"""Lost races in a row before `append` gives up: each means that another writer has made progress."""


class Ledger:
    """The records of one pipeline, in the order of their dense numbers."""

    def __init__(self, lake: StoragePath, pipeline: str) -> None:
        self._sequence = Sequence(lake / "_assay" / safe_name(pipeline, "a pipeline") / "ledger")

    def append(self, record: RunRecord) -> RunRecord:
        """Append the record and return it with its number; return the stored one if the run has a record already.

        All numbers below the one that is tried have been read before. So a run is never recorded twice, however many
        processes try.

        Raises:
            InfrastructureError: The storage fails, or the record lost 1,000 races in a row.
        """
        failpoint(f"{record.stage}:before-ledger")
        self._sequence.sweep()
        for _ in range(MAX_LOST_RACES):
            records = self.records()
            for known in records:
                if known.run_id == record.run_id:
                    return known
            numbered = replace(record, number=len(records) + 1)
            if self._sequence.create(numbered.number, RECORD_FORMAT.document(numbered)):
                return numbered
        raise InfrastructureError(
            f"the ledger {self._sequence.folder} was busy for {MAX_LOST_RACES} attempts",
            code="ledger-busy",
            hint="try again",
        )

    def records(self, stage: str | None = None, subject: str | None = None) -> list[RunRecord]:
        """Return the records, oldest first, of one stage and subject if given.

        Raises:
            InfrastructureError: A file is corrupt. The message names it.
        """
        return [
            record
            for record in self._sequence.read_as(RECORD_FORMAT)
            if (stage is None or record.stage == stage) and (subject is None or record.subject == subject)
        ]

    def record(self, run_id: str) -> RunRecord:
        """Return the record of one run.

        Raises:
            InputError: There is none. The hint names the nearest run.
        """
        records = self.records()
        for record in records:
            if record.run_id == run_id:
                return record
        hint = did_you_mean(run_id, [r.run_id for r in reversed(records)], "the newest runs are")
        raise InputError(f"the ledger knows no run '{run_id}'", code="unknown-run", hint=hint)

    def latest(
        self, stage: str, subject: str, status: PartitionStatus | None = None
    ) -> dict[date, tuple[RunRecord, PartitionState]]:
        """Return the newest state of every date that `stage` has touched for `subject`, with its record.

        With `status`, only states of that status count. So a date with served scores keeps them where newer ones are
        held.
        """
        newest: dict[date, tuple[RunRecord, PartitionState]] = {}
        for record in self.records(stage, subject):
            for day, state in record.partitions.items():
                if status is not None and state.state is not status:
                    continue
                newest[date.fromisoformat(day)] = (record, state)
        return dict(sorted(newest.items()))

    def snapshot(self) -> Ledger:
        """Return the ledger as it is now: it is read once, however often its records are wanted, and never written."""
        return _LedgerSnapshot(self._sequence, self.records())

    def compactable(self) -> Compactable:
        """Return what `compact` would do now."""
        return self._sequence.compactable()

    def compact(self) -> Iterator[str]:
        """Compact old records into one file per segment, step by step; every record stays and is read once."""
        return self._sequence.compact()


class _LedgerSnapshot(Ledger):
    """The records of a ledger at one instant."""

    def __init__(self, sequence: Sequence, records: list[RunRecord]) -> None:
        self._sequence, self._records = sequence, records

    def append(self, record: RunRecord) -> RunRecord:
        raise TypeError(f"a snapshot of the ledger takes no record: {record.run_id}")

    def records(self, stage: str | None = None, subject: str | None = None) -> list[RunRecord]:
        return [
            record
            for record in self._records
            if (stage is None or record.stage == stage) and (subject is None or record.subject == subject)
        ]
