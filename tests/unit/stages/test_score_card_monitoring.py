"""The automatic tests of what is watched in service fail and pass by what is stored."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake

from assay.core.check import Finding, Severity, Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.core.score_card.card import CardState
from assay.core.verdict import Action, Verdict
from assay.spec.schema.monitoring import FreshnessSpec
from assay.spec.schema.notifications import NotificationsSpec
from assay.stages.runtime.context import Context
from assay.stages.score_card.feature_parity import feature_parity
from assay.stages.score_card.monitoring_tests import (
    judge_costs,
    judge_invariants,
    judge_notification,
    judge_numbers,
    judge_parity,
    judge_quality,
    judge_staleness,
)
from assay.stages.score_card.silent_rewrites import silent_rewrites
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import PartitionStatus

from .carded import changed_newest, cleaned, facts, used, with_spec
from .served_world import NAME, World

DAY = date(2024, 3, 4)
ONE = ModelVersion(1)


@pytest.fixture
def world(parcels: Context) -> World:
    """Version 1 serves."""
    made = World(parcels)
    made.serves(made.trained(DAY))
    return made


def a_profile(total: float = 30.0, **changes: Any) -> TableProfile:
    weight = ColumnState("number", rows=3, low=5.0, high=15.0, total=total)
    score = ColumnState("number", rows=3, low=0.1, high=0.9, total=1.0)
    return TableProfile(3, {"weight": replace(weight, **changes), "score": score})


@pytest.mark.parametrize(
    ("landings", "events", "state"),
    [
        (None, ["missing-landing", "held"], CardState.FAILED),
        (2, None, CardState.FAILED),
        (2, ["held"], CardState.FAILED),
        (2, ["missing-landing", "held"], CardState.PASSED),
    ],
)
def test_a_late_source_needs_a_limit_and_a_channel(
    parcels: Context, landings: int | None, events: list[str] | None, state: CardState
) -> None:
    freshness = FreshnessSpec.model_validate({} if landings is None else {"landings": f"{landings} days"})
    with_spec(parcels, monitor={"freshness": freshness})
    if events is not None:
        channel = {"webhook": {"url": "https://example.org/hook"}, "events": events}
        notifications = NotificationsSpec.model_validate({"channels": {"team": channel}})
        project = parcels.pipeline.project
        environment = replace(project.environment, notifications=notifications)
        object.__setattr__(parcels.pipeline, "project", replace(project, environment=environment))
    assert judge_notification(facts(parcels)).state is state


def committed(ctx: Context, run_id: str | None, *, pipeline: str = NAME, stage: str = "clean") -> Path:
    """A commit of one row to the clean table of parcels, by a run or by another program."""
    metadata = {"run_id": run_id, "pipeline": pipeline, "stage": stage, "subject": "parcels"}
    properties = None if run_id is None else CommitProperties({"userMetadata": json.dumps(metadata)})
    table = Path(str(ctx.folder("clean", "parcels")))
    rows = pa.table({"ship_date": [DAY], "weight": [1.0]})
    write_deltalake(str(table), rows, mode="append", partition_by=["ship_date"], commit_properties=properties)
    return table


def test_commits_of_known_runs_and_of_maintenance_pass(parcels: Context) -> None:
    cleaned(parcels, "deliveries", [DAY])
    assert judge_invariants(facts(parcels)).state is CardState.NOT_YET
    committed(parcels, cleaned(parcels, "parcels", [DAY]))
    committed(parcels, "", stage="maintain")
    assert judge_invariants(facts(parcels)).state is CardState.PASSED


@pytest.mark.parametrize("commit", [{"run_id": None}, {"run_id": "clean-of-nothing"}, {"run_id": "", "stage": "clean"}])
def test_a_commit_of_no_run_of_the_ledger_fails(parcels: Context, commit: dict[str, Any]) -> None:
    cleaned(parcels, "deliveries", [DAY])
    committed(parcels, cleaned(parcels, "parcels", [DAY]))
    committed(parcels, **commit)
    assert judge_invariants(facts(parcels)).state is CardState.FAILED
    [rewrite] = silent_rewrites(parcels)
    assert rewrite.place == "clean/parcels"


def test_a_file_that_was_changed_in_place_fails(parcels: Context) -> None:
    cleaned(parcels, "deliveries", [DAY])
    table = committed(parcels, cleaned(parcels, "parcels", [DAY]))
    [file] = table.rglob("*.parquet")
    file.write_bytes(file.read_bytes() + b"x")
    assert judge_invariants(facts(parcels)).state is CardState.FAILED


def test_a_commit_of_another_pipeline_that_shares_the_table_is_known_by_its_ledger(parcels: Context) -> None:
    cleaned(parcels, "deliveries", [DAY])
    run_id = cleaned(parcels, "parcels", [DAY])
    committed(parcels, "clean-of-letters", pipeline="letters")
    assert judge_invariants(facts(parcels)).state is CardState.FAILED
    Ledger(parcels.lake, "letters").append(replace(parcels.ledger.record(run_id), run_id="clean-of-letters"))
    assert judge_invariants(facts(parcels)).state is CardState.PASSED


def test_a_held_day_fails(parcels: Context) -> None:
    cleaned(parcels, "parcels", [DAY])
    cleaned(parcels, "deliveries", [DAY], PartitionStatus.HELD)
    assert judge_invariants(facts(parcels)).state is CardState.FAILED
    cleaned(parcels, "deliveries", [DAY])
    assert judge_invariants(facts(parcels)).state is CardState.PASSED


@pytest.mark.parametrize(
    ("built", "state"),
    [
        (a_profile(), CardState.PASSED),
        (a_profile(30.0 * (1 + 1e-13)), CardState.PASSED),
        (a_profile(30.0001), CardState.FAILED),
        (a_profile(nulls=1), CardState.FAILED),
        (TableProfile(4, a_profile().columns), CardState.FAILED),
    ],
)
def test_a_training_has_to_build_the_features_that_were_served(
    world: World, built: TableProfile, state: CardState
) -> None:
    served = DAY + timedelta(days=3)
    assert judge_parity(facts(world.ctx)).state is CardState.NOT_YET
    world.scored({served: a_profile()})
    world.trained(DAY + timedelta(days=7), reference={served: built})
    assert judge_parity(facts(world.ctx)).state is state


def test_days_whose_inputs_were_cleaned_again_meanwhile_are_not_compared(world: World) -> None:
    served = DAY + timedelta(days=3)
    cleaned(world.ctx, "deliveries", [served - timedelta(days=5)])
    world.scored({served: a_profile()})
    cleaned(world.ctx, "deliveries", [served])  # a day that came later, as outcomes do
    world.trained(DAY + timedelta(days=7), reference={served: a_profile()})
    [*_, training] = world.ctx.ledger.records("train")
    assert feature_parity(world.ctx, training).days == (served,)
    cleaned(world.ctx, "deliveries", [served - timedelta(days=5)])
    world.trained(DAY + timedelta(days=14), reference={served: a_profile()})
    [*_, training] = world.ctx.ledger.records("train")
    assert feature_parity(world.ctx, training).days == ()


def test_days_of_other_code_are_not_compared(world: World) -> None:
    served = DAY + timedelta(days=3)
    world.scored({served: a_profile()})
    world.trained(DAY + timedelta(days=7), reference={served: a_profile()}, code="other")
    assert judge_parity(facts(world.ctx)).state is CardState.NOT_YET


@pytest.mark.parametrize(("limit", "state"), [(None, CardState.NOT_YET), (9, CardState.FAILED), (99, CardState.PASSED)])
def test_the_champion_may_not_be_older_than_the_limit(world: World, limit: int | None, state: CardState) -> None:
    world.scored({DAY + timedelta(days=30): a_profile()})
    with_spec(world.ctx, gate={"max_champion_age": limit})
    assert judge_staleness(facts(world.ctx)).state is state


def test_no_champion_has_no_age_and_no_quality(parcels: Context) -> None:
    for judge in (judge_staleness, judge_quality):
        assert judge(facts(parcels)).state is CardState.NOT_YET


INFINITE = ColumnState("number", rows=3, plus_inf=1)


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, CardState.PASSED),
        ({"weight": ColumnState("number", rows=3, nans=1)}, CardState.PASSED),
        ({"weight": INFINITE}, CardState.FAILED),
        ({"weight": ColumnState("number", rows=3, huge=1)}, CardState.FAILED),
        ({"score": ColumnState("number", rows=3, nans=1)}, CardState.FAILED),
        ({"score": ColumnState("number", rows=3, nulls=1)}, CardState.FAILED),
    ],
)
def test_served_features_and_scores_have_to_be_usable_numbers(
    world: World, columns: dict[str, ColumnState], state: CardState
) -> None:
    assert judge_numbers(facts(world.ctx)).state is CardState.NOT_YET
    world.scored({DAY: TableProfile(3, {**a_profile().columns, **columns})})
    assert judge_numbers(facts(world.ctx)).state is state


@pytest.mark.parametrize(
    ("stage", "last", "state"),
    [("train", 10.0, CardState.PASSED), ("train", 100.0, CardState.FAILED), ("score", 100.0, CardState.FAILED)],
)
def test_a_stage_that_is_slower_twice_in_a_row_fails(world: World, stage: str, last: float, state: CardState) -> None:
    world.scored({DAY: a_profile()})
    for one in ("train", "score"):
        for _ in range(8):
            changed_newest(world.ctx, one, use=used(10.0))
            assert judge_costs(facts(world.ctx)).state is CardState.NOT_YET or one == "score"
    for _ in range(2):
        changed_newest(world.ctx, stage, use=used(last))
    assert judge_costs(facts(world.ctx)).state is state


def metric(status: Status, severity: Severity = Severity.CRITICAL, check: str = "served.metric") -> Finding:
    return Finding(check, status, "It is so.", severity)


@pytest.mark.parametrize(
    ("findings", "version", "state"),
    [
        ([], ONE, CardState.NOT_YET),
        ([metric(Status.PASS)], ModelVersion(2), CardState.NOT_YET),
        ([metric(Status.WARN, Severity.INFO)], ONE, CardState.NOT_YET),
        ([metric(Status.PASS)], ONE, CardState.PASSED),
        ([metric(Status.FAIL)], ONE, CardState.FAILED),
        ([metric(Status.PASS), metric(Status.FAIL, check="served.decline")], ONE, CardState.FAILED),
        ([metric(Status.PASS), metric(Status.FAIL, check="served.pair")], ONE, CardState.FAILED),
        ([metric(Status.PASS), metric(Status.FAIL, check="served.kpi")], ONE, CardState.PASSED),
    ],
)
def test_the_newest_monitoring_of_the_champion_decides_on_its_quality(
    world: World, findings: list[Finding], version: ModelVersion, state: CardState
) -> None:
    ctx = world.ctx
    ctx.runs.write("m1", VERDICT, Verdict(Status.PASS, Action.NONE, "It is so.", tuple(findings)))
    details = MonitoringDetails(version=version)
    ctx.ledger.append(
        ctx.record("m1", "monitor", NAME, Interval.of(DAY), Action.NONE, counts={"days": 1}, details=details)
    )
    assert judge_quality(facts(ctx)).state is state
