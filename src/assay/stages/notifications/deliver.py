"""The delivery of what waits in the outbox, by one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from assay.core.notifications.notification import Notification, NotificationKind, event_key
from assay.notifications.failure import SendFailure
from assay.notifications.send import send
from assay.spec.schema.notifications import ChannelSpec
from assay.stages.notifications.collect import outbox_of
from assay.stages.notifications.commands import links_of
from assay.stages.runtime.context import Context
from assay.store.failpoints import failpoint
from assay.store.locks.locks import hold
from assay.store.notifications.outbox import Delivery, Outbox
from assay.store.users import now_utc


class DeliveryState(StrEnum):
    """The state of a message after an attempt."""

    SENT = "sent"
    FAILED = "failed"
    WAITS = "waits"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """A message with its state; `code` is that of its failure, empty without one.

    It was `tried` if this delivery made an attempt; False where it waits, or was given up before.
    """

    delivery: Delivery
    state: DeliveryState
    code: str = ""
    tried: bool = False


def deliver(
    ctx: Context, *, timeout: float, wait: float = 1.0, now: bool = False, again: bool = False
) -> list[DeliveryAttempt]:
    """Send what waits and may be tried again, and return what became of each message.

    - `timeout` is the seconds that each step of a connection may take.
    - `wait` is the seconds to wait for another process that delivers.
    - With `now`, a message does not wait until its next attempt is due.
    - With `again`, messages that were given up are tried too.

    After a failure the other messages of a channel wait, so that a server which is down costs one attempt. Messages
    with fewer attempts come first, and of these the oldest: one that its server refuses for good holds up no other.

    Raises:
        LostRace: Another process still delivers.
        InfrastructureError: The lake cannot be read or written.
    """
    outbox = outbox_of(ctx)
    if outbox.is_empty():
        return []
    with hold(ctx.lake, f"notifications/{ctx.pipeline.name}", None, wait=wait):
        attempts = list(_delivered(ctx, outbox, timeout, now=now, again=again))
        outbox.sweep()
    return attempts


def _delivered(ctx: Context, outbox: Outbox, timeout: float, *, now: bool, again: bool) -> Iterator[DeliveryAttempt]:
    spec = ctx.pipeline.project.environment.notifications
    channels, failed = spec.channels if spec is not None else {}, set[str]()
    for delivery in sorted(outbox.waiting(), key=lambda one: one.attempts):
        channel = channels.get(delivery.channel)
        if channel is None:
            yield DeliveryAttempt(delivery, DeliveryState.WAITS, "no-channel")
        elif delivery.given_up and not again:
            yield DeliveryAttempt(delivery, DeliveryState.GIVEN_UP, delivery.failure)
        elif delivery.channel in failed or not (now or again or delivery.is_due(datetime.now(UTC))):
            yield DeliveryAttempt(delivery, DeliveryState.WAITS, delivery.failure)
        else:
            attempt = _attempt(outbox, channel, delivery, timeout)
            if attempt.state is not DeliveryState.SENT:
                failed.add(delivery.channel)
            yield attempt


def _attempt(outbox: Outbox, channel: ChannelSpec, delivery: Delivery, timeout: float) -> DeliveryAttempt:
    """Send one message, and write the attempt down before its end is known: a server may be slower than its caller."""
    tried = replace(delivery, attempts=delivery.attempts + 1, last_attempt=now_utc(), failure="unfinished")
    outbox.update(tried)
    failpoint("notifications:before-send")
    try:
        partly = send(channel, delivery.notification, timeout)
    except SendFailure as failure:
        counted = replace(delivery, failure=failure.code) if failure.elsewhere else replace(tried, failure=failure.code)
        outbox.update(counted)
        state = DeliveryState.GIVEN_UP if counted.given_up else DeliveryState.FAILED
        return DeliveryAttempt(counted, state, failure.code, tried=True)
    failpoint("notifications:before-sent")
    done = replace(tried, sent=now_utc(), failure=partly)
    outbox.move_to_sent(done)
    return DeliveryAttempt(done, DeliveryState.SENT, partly, tried=True)


def try_channels(ctx: Context, *, timeout: float) -> list[DeliveryAttempt]:
    """Send a trial message to each channel of the environment that takes the pipeline, and keep nothing of it."""
    spec, name = ctx.pipeline.project.environment.notifications, ctx.pipeline.name
    today = datetime.now(ctx.pipeline.zone).date()
    key = event_key(name, NotificationKind.TEST, [now_utc()])
    links = links_of(ctx, NotificationKind.TEST, "")
    sentence = "This is a trial of the channel. Nothing has happened."
    trial = Notification(key, name, NotificationKind.TEST, name, sentence, today, today, now_utc(), links=links)
    attempts = []
    for title, channel in (spec.channels if spec is not None else {}).items():
        if channel.pipelines is None or name in channel.pipelines:
            attempts.append(_tried(Delivery(title, trial), channel, timeout))
    return attempts


def _tried(delivery: Delivery, channel: ChannelSpec, timeout: float) -> DeliveryAttempt:
    try:
        partly = send(channel, delivery.notification, timeout)
    except SendFailure as failure:
        return DeliveryAttempt(delivery, DeliveryState.FAILED, failure.code, tried=True)
    return DeliveryAttempt(delivery, DeliveryState.SENT, partly, tried=True)
