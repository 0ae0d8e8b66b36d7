"""`assay status` and `assay models`: each last run with the dates that it judged, and no word of Python's."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assay.cli.commands.overview.status import _behind
from assay.cli.main import invoke
from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.verdict import Action, VerdictSummary
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.footprint import RunUse
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus
from assay.store.users import Actor

from ...expect_errors import missing_data
from ...kept_models import versions_known

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
VERDICT = VerdictSummary(Status.PASS, Action.NONE, "It keeps its promise.")


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A day was published and scored by version 1; old dates were monitored last."""
    for name, value in (("PROJECT", PARCELS), ("HOME", tmp_path)):
        monkeypatch.setenv(f"ASSAY_{name}", str(value))
    monkeypatch.syspath_prepend(str(PARCELS))
    parcels = Context(load_pipeline(open_project(PARCELS), "parcels"))
    evidence, one = versions_known((1,)), ModelVersion(1)
    parcels.promotions.write(
        0, kind=PromotionKind.PROMOTE, champion=one, actor=Actor("eva"), why="first", run_id="p1", evidence=evidence
    )
    for run_id, stage, day, state in (
        ("c1", "clean", date(2024, 3, 1), "published"),
        ("s1", "score", date(2024, 3, 1), "scored"),
        ("m1", "monitor", date(2024, 3, 1), "judged"),
        ("m2", "monitor", date(2024, 1, 5), "judged"),
    ):
        where = PartitionFingerprint("parcels", str(day), "", "", "")
        counts = {"in": 9, "out": 9, "quarantined": 0, "dropped": 0, "rows": 9}
        interval = Interval(day, date(day.year, day.month, day.day + (2 if run_id == "m2" else 1)))
        details = MonitoringDetails(version=one, drifted=())
        partitions = {str(day): PartitionState(PartitionStatus(state), where, counts, one)}
        parcels.ledger.append(
            parcels.record(
                run_id, stage, "parcels", interval, Action.NONE, partitions=partitions, verdict=VERDICT, details=details
            )
        )
    return parcels


@pytest.mark.usefixtures("ctx")
def test_a_last_run_is_shown_with_the_dates_that_it_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["status", "parcels", "--json"]) == 0
    last = json.loads(capsys.readouterr().out)["last"]
    assert (last["monitor"]["from"], last["monitor"]["to"]) == ("2024-01-05", "2024-01-06")
    assert (last["clean"]["from"], last["clean"]["to"]) == ("2024-03-01", "2024-03-01")
    assert invoke(["status", "parcels"]) == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  monitor ")]
    assert "2024-01-05..2024-01-06" in line


@pytest.mark.usefixtures("ctx")
@pytest.mark.parametrize("command", ["status", "models"])
def test_people_read_no_none_and_one_day_is_a_day(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke([command, "parcels"]) == 0
    stdout_text = capsys.readouterr().out
    assert "None" not in stdout_text
    assert "1 days" not in stdout_text


@pytest.mark.usefixtures("ctx")
def test_a_table_without_a_day_is_named_and_the_others_have_their_age(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["status", "parcels"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")}
    assert "EMPTY" in lines["deliveries"]
    assert "behind today" not in lines["parcels"], "a lake of old dates is years behind: its dates are enough"
    assert "behind the scores" not in lines["parcels"], "both end on the same day"
    assert missing_data(lines["labels"], "2024-01-05", "56 days behind the scores") == []


def test_the_age_of_a_lake_that_is_in_use_is_named() -> None:
    assert missing_data(_behind({"behind_scores": 2, "behind_today": 3}), "2 days", "3 days") == []
    assert _behind({"behind_today": 0}) == ""


def test_what_a_run_took_is_explained(ctx: Context, capsys: pytest.CaptureFixture[str]) -> None:
    day = date(2024, 3, 2)
    record = ctx.record("s2", "score", "parcels", Interval.of(day), Action.NONE)
    ctx.ledger.append(replace(record, use=RunUse(12.5, 30.25, 1_500_000_000, 2_500)))
    assert invoke(["explain", "s2"]) == 0
    assert missing_data(capsys.readouterr().out, "12.5 s", "30.2 s", "200 rows per second", "1,500 MB") == []
    assert invoke(["explain", "s2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["record"]["use"]["cpu_seconds"] == 30.25


def test_a_reason_with_control_characters_does_not_reach_the_terminal(
    ctx: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    record = ctx.ledger.record("s1")
    ctx.ledger.append(replace(record, run_id="s3", why="\x1b[2Jcleared\x07\nforged line"))
    assert invoke(["explain", "s3"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "forged line" not in out.splitlines()
