"""The meaning of a command's end for Airflow: which failures are final, what is tried again, and what is skipped.

Blocked data, alarms and mistakes fail at once, since another try would have the same result. Infrastructure is tried
again. A pause is a person's decision, and skips.
"""

from __future__ import annotations

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from assay.orchestration.assay_cli import CommandResult

_DONE, _MISTAKE, _NO, _BUG = 0, 2, 3, 1
_MAX_SENTENCE_CHARACTERS = 2_000
"""The largest number of a sentence's characters in an XCom."""


def raise_for(result: CommandResult) -> None:
    """Raise the exception by which Airflow skips, fails for good or tries again; return where the command is done."""
    if result.exit_code == _DONE:
        return
    if result.statuses == {"paused"} or result.document.get("error") == "paused":
        raise AirflowSkipException(result.sentence)
    if result.exit_code in {_MISTAKE, _NO, _BUG}:
        raise AirflowFailException(result.sentence)
    raise AirflowException(result.sentence)


def summary_of(result: CommandResult, dates: str) -> dict[str, object]:
    """Return what later tasks and the UI show: the dates of the data, a sentence, the runs, statuses and numbers."""
    outcomes = result.document.get("outcomes", [])
    return {
        "dates": dates,
        "sentence": result.sentence[:_MAX_SENTENCE_CHARACTERS],
        "exit_code": result.exit_code,
        "statuses": sorted(result.statuses),
        "runs": [outcome["run_id"] for outcome in outcomes if outcome.get("run_id")],
        "numbers": {outcome["subject"]: outcome["numbers"] for outcome in outcomes if outcome.get("numbers")},
    }
