"""A notification, and channels as an environment has them."""

from __future__ import annotations

from datetime import date
from typing import Any

from assay.core.notifications.notification import Link, Notification, NotificationKind
from assay.spec.schema.notifications import ChannelSpec

HELD = Notification(
    key="0123456789abcdef0123456789abcdef",
    pipeline="parcels",
    kind=NotificationKind.HELD,
    subject="deliveries",
    sentence="2 days of deliveries are held (2024-03-01, 2024-03-02). Not passed: volume.",
    first=date(2024, 3, 1),
    last=date(2024, 3, 2),
    at="2024-03-03T06:00:00Z",
    run_id="20240303T060000-clean-abc123",
    commands=("assay explain 20240303T060000-clean-abc123",),
    links=(Link("report <live>", "https://reports.example.org/parcels"),),
)


def webhook_channel(url: str = "", **webhook: Any) -> ChannelSpec:
    """A webhook, by its address or by other keys."""
    return ChannelSpec.model_validate({"webhook": {**({"url": url} if url else {}), **webhook}})


def mail_channel(port: int, **smtp: Any) -> ChannelSpec:
    """A mail server on this machine, without encryption unless `tls` is given."""
    section = {"host": "127.0.0.1", "port": port, "tls": "none", "from": "assay@example.org", "to": ["ops@example.org"]}
    return ChannelSpec.model_validate({"smtp": {**section, **smtp}})
