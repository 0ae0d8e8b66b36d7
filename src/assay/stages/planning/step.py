"""A step of a run: one stage of one subject over an interval, as `plan` shows it and `run` executes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from assay.core.interval import Interval
from assay.errors import InputError
from assay.stages.planning.tasks import Reason, Task
from assay.stages.runtime.context import Context, StageOutcome

TABLE_STAGES = ("land", "clean", "validate")
"""The stages of each table, in order; the other stages are of the pipeline."""

Planned = tuple[list[Task], str]
"""The partitions that a step would look at; none, with a note, when these are only known once earlier steps ran."""


@dataclass(frozen=True)
class Step:
    """One stage of one subject over an interval: what `plan` shows and `run` executes.

    A stage that runs finds its work itself. So the function `plan` is called only where the plan is needed, and landed
    files are not hashed once more for it.
    """

    stage: str
    subject: str
    interval: Interval
    context: Context
    execute: Callable[[], StageOutcome]
    plan: Callable[[], Planned]
    skipped: bool = False
    """True where it is known already that the stage will do nothing."""

    @cached_property
    def planned(self) -> Planned:
        """The partitions it would look at and a note, looked up once."""
        return self.plan()

    @property
    def tasks(self) -> list[Task]:
        """The partitions it would look at, each with its reason."""
        return self.planned[0]

    @property
    def note(self) -> str:
        """A note on the step beside its partitions."""
        return self.planned[1]

    @property
    def due(self) -> int:
        """The number of partitions that it would compute."""
        return sum(task.due for task in self.tasks)


def reasons(step: Step) -> dict[Reason, int]:
    """Return the number of a step's partitions for each reason."""
    counts: dict[Reason, int] = {}
    for task in step.tasks:
        counts[task.reason] = counts.get(task.reason, 0) + 1
    return counts


def look_at(plan: Callable[[], list[Task]]) -> Callable[[], Planned]:
    """Return a function that finds the tasks, or none with the reason why they cannot be known yet."""

    def look() -> Planned:
        try:
            return plan(), ""
        except InputError as error:
            return [], error.message

    return look


def say(note: str) -> Callable[[], Planned]:
    """Return a function that finds no tasks, and gives the note."""
    return lambda: ([], note)
