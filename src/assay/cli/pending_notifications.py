"""The pipelines on which this process worked, whose notifications are sent when its answer is out."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from assay.cli import interrupt

if TYPE_CHECKING:
    from assay.stages.runtime.context import Context

NOTIFYING = frozenset(
    {
        *("run", "land", "clean", "validate", "train", "gate", "score", "monitor", "landing-status"),
        *("promote", "decline", "rollback", "pause", "resume", "release", "submit", "maintain"),
    }
)
"""The commands after which notifications are sent; the others only read."""

_PENDING: list[Context] = []


def remember(ctx: Context) -> None:
    """Note a pipeline that the running command works on, where its environment has channels; not for a dry run."""
    if ctx.pipeline.project.environment.notifications is None:
        return
    running = _running()
    if running is not None and running.info_name in NOTIFYING and not running.params.get("dry_run"):
        _PENDING.append(ctx)


def notify_pending(code: int) -> None:
    """Send the notifications of the pipelines that were noted, within seconds; a failure is a warning alone.

    Standard output is flushed before, so that the answer of the command waits for no server.
    """
    contexts = {ctx.pipeline.name: ctx for ctx in _PENDING}
    _PENDING.clear()
    if not contexts or code == interrupt.EXIT_CODE:
        return
    from assay.stages.notifications.after_command import notify_after

    with suppress(OSError):  # its reader, such as `head`, has ended
        sys.stdout.flush()
    warning = notify_after(list(contexts.values()))
    if warning:
        with suppress(OSError):
            click.echo(f"warning: {warning}", err=True)


def _running() -> click.Context | None:
    """Return the context of the running command, that of its group below `assay` if it has one; None outside of one."""
    context = click.get_current_context(silent=True)
    while context is not None and context.parent is not None and context.parent.parent is not None:
        context = context.parent
    return context
