"""What a monitoring lets MLflow show: days of the served versions, each once, and the pages of the versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import pytest

from assay.core.interval import Interval
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.errors import InfrastructureError
from assay.models.mlflow.projection import LONGEST_DESCRIPTION, VersionText
from assay.models.mlflow.run_contents import DatedValue
from assay.stages.evaluation.gate import gate
from assay.stages.monitoring.service_in_mlflow import show_service
from assay.stages.promotion import aliases
from assay.stages.promotion import version_texts as pages_of_versions
from assay.stages.promotion.aliases import align_aliases
from assay.stages.promotion.promote import promote, rollback
from assay.stages.promotion.proposal import carry_out
from assay.stages.promotion.version_texts import version_texts
from assay.stages.runtime.context import Context

from .judged_pipeline import BETTER, START, Loop
from .served_world import World, labelled

FIRST = date(2024, 3, 4)
DAYS = [FIRST + timedelta(days=n) for n in range(6)]


@dataclass
class RecordedMlflow:
    """Points by run, and pages by version; `fault` is raised instead."""

    points: dict[str, dict[tuple[str, date], float | None]] = field(default_factory=dict)
    pages: Mapping[int, VersionText] = field(default_factory=dict)
    logged: int = 0
    fault: Exception | None = None

    def shown_days(self, _uri: str, run_id: str, name: str) -> set[date]:
        return {day for key, day in self.points.get(run_id, {}) if key == name}

    def project_days(self, _uri: str, run_id: str, values: Sequence[DatedValue]) -> int:
        known = self.points.setdefault(run_id, {})
        assert not [one for one in values if (one.name, one.day) in known], "a day has one point"
        known |= {(one.name, one.day): one.value for one in values}
        self.logged += len(values)
        return len(values)

    def project_versions(self, _uri: str, _model: str, pages: Mapping[int, VersionText]) -> int:
        if self.fault is not None:
            raise self.fault
        self.pages = pages
        return len(pages)


@pytest.fixture
def mlflow(parcels: Context, monkeypatch: pytest.MonkeyPatch) -> RecordedMlflow:  # noqa: ARG001 - it patches the same
    recorded = RecordedMlflow()
    for name in ("shown_days", "project_days", "project_versions"):
        monkeypatch.setattr(f"assay.models.mlflow.projection.{name}", getattr(recorded, name))
    return recorded


@pytest.fixture
def world(parcels: Context, mlflow: RecordedMlflow) -> World:  # noqa: ARG001 - after its patches
    """Version 1 served six days, whose outcomes were monitored when their labels were mature."""
    made = World(parcels)
    made.serves(made.trained(FIRST - timedelta(days=30)))
    made.scored(dict.fromkeys(DAYS, TableProfile(100, {"weight": ColumnState("number", rows=100)})))
    return made


def monitored(world: World, days: Sequence[date]) -> None:
    outcomes = labelled(np.full(30, 0.7), np.full(70, 0.2))
    world.monitored(Interval(min(days), max(days) + timedelta(days=8)), dict.fromkeys(days, outcomes))


def test_each_measured_day_is_one_point_of_the_run_of_the_served_version(world: World, mlflow: RecordedMlflow) -> None:
    monitored(world, DAYS[:3])
    show_service(world.ctx)
    [(run_id, points)] = mlflow.points.items()
    assert run_id == "mlflow", "the run of the version, by the promotions"
    assert {day for name, day in points if name == "served.rows"} == set(DAYS[:3])
    assert points["served.rows", DAYS[0]] == 100.0
    assert points["served.log_loss", DAYS[0]] == pytest.approx(-(0.3 * np.log(0.7) + 0.7 * np.log(0.8)), abs=0.01)
    logged = mlflow.logged
    show_service(world.ctx)
    assert mlflow.logged == logged
    monitored(world, DAYS)
    show_service(world.ctx)
    assert {day for name, day in points if name == "served.rows"} == set(DAYS)


def test_a_fault_of_mlflow_is_one_line_and_the_next_monitoring_adds_the_days(
    world: World, mlflow: RecordedMlflow
) -> None:
    monitored(world, DAYS)
    lines: list[str] = []
    world.ctx.progress = lines.append
    mlflow.fault = InfrastructureError("it is down", code="mlflow")
    show_service(world.ctx)
    assert (len(lines), mlflow.points) == (1, {})
    assert "it is down" in lines[0]
    mlflow.fault = None
    show_service(world.ctx)
    assert len(lines) == 1
    assert mlflow.logged > 0


def test_the_page_of_a_version_has_its_days_of_service(world: World, mlflow: RecordedMlflow) -> None:
    show_service(world.ctx)
    assert mlflow.pages[1].tags["served"] == f"{DAYS[0]} to {DAYS[-1]} (6 days)"
    assert f"{DAYS[0]} to {DAYS[-1]}" in mlflow.pages[1].description


def test_the_pages_have_looks_promotions_and_rollbacks_and_stay_the_same(loop: Loop, mlflow: RecordedMlflow) -> None:
    loop.training(START, BETTER)
    loop.ctx.why = "odd | scores\nsince noon"
    rollback(loop.ctx)
    assert align_aliases(loop.ctx) == ""
    one, two = mlflow.pages[1], mlflow.pages[2]
    assert (one.tags["state"], two.tags["state"]) == ("champion", "rolled back")
    assert (one.tags["promotions"], two.tags["promotions"], two.tags["rollbacks"], one.tags["rollbacks"]) == (
        "1",
        "1",
        "1",
        "1",
    )
    assert two.tags["looks"].startswith("1 look, the last: shown better")
    assert two.tags["served"] == "no day yet"
    [line] = [line for line in two.description.splitlines() if "rolled back to version 1" in line]
    assert "eva" in line
    assert line.endswith("odd | scores since noon")
    assert str(START) in two.description
    assert version_texts(loop.ctx) == mlflow.pages


def test_a_training_that_is_judged_again_by_force_has_one_look(loop: Loop) -> None:
    loop.proposed()
    gate(replace(loop.ctx, force=True), START, propose=True)
    carry_out(replace(loop.ctx, why="it is better"), START)
    assert version_texts(loop.ctx)[2].tags["looks"].startswith("1 look, ")


def test_a_page_that_is_cut_keeps_the_newest_looks(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    loop.training(START, BETTER)
    [look] = [one for one in pages_of_versions._looks(loop.ctx) if one.outcome == "shown better"]
    many = [replace(look, day=START + timedelta(days=n)) for n in range(60)]
    monkeypatch.setattr(pages_of_versions, "_looks", lambda _ctx: many)
    description = version_texts(loop.ctx)[2].description
    assert len(description) > LONGEST_DESCRIPTION
    assert f"- {many[-1].day}, " in description[:LONGEST_DESCRIPTION]


def test_a_version_that_was_replaced_and_one_that_never_served_say_so(loop: Loop) -> None:
    second = loop.another_version()
    assert version_texts(loop.ctx)[2].tags["state"] == "never champion"
    loop.ctx.why = "better in the test"
    promote(loop.ctx, second)
    assert version_texts(loop.ctx)[1].tags["state"] == "champion before"
    assert "replaced by version 2" in version_texts(loop.ctx)[1].description
    assert version_texts(loop.ctx)[2].tags["state"] == "champion"


def test_pages_that_cannot_be_written_are_one_line_and_no_lag(
    loop: Loop, mlflow: RecordedMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow.fault = InfrastructureError("it is down", code="mlflow")
    assert "it is down" in align_aliases(loop.ctx)
    assert align_aliases(loop.ctx, only_if_behind=True) == "", "the aliases are in line"
    monkeypatch.setattr(aliases, "DEADLINE_SECONDS", 5.0)
    mlflow.fault = OSError("no route")
    assert align_aliases(loop.ctx).count("no route") == 1


def test_before_the_first_promotion_there_is_no_page(parcels: Context) -> None:
    assert version_texts(parcels) == {}
    show_service(parcels)
