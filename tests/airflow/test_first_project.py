"""The DAGs of a project that `assay init` wrote run its stages to a first promotion and a first scored day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from assay.cli.main import invoke
from assay.core.interval import Interval
from assay.spec.project import load_pipeline, open_project
from assay.stages.operations.run import run, select_stages
from assay.stages.runtime.context import Context
from devtools.local_airflow import runs
from devtools.local_airflow.standalone import ROOT, Airflow

from .conftest import wait_until

NAME = "night_bakery"
FIRST, TRAINED = date(2024, 1, 1), date(2024, 4, 1)

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]


@pytest.fixture
def bakery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example's project; its days up to the first training are clean."""
    for name in ("ASSAY_PROJECT", "ASSAY_HOME"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / NAME
    assert invoke(["init", str(folder), "--example"]) == 0
    ctx = context_of(folder)
    run(ctx, Interval(FIRST, TRAINED), select_stages("land..validate"))
    ctx.spark.stop()
    return folder


def context_of(folder: Path) -> Context:
    return Context(load_pipeline(open_project(folder), NAME), claimed="tester")


def test_the_dags_of_a_new_project_train_promote_and_score(bakery: Path, tmp_path: Path) -> None:
    variables = {"PYTHONPATH": f"{ROOT / 'src'}:{bakery}"}
    with Airflow(tmp_path / "airflow", bakery, variables=variables, parse=5) as airflow:
        wait_until(
            lambda: airflow.ask("GET", "dags")["total_entries"] >= 2, "the DAGs", 120,
            details=lambda: str(airflow.ask("GET", "importErrors")["import_errors"]),
        )  # fmt: skip
        for dag, day in ((f"{NAME}_training", TRAINED), (f"{NAME}_daily", TRAINED + timedelta(days=1))):
            started = runs.trigger(airflow, dag, date=str(day))
            states = runs.ended(airflow, dag, started, 900, details=lambda: "")
            assert set(states.values()) == {"success"}, f"{dag}: {states}"
    ctx = context_of(bakery)
    assert [(one.kind, one.champion) for one in ctx.promotions.history()] == [("promote", 1)]
    assert TRAINED + timedelta(days=1) in ctx.ledger.latest("score", NAME)
