"""The status of a run: what it did, in the words of the ledger and of `--json`."""

from __future__ import annotations

from enum import StrEnum

from assay.core.check import Status
from assay.core.verdict import Action


class RunStatus(StrEnum):
    """The end of a run that is no action of a verdict."""

    DONE = "done"
    SKIPPED = "skipped"
    """Nothing was to do."""

    NO_CHAMPION = "no champion"
    INTERRUPTED = "interrupted"

    PAUSED = "paused"
    """Nothing was done, since a person paused the pipeline."""

    HELD = "held"
    RELEASED = "released"
    NOT_LANDED = "not landed"
    FAILED = "failed"
    PARTLY = "partly"
    """Some of it was left for the next time."""

    PROPOSE = "propose"
    WAITS = "waits"
    DECLINED = "declined"
    """A proposal was made, waits for an answer, or was turned down."""


NO_WORK = frozenset(
    {RunStatus.RELEASED, RunStatus.NO_CHAMPION, RunStatus.SKIPPED, RunStatus.PAUSED, RunStatus.DECLINED}
)
"""The endings of runs that did not do their stage's work: their durations and rows are those of no work."""

Ending = RunStatus | Action | Status
"""The status of a run: its own, the action of its verdict, or where it only judged, that of its verdict."""
