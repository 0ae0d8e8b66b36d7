"""Ninety days made up for: by Airflow's own backfill, a run a date, and by one Spark job per stage (make soak)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.core.interval import Interval
from devtools.local_airflow.runs import OVER

from .conftest import LANDED, TRAINED, Night, airflow_on, wait_until

pytestmark = [pytest.mark.soak, pytest.mark.timeout(4 * 3600)]
DAYS, DAILY = 90, "parcels_daily"
OLDER = Interval(TRAINED, TRAINED + timedelta(days=DAYS))
NEWER = Interval(OLDER.end, OLDER.end + timedelta(days=DAYS))


@pytest.fixture(scope="module")
def behind(project: Path, cleaned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """There is a champion, and half a year has landed that nobody looked at."""
    folder = tmp_path_factory.mktemp("behind")
    landed = Path(shutil.copytree(cleaned, folder / "landed"))
    from parcel_code.landing import write_drops

    write_drops(landed / "landing", LANDED, (NEWER.end - LANDED).days)
    with airflow_on(project, landed, folder) as night:
        run = night.trigger("parcels_training", date=str(TRAINED))
        assert set(night.ended("parcels_training", run).values()) == {"success"}, night.diagnosis(
            "parcels_training", run
        )
        yield night


def rows(night: Night, interval: Interval) -> list[tuple[date, int, float]]:
    """What was served in an interval, by key."""
    from deltalake import DeltaTable

    table = DeltaTable(str(night.home / "lake" / "predictions" / "parcels")).to_pyarrow_table()
    scored_rows = zip(*(table[name].to_pylist() for name in ("ship_date", "parcel", "score")), strict=True)
    return sorted(row for row in scored_rows if row[0] in interval)


def test_an_interval_of_ninety_days_is_one_job_a_stage(behind: Night) -> None:
    run = behind.trigger("parcels_backfill", **{"from": str(NEWER.start), "to": str(NEWER.end)})
    states = behind.ended("parcels_backfill", run, 1800)
    assert set(states.values()) == {"success"}, behind.diagnosis("parcels_backfill", run)
    for stage in ("clean", "score", "monitor"):
        [record] = [one for one in behind.context().ledger.records(stage, "parcels") if NEWER.start in interval(one)]
        assert NEWER.dates()[-1] in interval(record)
    assert len(rows(behind, NEWER)) == DAYS * 120


def interval(record: Any) -> Interval:
    return Interval(record.start, record.end)


def test_airflows_own_backfill_does_each_of_ninety_dates_once_and_leaves_newer_ones_alone(behind: Night) -> None:
    newer = rows(behind, NEWER)
    behind.airflow.ask("PATCH", f"dags/{DAILY}", is_paused=False)
    # The night of a date is the run whose interval ends on it: it starts the morning before.
    first, last = OLDER.start - timedelta(days=1), OLDER.dates()[-1] - timedelta(days=1)
    behind.airflow.ask(
        "POST", "backfills", dag_id=DAILY, max_active_runs=3,
        from_date=f"{first}T00:00:00Z", to_date=f"{last}T23:00:00Z",
    )  # fmt: skip

    def states() -> list[str]:
        runs = behind.airflow.ask("GET", f"dags/{DAILY}/dagRuns?limit=100&run_type=backfill")["dag_runs"]
        return [one["state"] for one in runs]

    wait_until(
        lambda: len(states()) == DAYS and set(states()) <= OVER,
        "ninety nights",
        4 * 3600,
        details=lambda: str(states()),
    )
    assert set(states()) == {"success"}
    scored = behind.context().ledger.records("score", "parcels")
    scored_days = [day for record in scored for day in record.partitions if date.fromisoformat(day) in OLDER]
    assert sorted(scored_days) == [str(day) for day in OLDER.dates()], "a run a date"
    scores = rows(behind, OLDER)
    assert len(scores) == len({key[:2] for key in scores}) == DAYS * 120, "nothing is lost or doubled"
    assert rows(behind, NEWER) == newer

    again = behind.trigger("parcels_backfill", **{"from": str(OLDER.start), "to": str(NEWER.end)})
    assert set(behind.ended("parcels_backfill", again, 1800).values()) == {"success"}
    assert behind.context().ledger.records("score", "parcels") == scored, "what is done is found done"
