"""The notes of a run and of its tasks: the data date and the sentence of the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

MAX_NOTE_CHARACTERS = 1_000
"""The largest number of characters that Airflow's database keeps of a note."""


@dataclass(frozen=True, slots=True)
class TaskVerdict:
    """The end of a task, with the summary that it published: its sentence and the dates of its data."""

    task: str
    failed: bool
    summary: Mapping[str, Any]


def is_summary(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Return whether a value is the summary of a task of Assay; other DAGs may have a `verdict` of their own."""
    return isinstance(value, Mapping) and {"sentence", "exit_code", "dates"} <= value.keys()


def ended_early(task: str, dates: str) -> TaskVerdict:
    """Return the end of a task that failed before it published a verdict, such as one whose worker was killed."""
    return TaskVerdict(task, True, {"dates": dates, "sentence": "failed without a verdict; its log has the cause"})


def task_note(verdict: TaskVerdict) -> str:
    """Return the note of a task.

    >>> task_note(TaskVerdict("score", False, {"dates": "2024-02-08", "sentence": "1 day scored"}))
    'Data of 2024-02-08: 1 day scored'
    """
    return _note(verdict, "")


def run_note(verdicts: Sequence[TaskVerdict]) -> str:
    """Return the note of a run: the verdict of the first task that failed, else of the last task.

    Args:
        verdicts: At least one, in the order in which the tasks ended.

    >>> failed = TaskVerdict("clean", True, {"dates": "2024-02-08", "sentence": "1 day held"})
    >>> run_note([TaskVerdict("land", False, {"dates": "2024-02-08", "sentence": "1 day landed"}), failed])
    'Data of 2024-02-08: clean: 1 day held'
    """
    decisive = next((verdict for verdict in verdicts if verdict.failed), verdicts[-1])
    return _note(decisive, f"{decisive.task}: ")


def _note(verdict: TaskVerdict, prefix: str) -> str:
    dates = verdict.summary["dates"]
    text = f"{f'Data of {dates}: ' if dates else ''}{prefix}{verdict.summary['sentence']}"
    return text if len(text) <= MAX_NOTE_CHARACTERS else f"{text[: MAX_NOTE_CHARACTERS - 1]}…"
