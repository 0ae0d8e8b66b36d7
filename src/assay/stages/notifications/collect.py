"""From the ledger and the clock to the outbox: each event once for each channel that takes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from assay.core.notifications.notification import Notification
from assay.stages.notifications.ledger_events import ledger_events
from assay.stages.notifications.missing_events import missing_events
from assay.stages.runtime.context import Context
from assay.store.failpoints import failpoint
from assay.store.ledger.run_record import RunRecord
from assay.store.notifications.outbox import Delivery, Outbox

FIRST_TIME = timedelta(days=1)
"""The age of the oldest record of which the first collection of an environment makes events."""


def outbox_of(ctx: Context) -> Outbox:
    """Return the outbox of the pipeline."""
    return Outbox(ctx.lake, ctx.pipeline.name)


def collect(ctx: Context, now: datetime | None = None) -> int:
    """Put the events of the ledger since the last collection into the outbox; return the number of new messages.

    Each environment collects for its own channels.

    The events follow from the records of the ledger, so a process that was killed loses none: the next collection
    begins after the last record that was collected whole. A message that waits or was sent is not put there again.

    Raises:
        InfrastructureError: The lake cannot be read or written.
    """
    environment = ctx.pipeline.project.environment
    records = ctx.ledger.records() if environment.notifications is not None else []
    if not records:
        return 0
    outbox = outbox_of(ctx)
    mark = outbox.mark(environment.name)
    new = _put(ctx, ledger_events(ctx, _new(records, mark, now or datetime.now(UTC))))
    failpoint("notifications:before-mark")
    if mark != records[-1].number:
        outbox.set_mark(environment.name, records[-1].number)
    return new


def collect_missing(ctx: Context, now: datetime | None = None) -> int:
    """Put what is missing at this moment into the outbox, once for each date; return the number of new messages.

    Raises:
        InputError: The landing has an entry that is no date.
        InfrastructureError: The lake or the landing cannot be read.
    """
    if ctx.pipeline.project.environment.notifications is None or not ctx.ledger.records():
        return 0
    return _put(ctx, missing_events(ctx, now or datetime.now(UTC)))


def _put(ctx: Context, events: Iterable[Notification]) -> int:
    """Put each event into the outbox once for each channel that takes it; return the number of new messages."""
    spec, outbox, new = ctx.pipeline.project.environment.notifications, outbox_of(ctx), 0
    for event in events:
        for name, channel in (spec.channels if spec is not None else {}).items():
            if channel.takes(event.kind, event.pipeline):
                new += outbox.put(Delivery(name, event))
    return new


def _new(records: Sequence[RunRecord], mark: int | None, now: datetime) -> list[RunRecord]:
    """Return the records after the mark; without one, or with one of another lake, those of the last day."""
    if mark is not None and mark <= records[-1].number:
        return [record for record in records if record.number > mark]
    return [record for record in records if datetime.fromisoformat(record.at) > now - FIRST_TIME]
