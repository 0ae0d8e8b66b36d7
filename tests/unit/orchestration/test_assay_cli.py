"""Assay's command line as a scheduler runs it: its result, and what is made of output that is no document."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from assay.errors import InputError
from assay.orchestration.assay_cli import AssayCli, CommandResult
from assay.orchestration.command_template import local_date, render_command

from ...expect_errors import error_codes, missing_data, raises_code

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def assay_cli(parcels_home: Path, monkeypatch: pytest.MonkeyPatch) -> AssayCli:
    monkeypatch.setenv("ASSAY_PYTHON", sys.executable)
    monkeypatch.setenv("ASSAY_HOME", str(parcels_home))
    return AssayCli(Path(__file__).parents[2] / "projects" / "parcels", "local")


@pytest.fixture
def parcels_home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


def test_a_command_answers_with_its_outcome_in_the_name_of_who_acts(assay_cli: AssayCli) -> None:
    lines: list[str] = []
    result = assay_cli.run(["pause", "parcels", "--reason", "carnival"], user="eva", log=lines.append)
    assert (result.exit_code, result.statuses, lines) == (0, {"done"}, [])
    assert missing_data(result.sentence, "parcels", "eva") == []


def test_a_refusal_answers_with_its_words_and_its_code(assay_cli: AssayCli) -> None:
    lines: list[str] = []
    result = assay_cli.run(["rollback", "parcels", "--reason", "it drifts"], log=lines.append)
    assert result.exit_code == 2
    assert missing_data(result.sentence, "parcels") == []
    assert error_codes(lines[0]) == ["no-champion"]


def test_what_the_monitor_does_not_ask_for_is_neither_trained_nor_rolled_back(
    assay_cli: AssayCli,
) -> None:
    result = assay_cli.run(["train", "parcels", "--date", "2024-02-08", "--only-if-requested"])
    assert (result.exit_code, result.statuses) == (0, {"skipped"})
    result = assay_cli.run(["train", "parcels", "--date", "2024-02-08", "--if-ready"])
    assert (result.exit_code, result.statuses) == (0, {"skipped"})
    assert missing_data(result.sentence, "2024-01-29") == []
    result = assay_cli.run(["rollback", "parcels", "--automatic"])
    assert result.exit_code == 2
    assert missing_data(result.sentence, "parcels") == []


def test_a_usage_error_without_a_document_answers_with_what_was_said(assay_cli: AssayCli) -> None:
    result = assay_cli.run(["pause", "parcels", "--because", "x"])
    assert result.exit_code == 2
    assert missing_data(result.sentence, "--because") == []


def test_what_has_not_landed_is_named(assay_cli: AssayCli, parcels_home: Path) -> None:
    result = assay_cli.run(["landing-status", "parcels", "--date", "2024-01-01"])
    assert (result.exit_code, result.document["missing"]) == (4, ["parcels"])
    (parcels_home / "landing" / "parcels").mkdir(parents=True)
    (parcels_home / "landing" / "parcels" / "2024-01-01.csv").write_text("x\n")
    result = assay_cli.run(["landing-status", "parcels", "--date", "2024-01-01"])
    assert (result.exit_code, result.document["landed"]) == (0, ["parcels"])


@pytest.mark.parametrize(("day", "live"), [("2024-01-02", True), ("2024-12-31", True), ("2026-11-30", False)])
def test_a_feed_that_is_late_is_told_apart_from_a_lake_of_old_dates(
    assay_cli: AssayCli, parcels_home: Path, day: str, live: bool
) -> None:
    (parcels_home / "landing" / "parcels").mkdir(parents=True)
    (parcels_home / "landing" / "parcels" / "2024-01-01.csv").write_text("x\n")
    result = assay_cli.run(["landing-status", "parcels", "--date", day])
    assert result.exit_code == 4
    assert (result.document["newest"], result.document["live"]) == ("2024-01-01", live)


def test_before_anything_landed_there_is_no_newest_date(assay_cli: AssayCli) -> None:
    result = assay_cli.run(["landing-status", "parcels", "--date", "2024-01-01"])
    assert (result.document["newest"], result.document["live"]) == (None, False)


def test_each_outcome_has_its_sentence_and_what_went_wrong_is_first() -> None:
    outcomes = [{"sentence": "1 day published", "exit_code": 0}, {"sentence": "1 day held", "exit_code": 3}]
    result = CommandResult(3, {"outcomes": outcomes})
    assert [outcome["exit_code"] for outcome in result.outcomes] == [3, 0]
    assert result.sentence == "1 day held; 1 day published"
    assert (CommandResult(1).outcomes, CommandResult(1).sentence) == ([], "exit 1")


def test_a_python_that_is_not_there_is_a_mistake_that_says_where_to_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASSAY_PYTHON", raising=False)
    with raises_code(InputError, "no-python", tmp_path, "ASSAY_PYTHON"):
        AssayCli(tmp_path, "local").run(["status"])


def test_an_answer_without_any_word_still_has_a_sentence() -> None:
    assert CommandResult(-9).sentence == "exit -9"


@pytest.mark.parametrize(
    ("due", "day"),
    [
        ("2013-03-10T05:59+00:00", date(2013, 3, 10)),
        ("2013-03-10T04:59+00:00", date(2013, 3, 9)),
        ("2013-11-03T05:00+00:00", date(2013, 11, 3)),
        ("2013-11-03T03:59+00:00", date(2013, 11, 2)),
    ],
    ids=["the night summer time begins", "before midnight", "the night it ends", "before midnight of that"],
)
def test_a_run_is_for_the_local_date_at_which_it_is_due(due: str, day: date) -> None:
    assert local_date(NEW_YORK, datetime.fromisoformat(due), [], None) == day


def test_a_date_that_was_given_counts_before_events_and_the_newest_event_before_the_clock() -> None:
    due, events = datetime(2013, 5, 1, tzinfo=UTC), [{"date": "2013-04-02"}, {"date": "2013-04-03"}, {}]
    assert local_date(NEW_YORK, due, events, "2013-02-01") == date(2013, 2, 1)
    assert local_date(NEW_YORK, due, events, None) == date(2013, 4, 3)


def test_an_option_goes_with_the_value_that_nobody_gave() -> None:
    assert render_command(["a", "--x", "{reason}", "{requested}", "--y"], {"reason": ""}) == ["a", "--y"]


def test_what_went_wrong_is_told_first() -> None:
    done, held = {"sentence": "deliveries: 2 days are clean", "exit_code": 0}, {"sentence": "1 held", "exit_code": 3}
    assert CommandResult(3, {"outcomes": [done, held]}).sentence == "1 held; deliveries: 2 days are clean"
