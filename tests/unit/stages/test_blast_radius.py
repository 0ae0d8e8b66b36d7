"""What a version's scores reached: only the days that still have them, with their rows and readers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.stages.runtime.context import Context
from assay.stages.scoring.blast_radius import blast_radius
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...expect_errors import missing_data
from ...kept_models import versions_known

DAYS = [date(2024, 2, day) for day in (1, 2, 3, 4)]


def scored(ctx: Context, run: str, version: int, days: list[date], status: PartitionStatus) -> None:
    states = {
        str(day): PartitionState(
            status,
            PartitionFingerprint("parcels", str(day), "", "", ""),
            {"rows": 100},
            ModelVersion(version),
        )
        for day in days
    }
    interval = Interval(days[0], date(2024, 2, 5))
    ctx.ledger.append(ctx.record(run, "score", "parcels", interval, RunStatus.DONE, partitions=states))


@pytest.fixture
def ctx(parcels: Context, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Version 1 scored four days, version 2 three of them again, and a last time one that is held."""
    monkeypatch.setenv("ASSAY_PROJECT", str(parcels.pipeline.project.root))
    scored(parcels, "a", 1, DAYS, PartitionStatus.SCORED)
    scored(parcels, "b", 2, DAYS[1:], PartitionStatus.SCORED)
    scored(parcels, "c", 2, DAYS[3:], PartitionStatus.HELD)
    for run, version in (("m1", 2), ("m2", 1)):
        details = MonitoringDetails(version=ModelVersion(version), drifted=())
        parcels.ledger.append(
            parcels.record(run, "monitor", "parcels", Interval.of(DAYS[0]), Action.NONE, details=details)
        )
    for number, version in enumerate((1, 2)):
        parcels.promotions.write(
            number, kind=PromotionKind.PROMOTE, champion=ModelVersion(version), why="", run_id=f"p{number}",
            evidence=versions_known((1, 2)),
        )  # fmt: skip
        parcels.ledger.append(parcels.record(f"p{number}", "gate", "parcels", Interval.of(DAYS[0]), Action.PROMOTE))
    return parcels


def test_only_the_days_count_whose_newest_scores_are_the_versions(ctx: Context) -> None:
    spec = ctx.pipeline.spec
    read = replace(
        ctx.pipeline, spec=spec.model_copy(update={"score": spec.score.model_copy(update={"readers": ["call list"]})})
    )
    reach = blast_radius(replace(ctx, pipeline=read), ModelVersion(2))
    assert reach.days == dict.fromkeys(DAYS[1:], 100), "what is held changes nothing that was served"
    assert reach.held == (DAYS[3],)
    assert (reach.rows, reach.monitored, reach.readers) == (300, 1, ("call list",))
    assert reach.tables == (str(ctx.folder("predictions", "parcels")),)
    assert missing_data(" ".join(reach.lines()), "version 2", "3 days", DAYS[1], DAYS[3], "300 rows", "call list") == []
    assert (blast_radius(ctx, ModelVersion(1)).days, blast_radius(ctx, ModelVersion(1)).held) == ({DAYS[0]: 100}, ())
    assert blast_radius(ctx, ModelVersion(3)).days == {}


def test_the_rollback_shows_it_first_and_has_it_in_its_answer(ctx: Context, capsys: pytest.CaptureFixture[str]) -> None:
    from assay.cli.main import invoke

    assert invoke(["rollback", "parcels", "--dry-run", "--json"]) == 0
    expected = blast_radius(ctx, ModelVersion(2)).to_json()
    assert json.loads(capsys.readouterr().out) == {"reach": expected}
    assert len(ctx.promotions.history()) == 2
    assert invoke(["rollback", "parcels", "--reason", "odd scores"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert missing_data(lines[0], "version 2", "300 rows") == []
    assert lines[-1].endswith("assay score parcels --replace 2")
    assert invoke(["rollback", "parcels", "--to", "2", "--reason", "back", "--json"]) == 0
    [outcome] = json.loads(capsys.readouterr().out)["outcomes"]
    assert outcome["numbers"]["reach"]["version"] == 1
