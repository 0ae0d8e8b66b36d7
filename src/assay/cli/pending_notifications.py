"""The pipelines on which this process worked, whose notifications and lineage are sent when its answer is out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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
"""The commands after which notifications and lineage are sent; the others only read."""

_PENDING: list[Context] = []


def remember(ctx: Context) -> None:
    """Note a pipeline that the running command works on, where its environment sends anything; not for a dry run."""
    environment = ctx.pipeline.project.environment
    if environment.notifications is None and environment.lineage is None:
        return
    running = _running()
    if running is not None and running.info_name in NOTIFYING and not running.params.get("dry_run"):
        _PENDING.append(ctx)


def notify_pending(code: int) -> None:
    """Send notifications and lineage of the pipelines that were noted, within seconds; a failure is a warning alone.

    Standard output is flushed before, so that the answer of the command waits for no server.
    """
    contexts = {ctx.pipeline.name: ctx for ctx in _PENDING}
    _PENDING.clear()
    if not contexts or code == interrupt.EXIT_CODE:
        return
    with suppress(OSError):  # its reader, such as `head`, has ended
        sys.stdout.flush()
    for warning in _warnings(list(contexts.values())):
        with suppress(OSError):
            click.echo(f"warning: {warning}", err=True)


def _warnings(contexts: list[Context]) -> Iterator[str]:
    """Send what each environment takes, and yield a line about what still waits."""
    environments = [(ctx, ctx.pipeline.project.environment) for ctx in contexts]
    notified = [ctx for ctx, environment in environments if environment.notifications is not None]
    traced = [ctx for ctx, environment in environments if environment.lineage is not None]
    if notified:
        from assay.stages.notifications.after_command import notify_after

        yield from filter(None, [notify_after(notified)])
    if traced:
        from assay.stages.lineage.after_command import lineage_after

        yield from filter(None, [lineage_after(traced)])


def _running() -> click.Context | None:
    """Return the context of the running command, that of its group below `assay` if it has one; None outside of one."""
    context = click.get_current_context(silent=True)
    while context is not None and context.parent is not None and context.parent.parent is not None:
        context = context.parent
    return context
