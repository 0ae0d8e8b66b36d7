"""What the end of a command means to Airflow: who is woken up, what is tried again, and what is left out.

Blocked data, alarms and mistakes fail at once: another try would say the same. Infrastructure is tried again. A pause
is somebody's decision, and skips.
"""

from __future__ import annotations

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from assay.orchestration.assay_cli import CommandResult

_DONE, _MISTAKE, _NO, _BUG = 0, 2, 3, 1
_MAX_SENTENCE_CHARACTERS = 2_000
"""Characters of a sentence that an XCom carries at most."""


def raise_for(answer: CommandResult) -> None:
    """Nothing for what is done; else the exception by which Airflow skips, fails for good, or tries again."""
    if answer.exit_code == _DONE:
        return
    if answer.statuses == {"paused"} or answer.document.get("error") == "paused":
        raise AirflowSkipException(answer.sentence)
    if answer.exit_code in {_MISTAKE, _NO, _BUG}:
        raise AirflowFailException(answer.sentence)
    raise AirflowException(answer.sentence)


def short(answer: CommandResult) -> dict[str, object]:
    """What tasks behind this one, and a person in the UI, are told: a sentence, the runs, the statuses, the numbers."""
    outcomes = answer.document.get("outcomes", [])
    return {
        "sentence": answer.sentence[:_MAX_SENTENCE_CHARACTERS],
        "exit_code": answer.exit_code,
        "statuses": sorted(answer.statuses),
        "runs": [outcome["run_id"] for outcome in outcomes if outcome.get("run_id")],
        "numbers": {outcome["subject"]: outcome["numbers"] for outcome in outcomes if outcome.get("numbers")},
    }
