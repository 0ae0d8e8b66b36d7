"""The notifications at the end of a command: within some seconds, and never as a failure of the command."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from assay.core.text import quantity
from assay.errors import AssayError, LostRace
from assay.stages.notifications.collect import collect, collect_missing
from assay.stages.notifications.deliver import DeliveryAttempt, DeliveryState, deliver
from assay.stages.runtime.context import Context
from assay.store.deadline import line_within

DEADLINE_SECONDS = 5.0
"""Seconds by which the end of a process may be later: what is not sent by then waits for the next command."""

STEP_SECONDS = 4.0
"""Seconds that each step of a connection may take at the end of a command."""


def notify_after(contexts: Sequence[Context]) -> str:
    """Collect and deliver the notifications of these pipelines, within `DEADLINE_SECONDS` in all.

    Returns:
        An empty text, or one line with what still waits and why. A fault of a server fails no command.
    """
    return line_within(DEADLINE_SECONDS, lambda: "; ".join(filter(None, map(_notify, contexts))), _waits)


def _notify(ctx: Context) -> str:
    collect(ctx)
    with suppress(AssayError):  # a landing that cannot be read is an error of the command itself
        collect_missing(ctx)
    try:
        attempts = deliver(ctx, timeout=STEP_SECONDS)
    except LostRace:
        return ""  # the process that delivers now has these too, or the next command does
    failed = [one for one in attempts if one.state is DeliveryState.FAILED]
    given_up = [one for one in attempts if one.state is DeliveryState.GIVEN_UP and one.tried]
    warnings = []
    if failed:
        waiting = sum(one.state in (DeliveryState.FAILED, DeliveryState.WAITS) for one in attempts)
        warnings.append(_waits(_causes(failed), quantity(waiting, "notification")))
    if given_up:  # by this command: 'assay doctor' reports those of earlier ones
        what = quantity(len(given_up), "notification")
        warnings.append(f"{what} given up: 'assay notify --again' tries again ({_causes(given_up)})")
    return "; ".join(warnings)


def _causes(attempts: Sequence[DeliveryAttempt]) -> str:
    return ", ".join(sorted({f"{one.delivery.channel}: {one.code}" for one in attempts}))


def _waits(cause: str, what: str = "notifications") -> str:
    verb = "waits" if what.startswith("1 ") else "wait"
    return f"{what} {verb} for the next command or 'assay notify' ({cause})"
