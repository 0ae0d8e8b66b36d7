"""The events of a running stage, for whatever shows its progress; nothing of a run depends on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class WatchedStep:
    """A stage of a subject from a date on, with what the ledger lets expect of it.

    `days` are the days that it will probably work on. `seconds` is the expected duration and `rows_per_second` the
    usual rate; both are None without earlier runs.
    """

    stage: str
    subject: str
    start: date
    days: int
    seconds: float | None = None
    rows_per_second: float | None = None

    @property
    def key(self) -> tuple[str, str, date]:
        """The step among those of its run."""
        return self.stage, self.subject, self.start


class RunWatch:
    """A watch that shows nothing; a subclass shows the progress.

    Several threads call it at once, one for each table. `active` is False where no call has an effect: then a run need
    not compute what it would report.
    """

    active = False

    def planned(self, steps: Sequence[WatchedStep]) -> None:
        """Take all steps of the run in their order; a second call corrects the first."""

    def began(self, stage: str, subject: str, start: date) -> None:
        """Note that a step began."""

    def day_done(self, subject: str, done: int, of: int) -> None:
        """Note that a running step of the subject is done with so many of its days; it may go on with all together."""

    def ended(self, stage: str, subject: str, start: date) -> None:
        """Note that a step ended, well or not."""
