"""Tasks and their reasons: `plan` prints the reason why a partition is to be done, and `run` acts on the same one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, RunRecord


class Reason(StrEnum):
    """The reason to compute a partition, or not to: it is done, or it was done and its verdict holds it."""

    NEVER_RUN = "never run"
    INPUT_CHANGED = "input changed"
    REPAIRS_CHANGED = "repairs changed"
    CODE_CHANGED = "code changed"
    SPEC_CHANGED = "spec changed"
    CHAMPION_CHANGED = "champion changed"
    FORCED = "forced"
    DONE = "already done"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Task:
    """One partition of one stage, what it would become, and why."""

    stage: str
    subject: str
    day: date
    identity: PartitionFingerprint
    reason: Reason

    @property
    def due(self) -> bool:
        """Return whether it is to be computed."""
        return self.reason not in (Reason.DONE, Reason.HELD)


def reason_for(wanted: PartitionFingerprint, current: PartitionFingerprint | None, *, force: bool = False) -> Reason:
    """Return the reason to compute `wanted`, given what is there now.

    >>> one = PartitionFingerprint("flights", "2013-01-01", "a", "b", "c")
    >>> str(reason_for(one, None)), str(reason_for(one, one))
    ('never run', 'already done')
    """
    if current is None:
        return Reason.NEVER_RUN
    if force:
        return Reason.FORCED
    if current.input != wanted.input:
        return Reason.REPAIRS_CHANGED if current.landed == wanted.landed else Reason.INPUT_CHANGED
    if current.code != wanted.code:
        return Reason.CODE_CHANGED
    if current.spec != wanted.spec:
        return Reason.SPEC_CHANGED
    return Reason.DONE


def tasks(
    stage: str,
    subject: str,
    wanted: Mapping[date, PartitionFingerprint],
    latest: Mapping[date, tuple[RunRecord, PartitionState]],
    *,
    force: bool = False,
) -> list[Task]:
    """Return one task per date, in order."""
    return [
        Task(stage, subject, day, identity, _reason(identity, latest.get(day), force=force))
        for day, identity in sorted(wanted.items())
    ]


def _reason(wanted: PartitionFingerprint, latest: tuple[RunRecord, PartitionState] | None, *, force: bool) -> Reason:
    reason = reason_for(wanted, latest[1].identity if latest else None, force=force)
    return Reason.HELD if reason is Reason.DONE and latest and latest[1].state is PartitionStatus.HELD else reason
