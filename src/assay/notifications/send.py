"""One attempt to send one message to one channel, whatever its transport is."""

from __future__ import annotations

from assay.core.notifications.notification import Notification
from assay.notifications.mail import send_mail
from assay.notifications.webhook import post
from assay.spec.schema.notifications import ChannelSpec


def send(channel: ChannelSpec, notification: Notification, timeout: float) -> str:
    """Send a message once; `timeout` is the seconds that each step of the connection may take.

    Returns the code of a receiver that was refused beside others, empty without one.

    Raises:
        SendFailure: No server took the message.
    """
    if channel.webhook is not None:
        post(channel.webhook, notification, timeout)
        return ""
    assert channel.smtp is not None, "a channel has one transport"
    return send_mail(channel.smtp, notification, timeout)
