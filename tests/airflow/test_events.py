"""What the monitor asks for, on a real Airflow: a training by an event, a rollback by a downgrade."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from devtools.local_airflow.runs import OVER

from ..expect_errors import missing_data
from .conftest import LANDED, TRAINED, Night, airflow_on, wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600)]
TRAINING, DAILY, BACK, BACKFILL = "parcels_training", "parcels_daily", "parcels_rollback", "parcels_backfill"
WISH = "assay://parcels/retrain"
HEAVY, FLIPPED = TRAINED + timedelta(days=8), LANDED
DRIFTING = HEAVY - timedelta(days=7)
"""From DRIFTING on all parcels are heavy and leave from one depot, and which are late has nothing to do with them: the
metric is shown to have declined by HEAVY. From FLIPPED on they are as they were, and the late ones are those that were
not."""


@pytest.fixture(scope="module")
def eager(project: Path, cleaned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """The monitor starts trainings, a day's rest after the last, and rolls back; a first champion was trained. Two
    schedulers share the work, so that each event is seen by both."""
    folder = tmp_path_factory.mktemp("eager")
    root = Path(shutil.copytree(project, folder / "project"))
    spec = root / "conf" / "pipelines" / "parcels.yaml"
    operated = (
        "operate: {retry_after: 10 seconds, retrain: monitor, min_days_between_trainings: 1 day}\n"
        "promotion: {downgrade: rollback}\n"
    )
    text = spec.read_text().partition("\noperate:")[0]
    assert "{hold: [volume, drift]}" in text
    # The drift is for the monitor: days that are so unlike the holdout would be held before it sees them.
    spec.write_text(text.replace("{hold: [volume, drift]}", "{hold: []}") + "\n" + operated)
    landed = Path(shutil.copytree(cleaned, folder / "landed"))
    from parcel_code.landing import write_drops

    write_drops(landed / "landing", FLIPPED, 14)
    for n in range((FLIPPED - DRIFTING).days):
        change(landed, "parcels", DRIFTING + timedelta(days=n), lambda row: row | {"depot": "BER", "weight": "29.5"})
        change(landed, "deliveries", DRIFTING + timedelta(days=n), lambda row: row | {"days_late": by_chance(row)})
    for n in range(14):
        day = FLIPPED + timedelta(days=n)
        change(landed, "deliveries", day, lambda row: row | {"days_late": str(1 - int(row["days_late"]))})
    with airflow_on(root, landed, folder, schedulers=2) as night:
        wait_until(lambda: schedulers(night) == 2, "the second scheduler", 60)
        run = night.trigger(TRAINING, date=str(TRAINED))
        assert set(night.ended(TRAINING, run).values()) == {"success"}, night.diagnosis(TRAINING, run)
        run = night.trigger(BACKFILL, **{"from": str(TRAINED), "to": str(HEAVY)})
        assert set(night.ended(BACKFILL, run).values()) == {"success"}, night.diagnosis(BACKFILL, run)
        yield night


def by_chance(row: dict[str, str]) -> str:
    """Three parcels of ten are late, whatever they weigh."""
    return str(int(int(row["parcel"]) * 7_919 % 10 < 3))


def schedulers(night: Night) -> int:
    """How many are alive."""
    return int(night.airflow.ask("GET", "jobs?job_type=SchedulerJob&is_alive=true")["total_entries"])


def change(home: Path, table: str, day: date, to: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Change the rows of a drop."""
    place = home / "landing" / table / str(day) / f"{table}.csv"
    with place.open(newline="") as file:
        rows = [to(row) for row in csv.DictReader(file)]
    with place.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def by_event(night: Night) -> list[Mapping[str, Any]]:
    """The trainings that an event has started, oldest first."""
    dag_runs = night.airflow.ask("GET", f"dags/{TRAINING}/dagRuns?order_by=run_after")["dag_runs"]
    return [one for one in dag_runs if one["run_type"] == "asset_triggered"]


def after(night: Night, count: int) -> dict[str, str]:
    """The tasks of the `count`th training that an event has started, once it is over."""
    wait_until(lambda: len(by_event(night)) >= count, f"training {count} by an event", 120)
    assert len(by_event(night)) == count
    return night.ended(TRAINING, by_event(night)[-1]["dag_run_id"])


def send(night: Night, day: date) -> None:
    """An event as the monitor's, by hand."""
    [wish] = night.airflow.ask("GET", f"assets?uri_pattern={WISH}")["assets"]
    night.airflow.ask("POST", "assets/events", asset_id=wish["id"], extra={"date": str(day)})


def trainings(night: Night) -> list[date]:
    return [one.start for one in night.context().ledger.records("train")]


def night_of(night: Night, day: date) -> tuple[str, dict[str, str]]:
    run = night.trigger(DAILY, date=str(day))
    return run, night.ended(DAILY, run)


@pytest.mark.fault("R9", "two schedulers, one event of the monitor; the same event again, and an older one late")
def test_an_event_of_the_monitor_starts_a_training_of_its_date_and_no_other_event_does(eager: Night) -> None:
    assert by_event(eager) == [], "a backfill asks for no training"
    assert schedulers(eager) == 2
    run, states = night_of(eager, HEAVY)
    assert set(states.values()) <= {"success", "skipped"}, "to ask for a training is no failure"
    assert states["downgrade"] == "skipped"
    assert "retrain" in eager.verdict(DAILY, run, "monitor")["statuses"]
    assert after(eager, 1)["train"] == "success"
    assert trainings(eager) == [TRAINED, HEAVY]

    send(eager, HEAVY)
    assert after(eager, 2) == {"train": "success", "gate": "skipped", "promote": "skipped"}, "the same event again"
    send(eager, HEAVY - timedelta(days=1))
    assert after(eager, 3) == {"train": "success", "gate": "skipped", "promote": "skipped"}, "an older one, late"
    last = by_event(eager)[-1]["dag_run_id"]
    assert "is monitored since" in eager.verdict(TRAINING, last, "train")["sentence"]
    assert trainings(eager) == [TRAINED, HEAVY]


def test_an_event_that_was_lost_comes_again_with_the_next_monitoring(eager: Night) -> None:
    lost, following = HEAVY + timedelta(days=1), HEAVY + timedelta(days=2)
    # Whatever the training of HEAVY made serve: a version has to serve for five mature days before it is judged.
    kept = eager.assay("promote", "parcels", "1", "--reason", "it is the one that declined")
    assert kept.returncode == 0, kept.stderr
    # Whoever monitors without Airflow leaves a wish in the ledger and no event.
    by_hand = ("run", "parcels", "--select", "land..monitor", "--from", str(lost), "--to", str(following))
    done = eager.assay(*by_hand)
    assert (done.returncode, "Action: retrain" in done.stdout) == (0, True), done.stdout + done.stderr
    count = len(by_event(eager))
    run, _ = night_of(eager, following)
    assert "retrain" in eager.verdict(DAILY, run, "monitor")["statuses"]
    assert after(eager, count + 1)["train"] == "success"
    assert trainings(eager)[-1] == following


def rolled_back(night: Night, before: int) -> dict[str, str]:
    """The task of the rollback that came after `before` others."""

    def runs() -> list[Mapping[str, Any]]:
        return list(night.airflow.ask("GET", f"dags/{BACK}/dagRuns?order_by=run_after")["dag_runs"])

    wait_until(lambda: len(runs()) > before and runs()[-1]["state"] in OVER, "the rollback", 120)
    assert len(runs()) == before + 1
    return night.tasks(BACK, runs()[-1]["dag_run_id"])


def test_a_downgrade_rolls_back_by_itself_and_once_within_the_cool_down(eager: Night) -> None:
    run = eager.trigger(BACKFILL, **{"from": str(HEAVY + timedelta(days=3)), "to": str(FLIPPED)})
    eager.ended(BACKFILL, run)
    first, second = 2, 1
    # Version 1 has learned what flipped; a version that was trained on labels by chance is as good as before.
    for version in (first, second):
        if eager.context().promotions.history()[-1].champion != version:
            done = eager.assay("promote", "parcels", str(version), "--reason", "a second champion, to leave again")
            assert done.returncode == 0, done.stderr
    days = [FLIPPED + timedelta(days=n) for n in range(9)]
    serve(eager, days[0], days[7])
    run, states = night_of(eager, days[7])
    assert (states["score"], states["monitor"], states["downgrade"]) == ("success", "failed", "success")
    assert eager.state(DAILY, run) == "failed", "somebody has to look all the same"
    assert eager.instance(DAILY, run, "monitor")["try_number"] == 1
    assert rolled_back(eager, 0) == {"rollback": "success"}
    last = eager.context().promotions.history()[-1]
    assert (last.kind, last.champion, last.claimed) == ("rollback", first, "airflow")
    assert missing_data(last.why, "0.55") == []

    done = eager.assay("promote", "parcels", str(second), "--reason", "once more")
    assert done.returncode == 0, done.stderr
    _, states = night_of(eager, days[8])
    assert (states["monitor"], states["downgrade"]) == ("failed", "success")
    assert rolled_back(eager, 1) == {"rollback": "failed"}, "two models do not take turns"
    assert eager.context().promotions.history()[-1].champion == second


def serve(night: Night, start: date, end: date) -> None:
    """Days in one job a stage; what their monitor says is left to the night that follows."""
    run = night.trigger(BACKFILL, **{"from": str(start), "to": str(end)})
    assert night.ended(BACKFILL, run)["score"] == "success", night.diagnosis(BACKFILL, run)
