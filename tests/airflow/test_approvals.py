"""A person's approval on a real Airflow: given, refused and expired; the ledger knows who and why."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from ..expect_errors import missing_data
from .conftest import TRAINED, Night, airflow_on, wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]
DAG = "parcels_training"


@pytest.fixture(scope="module")
def careful(project: Path, cleaned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """The spec asks for approvals, which expire after a minute, and nobody was champion yet."""
    folder = tmp_path_factory.mktemp("careful")
    root = Path(shutil.copytree(project, folder / "project"))
    spec = root / "conf" / "pipelines" / "parcels.yaml"
    spec.write_text(spec.read_text() + "\npromotion: {approval: required, expires: 1 minute}\n")
    with airflow_on(root, cleaned, folder) as night:
        yield night


def run_that_awaits_approval(night: Night, day: date, dag: str = DAG) -> str:
    """The run that waits for an answer about a date."""
    run = night.trigger(dag, date=str(day))
    wait_until(
        lambda: night.tasks(dag, run)["approve"] == "awaiting_input",
        "the question",
        900,  # a night is five jobs of Spark
        details=lambda: night.diagnosis(dag, run),
    )
    # Airflow takes an answer for a killed task that comes before its scheduler has put the question down: no person's.
    put_down = re.compile(rf"task_id=approve, run_id={re.escape(run)}.*state=awaiting_input")
    log = night.airflow.layout.log("scheduler")
    wait_until(lambda: put_down.search(log.read_text()) is not None, "the scheduler to put the question down", 60)
    return run


def answer(night: Night, run: str, option: str, reason: str, dag: str = DAG) -> None:
    path = f"dags/{dag}/dagRuns/{run}/taskInstances/approve/-1/hitlDetails"
    night.airflow.ask("PATCH", path, chosen_options=[option], params_input={"reason": reason})


def record_of(night: Night, day: date) -> tuple[str, str, str]:
    [record] = [one for one in night.context().ledger.records("promote") if one.start == day]
    return record.status, record.claimed, record.why


def test_a_refusal_declines_the_proposal_in_the_persons_name(careful: Night) -> None:
    day = TRAINED - timedelta(days=2)
    run = run_that_awaits_approval(careful, day)
    shown = careful.airflow.ask("GET", f"dags/{DAG}/dagRuns/{run}/taskInstances/approve/-1/hitlDetails")
    assert "assay promote parcels" in shown["body"], "the command that answers it"
    assert "- **pass**" in shown["body"], "the gate's findings are shown to who decides"
    assert f"[Report of the decision]({careful.airflow.address}/assay/reports/parcels/decisions/" in shown["body"]
    answer(careful, run, "Reject", "carnival week")
    assert careful.ended(DAG, run) == {
        "train": "success",
        "gate": "success",
        "approve": "success",
        "promote": "skipped",
    }
    assert record_of(careful, day) == ("declined", "admin", "carnival week")
    assert missing_data(careful.instance(DAG, run, "approve")["note"], day, "admin", "carnival week") == []
    assert careful.context().promotions.current() is None


def test_a_question_that_nobody_answers_expires_and_nothing_is_promoted(careful: Night) -> None:
    day = TRAINED - timedelta(days=1)
    run = run_that_awaits_approval(careful, day)
    states = careful.ended(DAG, run, 240)
    assert (states["approve"], states["promote"]) == ("skipped", "skipped")
    assert record_of(careful, day) == ("declined", "airflow", "no answer came within 1 minute")
    assert careful.context().promotions.current() is None


def test_an_approval_promotes_in_the_persons_name_and_for_their_reason(careful: Night) -> None:
    run = run_that_awaits_approval(careful, TRAINED)
    answer(careful, run, "Approve", "looked at the slices")
    assert set(careful.ended(DAG, run).values()) == {"success"}
    assert record_of(careful, TRAINED) == ("done", "admin", "looked at the slices")
    [promotion] = careful.context().promotions.history()
    assert (promotion.champion, promotion.claimed) == (1, "admin")
    events = careful.airflow.ask("GET", f"assets/events?source_dag_id={DAG}&source_task_id=promote")["asset_events"]
    assert [event["uri"] for event in events] == ["assay://parcels/champion"]
