"""The lineage at the end of a command: within some seconds, and never as a failure of the command."""

from __future__ import annotations

from collections.abc import Sequence

from assay.core.text import quantity
from assay.errors import LostRace
from assay.stages.lineage.send import LineageSending, send_new
from assay.stages.runtime.context import Context
from assay.store.deadline import line_within

DEADLINE_SECONDS = 5.0
"""Seconds by which the end of a process may be later: what is not sent by then waits for the next command."""

STEP_SECONDS = 4.0
"""Seconds that each step of a connection may take, and after which no further run is begun."""


def lineage_after(contexts: Sequence[Context]) -> str:
    """Send the lineage of these pipelines, within `DEADLINE_SECONDS` in all.

    Returns:
        An empty text, or one line with what still waits and why. A fault of a server fails no command.
    """
    return line_within(
        DEADLINE_SECONDS,
        lambda: "; ".join(filter(None, map(_sent, contexts))),
        lambda cause: _waits("lineage waits", cause),
    )


def _sent(ctx: Context) -> str:
    try:
        sending = send_new(ctx, timeout=STEP_SECONDS, within=STEP_SECONDS)
    except LostRace:
        return ""  # the process that sends now has these too, or the next command does
    return lag_line(ctx.pipeline.name, sending)


def lag_line(pipeline: str, sending: LineageSending) -> str:
    """Return one line about the runs whose events wait, empty without any."""
    if not sending.waiting:
        return ""
    runs = quantity(sending.waiting, "run")
    verb = "waits" if sending.waiting == 1 else "wait"
    return _waits(f"lineage of {runs} of {pipeline} {verb}", sending.code)


def _waits(what: str, cause: str) -> str:
    return f"{what} for the next command or 'assay lineage --send' ({cause})"
