"""conf/score_cards/NAME.yaml: what the team notes, and each mistake at its place."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from assay.core.score_card.card import TeamNote
from assay.errors import InputError
from assay.spec.project import load_pipeline, open_project
from assay.spec.schema.loaded_pipeline import Pipeline
from assay.spec.score_card import team_notes

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
TODAY = date(2026, 11, 30)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The pipeline of parcels in a folder that may be written."""
    shutil.copytree(PARCELS, tmp_path / "parcels")
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path / "parcels"))
    return load_pipeline(open_project(tmp_path / "parcels"), "parcels")


def noted(pipeline: Pipeline, *lines: str) -> tuple[TeamNote, ...]:
    path = pipeline.project.root / "conf" / "score_cards" / "parcels.yaml"
    path.parent.mkdir()
    path.write_text("\n".join(("tests:", *lines)) + "\n")
    return team_notes(pipeline, TODAY)


def test_a_pipeline_without_the_file_has_no_notes(project: Pipeline) -> None:
    assert team_notes(project, TODAY) == ()


def test_a_note_has_id_result_person_and_date(project: Pipeline) -> None:
    notes = noted(project, "  - {id: data-5, note: 'reviewed, wiki page 7', by: eva, date: 2026-11-02}")
    assert notes == (TeamNote("data-5", "reviewed, wiki page 7", "eva", date(2026, 11, 2)),)


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ("  - {id: data-9, note: n, by: eva, date: 2026-11-02}", "unknown-test", (2, 10)),
        ("  - {id: data-5, note: n, by: eva, date: 2.11.2026}", "bad-date", (2, 42)),
        ("  - {id: data-5, note: n, by: eva, date: 2026-12-02}", "bad-date", (2, 42)),
        ("  - {id: data-5, note: '', by: eva, date: 2026-11-02}", "empty", (2, 24)),
        ("  - {id: data-5, note: n, date: 2026-11-02}", "missing-key", (2, 5)),
        ("  - {id: data-5, note: n, by: eva, date: 2026-11-02, who: max}", "unknown-key", (2, 54)),
    ],
)
def test_a_mistake_is_shown_at_its_line_and_column(
    project: Pipeline, line: str, code: str, place: tuple[int, int]
) -> None:
    with pytest.raises(InputError) as raised:
        noted(project, line)
    location = raised.value.location
    assert location is not None
    assert (raised.value.code, location.file) == (code, "conf/score_cards/parcels.yaml")
    assert (location.line, location.column) == place


def test_a_test_that_is_noted_twice_is_refused_at_the_second(project: Pipeline) -> None:
    line = "  - {id: data-5, note: n, by: eva, date: 2026-11-02}"
    with pytest.raises(InputError) as raised:
        noted(project, line, line)
    assert raised.value.code == "duplicate-name"
    assert raised.value.location is not None
    assert raised.value.location.line == 3
