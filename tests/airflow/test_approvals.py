"""A person's approval on a real Airflow: given, refused and expired; the ledger knows who and why."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion, ScoreRole
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.verdict import Action
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ..challenge_by_hand import challenge_by_hand
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
    answer(careful, run, "Reject", "carnival week")
    assert careful.ended(DAG, run) == {
        "train": "success",
        "gate": "success",
        "approve": "success",
        "promote": "skipped",
    }
    assert record_of(careful, day) == ("declined", "admin", "carnival week")
    assert careful.context().promotions.current() is None


def test_a_question_that_nobody_answers_expires_and_nothing_is_promoted(careful: Night) -> None:
    day = TRAINED - timedelta(days=1)
    run = run_that_awaits_approval(careful, day)
    states = careful.ended(DAG, run, 240)
    assert (states["approve"], states["promote"]) == ("skipped", "skipped")
    assert record_of(careful, day) == ("declined", "airflow", "nobody answered within 1 minute")
    assert careful.context().promotions.current() is None


def test_an_approval_promotes_in_the_persons_name_and_for_their_reason(careful: Night) -> None:
    run = run_that_awaits_approval(careful, TRAINED)
    answer(careful, run, "Approve", "looked at the slices")
    assert set(careful.ended(DAG, run).values()) == {"success"}
    assert record_of(careful, TRAINED) == ("done", "admin", "looked at the slices")
    [promotion] = careful.context().promotions.history()
    assert (promotion.champion, promotion.claimed) == (1, "admin")


def outcomes(day: date, strength: float) -> OutcomeProfile:
    """What became of 600 rows that a model scored which sees the label so well."""
    world = np.random.default_rng(day.toordinal())
    labels = world.random(600) < 0.4
    scores = 1 / (1 + np.exp(-(strength * (labels - 0.5) + world.normal(0, 1, 600))))
    overall = label_scores(scores, labels)
    return OutcomeProfile(overall, {"depot": {"north": overall}})


def challenged(night: Night) -> None:
    """Version 2 challenges version 1 and was better on 24 days: the nights that this takes are written down. They come
    after the holdout, since no version is judged by days that it was trained or promoted by."""
    ctx, days = night.context(), [TRAINED + timedelta(days=n) for n in range(24)]
    one, two = ModelVersion(1), challenge_by_hand(ctx, days[0])
    assert two == 2
    for role, strength in (("score", 2.5), ("shadow", 4.0)):
        ctx.profiles.write("outcomes", f"parcels.{role}", "nights", {day: outcomes(day, strength) for day in days})
    judged = {
        str(day): PartitionState(
            PartitionStatus.JUDGED,
            PartitionFingerprint("parcels", str(day), "", "", ""),
            versions={ScoreRole.SERVED: one, ScoreRole.SHADOW: two},
        )
        for day in days
    }
    ctx.ledger.append(
        ctx.record(
            "nights", "monitor", "parcels", Interval(days[0], days[-1] + timedelta(days=8)), Action.NONE,
            partitions=judged, details=MonitoringDetails(version=one, drifted={}),
        )
    )  # fmt: skip


def test_a_night_asks_before_it_promotes_its_challenger_and_the_champions_event_follows(careful: Night) -> None:
    challenged(careful)
    dag = "parcels_daily"
    run = run_that_awaits_approval(careful, TRAINED, dag)
    assert careful.context().promotions.history()[-1].champion == 1
    shown = careful.airflow.ask("GET", f"dags/{dag}/dagRuns/{run}/taskInstances/approve/-1/hitlDetails")
    assert "The challenger" in shown["body"]
    assert "- **pass**" in shown["body"], "the findings of the look are shown to who decides"
    answer(careful, run, "Approve", "it was better for weeks", dag)
    assert set(careful.ended(dag, run).values()) == {"success"}
    last = careful.context().promotions.history()[-1]
    assert (last.champion, last.challenger, last.claimed, last.why) == (2, None, "admin", "it was better for weeks")
    events = careful.airflow.ask("GET", f"assets/events?source_dag_id={dag}&source_task_id=promote")["asset_events"]
    assert [event["uri"] for event in events] == ["assay://parcels/champion"]
