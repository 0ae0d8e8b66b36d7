"""A real scheduler, DAG processor and API server run training and nights on the local environment."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import requests

from ..expect_errors import missing_data
from .conftest import LANDED, TRAINED, Night, quiet, wait_until

NIGHTS = [TRAINED + timedelta(days=n) for n in range(3)]


def test_a_training_run_judges_and_promotes_once_and_says_so_where_people_look(night: Night) -> None:
    run = night.trigger("parcels_training", date=str(TRAINED))
    states = night.ended("parcels_training", run)
    assert set(states.values()) == {"success"}, night.diagnosis("parcels_training", run)
    [promotion] = night.context().promotions.history()
    assert (promotion.kind, promotion.champion, promotion.claimed) == ("promote", 1, "admin")
    verdict = night.verdict("parcels_training", run, "promote")
    assert verdict["numbers"] == {"parcels": {"promotion": 1, "champion": 1}}
    links = night.airflow.ask("GET", f"dags/parcels_training/dagRuns/{run}/taskInstances/gate/links")["extra_links"]
    assert links["Report"] == f"{night.airflow.address}/assay/reports/parcels/index.html"
    assert requests.get(links["Report"], timeout=30).status_code == 401, "for those who are logged in"
    let_in = {"Authorization": f"Bearer {night.airflow.token}"}
    page = requests.get(links["Report"], headers=let_in, timeout=30)
    assert (page.status_code, "<h1>parcels</h1>" in page.text) == (200, True)
    assert requests.get(links["Report"].replace("parcels", "none"), headers=let_in, timeout=30).status_code == 404
    decision = f"decisions/{night.verdict('parcels_training', run, 'gate')['runs'][0]}.html"
    assert links["Report of the decision"] == links["Report"].replace("index.html", decision)
    assert requests.get(links["Report of the decision"], headers=let_in, timeout=30).status_code == 200
    assert verdict["sentence"] in night.log("parcels_training", run, "promote")
    note = f"Data of {TRAINED}: promote: {verdict['sentence']}"
    wait_until(lambda: night.note("parcels_training", run) == note, "the note of the run", 30)
    assert night.instance("parcels_training", run, "promote")["note"] == note.replace("promote: ", "")
    again = night.trigger("parcels_training", date=str(TRAINED))
    assert set(night.ended("parcels_training", again).values()) == {"success"}
    assert len(night.context().promotions.history()) == 1
    assert len(night.context().ledger.records("train")) == 1


@pytest.mark.system
def test_a_backfill_of_three_dates_runs_each_once_and_doubles_nothing(night: Night) -> None:
    night.airflow.ask("PATCH", "dags/parcels_daily", is_paused=False)
    # The night of a date is the run whose interval ends on it: it starts the morning before.
    first, last = NIGHTS[0] - timedelta(days=1), NIGHTS[-1] - timedelta(days=1)
    night.airflow.ask(
        "POST", "backfills", dag_id="parcels_daily", max_active_runs=1,
        from_date=f"{first}T00:00:00Z", to_date=f"{last}T23:00:00Z",
    )  # fmt: skip

    def runs() -> list[dict[str, str]]:
        dag_runs = night.airflow.ask("GET", "dags/parcels_daily/dagRuns")["dag_runs"]
        return [one for one in dag_runs if one["run_type"] == "backfill"]

    wait_until(
        lambda: len(runs()) == 3 and all(r["state"] in {"success", "failed"} for r in runs()), "three nights", 900
    )
    for one in runs():
        run = one["dag_run_id"]
        assert quiet(night.tasks("parcels_daily", run)), night.diagnosis("parcels_daily", run)
    ledger = night.context().ledger
    scored = ledger.latest("score", "parcels")
    assert sorted(scored) == NIGHTS
    assert len(ledger.records("score")) == 3, "one run a date"
    assert sorted(day for day in ledger.latest("clean", "parcels") if day >= TRAINED) == NIGHTS
    from deltalake import DeltaTable

    rows = DeltaTable(str(night.home / "lake" / "predictions" / "parcels")).to_pyarrow_table()
    keys = list(zip(rows["ship_date"].to_pylist(), rows["parcel"].to_pylist(), strict=True))
    assert len(keys) == len(set(keys)) == 120 * 3


@pytest.mark.system
def test_a_dag_that_is_switched_on_over_a_lake_of_old_dates_is_not_red(night: Night) -> None:
    night.airflow.ask("PATCH", "dags/parcels_daily", is_paused=False)

    def scheduled() -> list[dict[str, str]]:
        dag_runs = night.airflow.ask("GET", "dags/parcels_daily/dagRuns")["dag_runs"]
        return [one for one in dag_runs if one["run_type"] == "scheduled"]

    wait_until(lambda: any(one["state"] in {"success", "failed"} for one in scheduled()), "the run of today", 180)
    run = scheduled()[0]["dag_run_id"]
    assert set(night.tasks("parcels_daily", run).values()) == {"skipped"}, night.diagnosis("parcels_daily", run)
    assert missing_data(night.note("parcels_daily", run), LANDED - timedelta(days=1)) == []
    links = night.airflow.ask("GET", f"dags/parcels_daily/dagRuns/{run}/taskInstances/wait_for_landing/links")[
        "extra_links"
    ]
    assert set(links) == {"Report", "Report of the day"}, "an MLflow in a file has no pages"
    assert links["Report of the day"].startswith(f"{night.airflow.address}/assay/reports/parcels/days/")
    without_date = night.trigger("parcels_daily")
    assert night.ended("parcels_daily", without_date)["wait_for_landing"] == "failed"
    assert night.instance("parcels_daily", without_date, "wait_for_landing")["try_number"] == 1


@pytest.mark.system
def test_blocked_data_fails_at_once_without_a_retry_and_stops_what_follows(night: Night) -> None:
    bad = TRAINED + timedelta(days=5)
    drop = next((night.home / "landing" / "parcels").glob(f"{bad}*/*.csv"))
    whole = drop.read_text()
    drop.write_text("".join(whole.splitlines(keepends=True)[:3]))
    run = night.trigger("parcels_daily", date=str(bad))
    states = night.ended("parcels_daily", run)
    assert states == {
        "wait_for_landing": "success",
        "land": "success",
        "clean": "failed",
        **dict.fromkeys(("validate", "score", "monitor"), "upstream_failed"),
    }
    assert night.instance("parcels_daily", run, "clean")["try_number"] == 1, "another try would say the same"
    verdict = night.verdict("parcels_daily", run, "clean")
    assert verdict["exit_code"] == 3
    lines = night.log("parcels_daily", run, "clean").splitlines()
    assert sum(line in verdict["sentence"] for line in lines if line) >= 2, "a line for each table"
    note = f"Data of {bad}: clean: {verdict['sentence']}"
    wait_until(lambda: night.note("parcels_daily", run) == note, "the note of the run", 30)
    page = night.airflow.ask("GET", f"dags/parcels_daily/dagRuns/{run}/taskInstances/clean/links")["extra_links"]
    let_in = {"Authorization": f"Bearer {night.airflow.token}"}
    assert requests.get(page["Report of the day"], headers=let_in, timeout=30).status_code == 200
    assert bad not in night.context().ledger.latest("score", "parcels")


@pytest.mark.system
def test_a_paused_pipeline_skips_its_scoring_visibly(night: Night) -> None:
    day = TRAINED + timedelta(days=3)
    assert night.assay("pause", "parcels", "--reason", "labels look odd").returncode == 0
    try:
        run = night.trigger("parcels_daily", date=str(day))
        states = night.ended("parcels_daily", run)
    finally:
        assert night.assay("resume", "parcels", "--reason", "they were right").returncode == 0
    assert (states["clean"], states["score"], states["monitor"]) == ("success", "skipped", "skipped")
    assert missing_data(night.log("parcels_daily", run, "score"), "tester", "labels look odd") == []


@pytest.mark.system
def test_what_has_not_landed_is_waited_for_by_name_and_no_worker_is_held(night: Night) -> None:
    missing = date(2024, 3, 15)
    run = night.trigger("parcels_daily", date=str(missing))
    wait_until(
        lambda: night.tasks("parcels_daily", run)["wait_for_landing"] == "up_for_reschedule", "the sensor to wait", 90
    )
    assert missing_data(night.log("parcels_daily", run, "wait_for_landing"), missing) == []
    night.airflow.ask("PATCH", f"dags/parcels_daily/dagRuns/{run}", state="failed")
