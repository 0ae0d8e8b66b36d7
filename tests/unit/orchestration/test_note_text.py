"""The notes of Airflow's runs and tasks: which task decides, and how long a note may be."""

from __future__ import annotations

import pytest

from assay.orchestration.note_text import MAX_NOTE_CHARACTERS, TaskVerdict, ended_early, is_summary, run_note, task_note


def verdict(task: str, sentence: str, *, failed: bool = False, dates: str = "2024-02-08") -> TaskVerdict:
    return TaskVerdict(task, failed, {"sentence": sentence, "exit_code": 0, "dates": dates})


def test_the_note_of_a_run_that_went_well_is_that_of_its_last_task() -> None:
    assert run_note([verdict("land", "landed"), verdict("monitor", "no drift")]) == (
        "Data of 2024-02-08: monitor: no drift"
    )


def test_the_note_of_a_run_that_failed_is_that_of_the_task_that_failed_first() -> None:
    tasks = [verdict("land", "landed"), verdict("clean", "held", failed=True), verdict("monitor", "late", failed=True)]
    assert run_note(tasks) == "Data of 2024-02-08: clean: held"


def test_a_task_that_was_killed_decides_the_note_of_its_run() -> None:
    note = run_note([verdict("land", "landed"), ended_early("clean", "2024-02-08")])
    assert note.startswith("Data of 2024-02-08: clean: ")


def test_work_without_a_date_has_a_note_without_one() -> None:
    assert task_note(verdict("rollback", "version 1 serves", dates="")) == "version 1 serves"


def test_a_note_fits_into_the_column_of_airflows_database() -> None:
    note = task_note(verdict("clean", "x" * 2_000))
    assert (len(note), note[-1]) == (MAX_NOTE_CHARACTERS, "…")


@pytest.mark.parametrize("value", [None, "a sentence", 3, [], {"sentence": "of another DAG"}])
def test_a_verdict_of_another_dag_is_no_summary(value: object) -> None:
    assert not is_summary(value)
