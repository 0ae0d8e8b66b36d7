"""A message that waits, as an example of its stored document."""

from __future__ import annotations

from assay.core.notifications.notification import Link, Notification, NotificationKind
from assay.store.notifications.outbox import Delivery

from .stored_records import AT, DAY

RUN = "20130601T030000-clean-abc123"
DELIVERY = Delivery(
    "ops_mail",
    Notification(
        key="0123456789abcdef0123456789abcdef",
        pipeline="flight_delays",
        kind=NotificationKind.HELD,
        subject="flights",
        sentence=f"1 day of flights is held ({DAY}). Not passed: expect_column_max_to_be_between of distance.",
        first=DAY,
        last=DAY,
        at=AT,
        run_id=RUN,
        commands=(f"assay explain {RUN}",),
        links=(Link("report", "https://reports.example.org/flight_delays"),),
    ),
    attempts=2,
    last_attempt=AT,
    failure="smtp-451",
)
