"""The time and the colour of a run in a table."""

from __future__ import annotations

from assay.cli.terminal.screen import TextStyle
from assay.core.check import Status
from assay.core.run_status import RunStatus
from assay.core.verdict import Action


def short_time(at: str) -> str:
    """Return an instant of a record to the minute.

    >>> short_time("2026-11-30T17:46:12Z")
    '2026-11-30 17:46'
    """
    return at[:16].replace("T", " ")


BAD = frozenset({RunStatus.HELD, RunStatus.FAILED, RunStatus.INTERRUPTED, Status.FAIL, Action.DOWNGRADE})
"""The endings where something is held or failed."""

TO_LOOK_AT = frozenset(
    {
        *(RunStatus.PAUSED, RunStatus.PROPOSE, RunStatus.WAITS, RunStatus.NOT_LANDED, RunStatus.PARTLY),
        *(RunStatus.NO_CHAMPION, Status.WARN, Action.LOOK, Action.RETRAIN),
    }
)
"""The endings where a person should look."""


def style_of(status: str) -> TextStyle | None:
    """Return the colour of a run's status: red where something is held or failed, yellow where a person should look."""
    return TextStyle.RED if status in BAD else TextStyle.YELLOW if status in TO_LOOK_AT else None
