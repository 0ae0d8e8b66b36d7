"""A step of a run: one stage of one subject over an interval, as `plan` shows it and `run` executes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from assay.core.interval import Interval
from assay.errors import InputError
from assay.stages.planning.tasks import Reason, Task
from assay.stages.runtime.context import Context, StageOutcome

Planned = tuple[list[Task], str]
"""The partitions that a step would look at; none, with a note, when that is only known once earlier steps ran."""


@dataclass(frozen=True)
class Step:
    """One stage of one subject over an interval: what `plan` shows and `run` executes.

    `plan` finds out what is planned, and is called only when it is needed: a stage that runs looks for itself, and
    landed files need not be hashed once more for it.
    """

    stage: str
    subject: str
    interval: Interval
    context: Context
    execute: Callable[[], StageOutcome]
    plan: Callable[[], Planned]

    @cached_property
    def planned(self) -> Planned:
        """What it would do, looked up once."""
        return self.plan()

    @property
    def tasks(self) -> list[Task]:
        """The partitions it would look at, each with its reason."""
        return self.planned[0]

    @property
    def note(self) -> str:
        """What is to be said of it besides."""
        return self.planned[1]

    @property
    def due(self) -> int:
        """How many partitions it would compute."""
        return sum(task.due for task in self.tasks)


def reasons(step: Step) -> dict[Reason, int]:
    """How many partitions of a step there are of each reason."""
    counts: dict[Reason, int] = {}
    for task in step.tasks:
        counts[task.reason] = counts.get(task.reason, 0) + 1
    return counts


def look_at(plan: Callable[[], list[Task]]) -> Callable[[], Planned]:
    """Finds the tasks when called, or none with the reason why they cannot be known yet."""

    def look() -> Planned:
        try:
            return plan(), ""
        except InputError as error:
            return [], error.message

    return look


def say(note: str) -> Callable[[], Planned]:
    """Finds no tasks when called, and says the note."""
    return lambda: ([], note)
