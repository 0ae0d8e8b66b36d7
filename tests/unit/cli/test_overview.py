"""`status`, `models`, `runs` and `plan` over all pipelines: newest first, and as wide as the screen."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.cli.main import invoke
from assay.core.model_versions import ModelVersion
from assay.store.decisions.promotions import PromotionKind
from assay.store.users import Actor

from ...expect_errors import error_codes, missing_data
from ...kept_models import versions_known
from .two_pipelines import FIRST, HELD, NIGHTS, SENTENCE, WHY, TwoPipelines, two_pipelines

INTERVAL = ("--from", str(FIRST), "--to", str(FIRST + timedelta(days=NIGHTS + 1)), "--select", "score..monitor")
SHOWN = (("status",), ("status", "parcels"), ("models",), ("runs",), ("runs", "parcels"), ("plan", *INTERVAL))


@pytest.fixture
def lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TwoPipelines:
    monkeypatch.delenv("COLUMNS", raising=False)
    return two_pipelines(tmp_path, monkeypatch)


def lines_of(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[str]:
    assert invoke(arguments) == code
    return capsys.readouterr().out.splitlines()


def document_of(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert invoke([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("command", SHOWN, ids=" ".join)
@pytest.mark.parametrize("width", [80, 200])
def test_each_line_fits_the_screen(
    command: tuple[str, ...], width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = lines_of(capsys, *command)
    assert max(map(len, lines)) <= width
    assert not any("\x1b" in line or line != line.rstrip() for line in lines)


@pytest.mark.usefixtures("lived")
def test_a_pipe_gets_tables_of_120_columns_and_each_sentence_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = lines_of(capsys, "status", "parcels")
    assert [line.strip() for line in lines if len(line) > 120] == [SENTENCE]
    assert any(line.strip() == WHY for line in lines_of(capsys, "models", "parcels"))


@pytest.mark.usefixtures("lived")
def test_status_has_a_row_for_each_pipeline_and_the_one_that_ran_last_is_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, parcels, letters = lines_of(capsys, "status")
    last = FIRST + timedelta(days=NIGHTS - 1)
    assert missing_data(parcels, "parcels", "held", 2, last, "monitor") == []
    assert missing_data(letters, "letters", "serves", 1, last, "monitor") == []
    documents = document_of(capsys, "status")["pipelines"]
    assert [one["pipeline"] for one in documents] == ["letters", "parcels"]
    assert documents[1] == document_of(capsys, "status", "parcels")


@pytest.mark.usefixtures("lived")
def test_an_empty_table_keeps_a_pipeline_from_being_published_to_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert document_of(capsys, "status", "parcels")["tables"]["deliveries"]["last"] is None
    header, row, _ = lines_of(capsys, "status")
    column = header.index("published to")
    assert row[column:].split()[0] == "none"


@pytest.mark.usefixtures("lived")
def test_the_runs_of_a_stage_that_none_has_are_reported_with_the_stages_that_exist(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert invoke(["runs", "--stage", "claen", "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["error"], "clean" in answer["hint"]) == ("unknown-stage", True)


@pytest.mark.usefixtures("lived")
def test_on_80_columns_the_runs_of_two_tables_can_be_told_apart(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    header, *_ = lines_of(capsys, "runs")
    assert {"of", "dates", "status", "run"} <= set(header.split())


@pytest.mark.usefixtures("lived")
def test_a_pipe_gets_the_table_and_the_rows_of_each_run(capsys: pytest.CaptureFixture[str]) -> None:
    header, *_ = lines_of(capsys, "runs", "--stage", "clean")
    assert {"of", "dates", "status", "took", "rows", "run"} <= set(header.split())


def test_a_broken_pipeline_does_not_hide_the_other(lived: TwoPipelines, capsys: pytest.CaptureFixture[str]) -> None:
    (lived.root / "conf" / "pipelines" / "letters.yaml").write_text("pipeline: letters\n")
    _, parcels, letters, *error = lines_of(capsys, "status", code=2)
    assert parcels.startswith("parcels")
    assert missing_data(letters, "letters", "broken") == []
    assert error_codes("\n".join(error))
    assert "error" in document_of(capsys, "status", code=2)["pipelines"][1]


@pytest.mark.usefixtures("lived")
def test_the_last_runs_of_a_pipeline_are_listed_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    lines = lines_of(capsys, "status", "parcels")
    stages = [line.split()[0] for line in lines if "T03" in line]
    assert stages == ["monitor", "score", "clean", "land"]
    assert any(str(HELD) in line for line in lines)


@pytest.mark.usefixtures("lived")
def test_models_of_all_pipelines_are_listed_with_the_newest_version_first(capsys: pytest.CaptureFixture[str]) -> None:
    lines = lines_of(capsys, "models")
    titles = [line.partition(":")[0] for line in lines if line and not line.startswith(" ")]
    assert titles == ["letters", "parcels"]
    versions = [line.split()[:3] for line in lines if "boosted" in line]
    assert versions == [["1", "boosted", "champion"], ["2", "boosted", "champion"], ["1", "boosted", "r"]]
    both = document_of(capsys, "models")["pipelines"]
    assert both[1] == document_of(capsys, "models", "parcels")
    assert invoke(["models", "--age"]) == 2, "an answer about one pipeline"


@pytest.mark.parametrize("words", [(), ("--at", "2030-01-01")])
def test_a_reason_with_control_characters_reaches_no_terminal(
    words: tuple[str, ...], lived: TwoPipelines, capsys: pytest.CaptureFixture[str]
) -> None:
    lived.context("letters").promotions.write(
        1, kind=PromotionKind.PROMOTE, champion=ModelVersion(2), actor=Actor("eva"), why="rings\x07\nand more",
        run_id="p1", evidence=versions_known((1, 2)),
    )  # fmt: skip
    lines = lines_of(capsys, "models", "letters", *words)
    assert any("and more" in line for line in lines)
    assert all(line.isprintable() for line in lines)


@pytest.mark.usefixtures("lived")
def test_runs_of_all_pipelines_are_listed_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    every = document_of(capsys, "runs", "--limit", "1000")["runs"]
    assert len(every) == 2 * NIGHTS * 4
    assert [one["at"] for one in every] == sorted((one["at"] for one in every), reverse=True)
    assert every[0] == {
        "run_id": "20240108T030300-monitor-240107", "pipeline": "parcels", "stage": "monitor", "subject": "parcels",
        "from": "2024-01-07", "to": "2024-01-07", "status": "look", "at": "2024-01-08T03:03:00Z",
        "who": every[0]["who"], "why": "", "duration_seconds": 6.0, "rows": 1_200, "sentence": SENTENCE,
    }  # fmt: skip
    _, *rows = lines_of(capsys, "runs", "--limit", "9")
    assert [row.split()[-1] for row in rows] == [one["run_id"] for one in every[:9]]
    _, *cleaned = lines_of(capsys, "runs", "letters", "--stage", "clean")
    assert len(cleaned) == NIGHTS


@pytest.mark.usefixtures("lived")
def test_a_pipeline_without_a_run_of_the_stage_has_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(lines_of(capsys, "runs", "--stage", "train")) == 1
    assert document_of(capsys, "runs", "--stage", "train") == {"runs": []}
    assert invoke(["runs", "--limit", "0"]) == 2


@pytest.mark.usefixtures("lived")
def test_the_plans_of_all_pipelines_are_shown_with_their_expected_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    plans = document_of(capsys, "plan", *INTERVAL)
    assert list(plans) == ["letters", "parcels"]
    assert plans["parcels"] == document_of(capsys, "plan", "parcels", *INTERVAL)
    score, monitor = plans["letters"]
    assert (score["stage"], score["due"], score["expected_seconds"]) == ("score", NIGHTS, 8.0 * (NIGHTS + 1))
    assert (monitor["stage"], monitor["expected_seconds"]) == ("monitor", 6.0 * (NIGHTS + 1))
    lines = lines_of(capsys, "plan", *INTERVAL)
    assert [line.partition(",")[0] for line in lines if line and not line.startswith(" ")] == ["letters", "parcels"]
    assert next(line.split()[:2] for line in lines if line.lstrip().startswith("~ ")) == ["~", "score"]
