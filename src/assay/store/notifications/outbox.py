"""The outbox of a pipeline: one document for each message and channel, which waits, is sent or is given up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from assay.core.notifications.notification import Notification
from assay.core.notifications.retries import is_due, is_given_up
from assay.errors import InfrastructureError
from assay.store.failpoints import failpoint
from assay.store.filesystem.atomic import (
    create_exclusively,
    read_json,
    safe_name,
    sweep_temporaries,
    to_json,
    write_atomically,
)
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.storage_path import StoragePath, entries

SENT_SECONDS = 90 * 86_400.0
"""Seconds that the document of a sent message is kept."""

OUTBOX, SENT = "outbox", "sent"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for one channel, with its attempts.

    - `channel` is the channel's name in the environment.
    - `last_attempt` is the time in UTC of the newest attempt, empty before the first.
    - `failure` is the code of its error, empty without one.
    - `sent` is the time in UTC at which a server took the message, empty while it waits.
    """

    channel: str
    notification: Notification
    attempts: int = 0
    last_attempt: str = ""
    failure: str = ""
    sent: str = ""

    @property
    def name(self) -> str:
        """The name of its file without suffix: the same for the same event and channel."""
        return f"{self.notification.key}.{self.channel}"

    @property
    def given_up(self) -> bool:
        """True where no command tries it again by itself."""
        return is_given_up(self.attempts)

    def is_due(self, now: datetime) -> bool:
        """Return whether it may be tried at `now`."""
        last = datetime.fromisoformat(self.last_attempt) if self.last_attempt else None
        return not self.given_up and is_due(self.attempts, last, now)


DELIVERY_FORMAT = DocumentFormat("delivery", 1, Delivery)


@dataclass(frozen=True, slots=True)
class LedgerMark:
    """The number of the newest record of the ledger whose events are in the outbox, for one environment."""

    number: int


MARK_FORMAT = DocumentFormat("ledger-mark", 1, LedgerMark)


class Outbox:
    """The messages of one pipeline, at `<lake>/_assay/<pipeline>/notifications/`.

    A message is in `outbox` until a server took it, and then in `sent`. The document in `sent` is written first, so a
    kill between the two sends nothing twice. A kill between the server's answer and that document may.
    """

    def __init__(self, lake: StoragePath, pipeline: str) -> None:
        self._folder = lake / "_assay" / safe_name(pipeline, "a pipeline") / "notifications"

    def mark(self, environment: str) -> int | None:
        """Return the number up to which an environment has read the ledger, None before its first time.

        Each environment has channels of its own, so that none reads the ledger for the channels of another.
        """
        path = self._mark(environment)
        try:
            return MARK_FORMAT.content(read_json(path), path).number
        except FileNotFoundError:
            return None

    def set_mark(self, environment: str, number: int) -> None:
        """Note that all events up to the record of that number are in the outbox for the environment's channels."""
        write_atomically(self._mark(environment), to_json(MARK_FORMAT.document(LedgerMark(number))))

    def _mark(self, environment: str) -> StoragePath:
        return self._folder / f"ledger-mark.{safe_name(environment, 'an environment')}.json"

    def put(self, delivery: Delivery) -> bool:
        """Put a message into the outbox, unless it waits there or was sent; return whether it is new."""
        if (self._folder / SENT / self._file(delivery)).exists():
            return False
        path = self._folder / OUTBOX / self._file(delivery)
        return create_exclusively(path, to_json(DELIVERY_FORMAT.document(delivery)))

    def is_empty(self) -> bool:
        """Return whether no message waits, without reading one."""
        return not self._names(OUTBOX)

    def waiting(self) -> list[Delivery]:
        """Return the messages that were not sent, oldest first, those that were given up among them.

        The document of a message that was sent, which a killed process left behind, is removed.
        """
        sent = set(self._names(SENT))
        return sorted(self._unsent(sent), key=lambda one: (one.notification.at, one.name))

    def _unsent(self, sent: set[str]) -> Iterator[Delivery]:
        for name in self._names(OUTBOX):
            path = self._folder / OUTBOX / name
            if name in sent:
                path.unlink(missing_ok=True)
                continue
            with suppress(FileNotFoundError):  # another process has sent it meanwhile
                yield DELIVERY_FORMAT.content(read_json(path), path)

    def update(self, delivery: Delivery) -> None:
        """Replace the document of a message that waits."""
        path = self._folder / OUTBOX / self._file(delivery)
        write_atomically(path, to_json(DELIVERY_FORMAT.document(delivery)))

    def move_to_sent(self, delivery: Delivery) -> None:
        """Note that a server took the message."""
        write_atomically(self._folder / SENT / self._file(delivery), to_json(DELIVERY_FORMAT.document(delivery)))
        failpoint("notifications:sent")
        (self._folder / OUTBOX / self._file(delivery)).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove the documents of messages that were sent more than 90 days ago; return how many.

        Temporary files that killed processes left behind are removed too.
        """
        for folder in (self._folder, self._folder / OUTBOX, self._folder / SENT):
            sweep_temporaries(folder)
        old = [
            entry.name for entry in entries(self._folder / SENT) if time.time() - entry.status.st_mtime > SENT_SECONDS
        ]
        for name in old:
            with suppress(FileNotFoundError, PermissionError):
                (self._folder / SENT / name).unlink()
        return len(old)

    def _names(self, kind: str) -> list[str]:
        try:
            names = [entry.name for entry in entries(self._folder / kind)]
        except OSError as error:
            message = f"cannot read {self._folder / kind}: {error.strerror or type(error).__name__}"
            raise InfrastructureError(message, code="cannot-read") from error
        return sorted(name for name in names if name.endswith(".json"))

    @staticmethod
    def _file(delivery: Delivery) -> str:
        return f"{safe_name(delivery.name, 'a message')}.json"
