"""MLflow's aliases that lag behind the promotions: noted, shown and repaired, whatever was killed or failed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any

import pytest

from assay.core.decisions.staleness import staleness
from assay.core.evaluation.metrics import METRICS
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.errors import InfrastructureError
from assay.stages.monitoring.monitor import monitor
from assay.stages.monitoring.served_history import Service
from assay.stages.monitoring.status import status_of
from assay.stages.promotion import aliases
from assay.stages.promotion.aliases import AliasLag, alias_lag, align_aliases
from assay.stages.promotion.promote import rollback
from assay.stages.reporting.write_report import write_report
from assay.stages.runtime.context import Context
from assay.stages.scoring.score import score
from assay.store.decisions.promotions import PromotionKind
from assay.store.failpoints import SimulatedCrash
from assay.store.filesystem.atomic import write_atomically
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...kept_models import versions_known

DAY = date(2024, 2, 5)
NOTE = "_assay/parcels/aliases.json"


class FakeMlflow:
    """The aliases as MLflow would hold them, and how often they were compared; `fault` is raised instead."""

    def __init__(self) -> None:
        self.champion: int | None = 2
        self.calls = 0
        self.fault: Callable[[], None] = lambda: None

    def project(self, _uri: str, _model: str, champion: int | None) -> bool:
        self.calls += 1
        self.fault()
        self.champion = champion
        return True


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch, parcels: Context) -> FakeMlflow:  # noqa: ARG001 - it patches the same
    fake = FakeMlflow()
    monkeypatch.setattr("assay.models.mlflow.aliases.project_alias", fake.project)
    return fake


@pytest.fixture
def ctx(parcels: Context, mlflow: FakeMlflow) -> Context:
    """Two champions, one after the other, MLflow in line with them, and a day that is published and scored."""
    day = str(DAY)
    fingerprint = PartitionFingerprint("parcels", day, "", "", "")
    published = {day: PartitionState(PartitionStatus.PUBLISHED, fingerprint)}
    parcels.ledger.append(
        parcels.record("c", "clean", "parcels", Interval.of(DAY), RunStatus.DONE, partitions=published)
    )
    for number, champion in enumerate((1, 2)):
        parcels.promotions.write(
            number,
            kind=PromotionKind.PROMOTE,
            champion=ModelVersion(champion),
            why="",
            run_id=f"p{number}",
            evidence=versions_known((1, 2)),
        )
        parcels.ledger.append(parcels.record(f"p{number}", "gate", "parcels", Interval.of(DAY), Action.PROMOTE))
    scored = {day: PartitionState(PartitionStatus.SCORED, replace(fingerprint, input="c"), version=ModelVersion(2))}
    parcels.ledger.append(parcels.record("s", "score", "parcels", Interval.of(DAY), RunStatus.DONE, partitions=scored))
    assert align_aliases(parcels) == ""
    mlflow.calls = 0
    return replace(parcels, claimed="eva", why="outcomes look wrong")


@pytest.fixture
def behind(ctx: Context) -> Context:
    """A rollback whose process was killed before MLflow's aliases followed."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SimulatedCrash):
        patch.setenv("ASSAY_CRASH_AT", "promotion:before-alias")
        rollback(ctx)
    assert alias_lag(ctx) == AliasLag(3, 2)
    return ctx


def nothing_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a monitoring find no scored day, so that it needs neither Profiles nor Spark."""
    monkeypatch.setattr("assay.stages.monitoring.monitor.days_to_measure", lambda *_: {})


@pytest.mark.parametrize("stage", [score, monitor])
def test_a_stage_that_finds_the_aliases_behind_repairs_them(
    behind: Context, mlflow: FakeMlflow, stage: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_served(monkeypatch)
    stage(behind, Interval.of(DAY))
    assert (mlflow.champion, alias_lag(behind)) == (1, None)


@pytest.mark.parametrize("stage", [score, monitor])
def test_a_stage_leaves_mlflow_alone_where_nothing_lags(
    ctx: Context, mlflow: FakeMlflow, stage: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_served(monkeypatch)
    stage(ctx, Interval.of(DAY))
    assert mlflow.calls == 0


@pytest.mark.parametrize("fault", [InfrastructureError("it is down", code="mlflow"), OSError("no route")])
@pytest.mark.parametrize("stage", [score, monitor])
def test_a_repair_that_fails_fails_no_stage(
    behind: Context, mlflow: FakeMlflow, stage: Callable[..., Any], fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_served(monkeypatch)
    lines: list[str] = []
    behind.progress = lines.append

    def fail() -> None:
        raise fault

    mlflow.fault = fail
    assert stage(behind, Interval.of(DAY)).exit_code == 0
    assert len([line for line in lines if "promotion 3" in line and str(fault) in line]) == 1
    assert alias_lag(behind) == AliasLag(3, 2)


def test_killed_before_its_note_the_lag_is_shown_and_the_repair_changes_nothing(
    behind: Context, mlflow: FakeMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(SimulatedCrash):
        patch.setenv("ASSAY_CRASH_AT", "aliases:before-note")
        align_aliases(behind)
    assert (mlflow.champion, alias_lag(behind)) == (1, AliasLag(3, 2))
    assert align_aliases(behind, only_if_behind=True) == ""
    assert (mlflow.champion, alias_lag(behind)) == (1, None)


def test_one_who_comes_late_waits_for_the_other_and_leaves_the_newest_champion(
    behind: Context, mlflow: FakeMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, resume = threading.Event(), threading.Event()

    def hold_the_first() -> None:
        mlflow.fault = lambda: None
        inside.set()
        assert resume.wait(30)

    mlflow.fault = hold_the_first
    first = threading.Thread(target=align_aliases, args=(behind,))
    first.start()
    assert inside.wait(30)
    behind.promotions.write(3, kind=PromotionKind.PROMOTE, champion=ModelVersion(2), why="", run_id="p3")
    monkeypatch.setattr(aliases, "DEADLINE_SECONDS", 0.2)
    assert "promotion 4" in align_aliases(behind), "the first one has the lock"
    resume.set()
    first.join(30)
    assert (mlflow.champion, alias_lag(behind)) == (2, None), "it looked again, and the other may have too"


def test_an_answer_that_never_comes_ends_at_the_deadline(
    behind: Context, mlflow: FakeMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    resume = threading.Event()

    def hang() -> None:
        assert resume.wait(30)

    mlflow.fault = hang
    monkeypatch.setattr(aliases, "DEADLINE_SECONDS", 0.1)
    assert "promotion 3" in align_aliases(behind)
    resume.set()


@pytest.mark.parametrize("note", [b'{"promo', b"[]", b'{"promotion":"3","tracking":"sqlite:///$ASSAY_HOME/mlflow.db"}'])
def test_a_note_that_cannot_be_read_is_none_and_is_written_anew(ctx: Context, note: bytes) -> None:
    write_atomically(ctx.lake / NOTE, note)
    assert alias_lag(ctx) == AliasLag(2, 0)
    assert align_aliases(ctx, only_if_behind=True) == ""
    assert alias_lag(ctx) is None


def test_a_note_of_another_address_says_nothing_of_this_one_and_holds_no_secret(ctx: Context) -> None:
    project = ctx.pipeline.project
    environment = replace(project.environment, mlflow_tracking="https://ann:s3cr3t@mlflow/?token=s3cr3t")
    moved = replace(ctx, pipeline=replace(ctx.pipeline, project=replace(project, environment=environment)))
    assert alias_lag(moved) == AliasLag(2, 0)
    assert align_aliases(moved, only_if_behind=True) == ""
    assert alias_lag(moved) is None
    assert b"s3cr3t" not in (ctx.lake / NOTE).read_bytes()


def test_status_and_report_show_the_lag_until_it_is_repaired(behind: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "assay.stages.reporting.write_report.service_of", lambda _: Service(METRICS["log_loss"], {}, {}, {})
    )
    nothing_served = staleness([], METRICS["roc_auc"], margin=0.03, width=7)
    monkeypatch.setattr("assay.stages.reporting.pipeline_page.staleness_of", lambda _: nothing_served)
    monkeypatch.setattr("assay.stages.reviews.decision_review.champion_changes", lambda _: [])
    monkeypatch.setattr("assay.stages.reporting.pipeline_page.fold_steps", lambda _: {})
    monkeypatch.setattr("assay.stages.reporting.pipeline_page.version_pages", lambda *_: ())
    lag = {"promotion": 3, "aligned": 2, "sentence": AliasLag(3, 2).sentence}
    written = write_report(behind)
    assert written.summary_error is not None, "the run of the scores has no documents here"
    assert status_of(behind)["alias_lag"] == written.report.status["alias_lag"] == lag
    assert AliasLag(3, 2).sentence in unescape(written.path.read_text())
    align_aliases(behind)
    repaired = write_report(behind)
    assert status_of(behind)["alias_lag"] is repaired.report.status["alias_lag"] is None
    assert AliasLag(3, 2).sentence not in unescape(repaired.path.read_text())


def test_before_the_first_promotion_nothing_lags(parcels: Context) -> None:
    assert alias_lag(parcels) is None
    assert align_aliases(parcels) == ""
