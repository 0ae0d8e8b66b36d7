"""`assay explain`: what its words name, its errors, its JSON and its pages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from assay.cli.main import invoke
from assay.stages.runtime.context import Context

from ...expect_errors import error_codes, missing_data
from .conftest import PARCELS
from .explained_world import BEFORE, DAY, Explained, explained_world

RUN = "20240201T060000-score-000001"
PREDICTION = ("--key", "parcel=17", "--date", str(DAY))


@pytest.fixture
def world(parcels: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Explained:
    monkeypatch.setenv("ASSAY_PROJECT", str(PARCELS))
    return explained_world(parcels, tmp_path / "bundles", monkeypatch)


@pytest.fixture
def explain(world: Explained, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command with these words, and returns what it prints."""
    assert world.ctx.promotions.current() is not None

    def run(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert invoke(["explain", *words]) == code
        captured = capsys.readouterr()
        return captured.err if code else captured.out

    return run


def test_each_kind_of_thing_is_explained_as_text_and_as_json(explain: Any) -> None:
    for words, in_text, field, value in (
        ((RUN,), ("parcels", "version 0"), "record", RUN),
        (("parcels", RUN), ("deliveries",), "record", RUN),
        ((str(DAY),), (f"clean-parcels-{DAY}", RUN), "day", str(DAY)),
        (("parcels", str(DAY)), ("scored",), "day", str(DAY)),
        (("--date", str(DAY)), ("scored",), "day", str(DAY)),
        (("parcels", "deliveries"), ("landing/deliveries", f"clean-deliveries-{BEFORE}"), "table", "deliveries"),
        (("parcels",), ("the rows that are scored", "expect_column_values_to_not_be_null"), "table", "parcels"),
        (("--version", "1"), ("linear", "gate-1", "it is better", "train-1"), "version", 1),
        (("parcels", "--version", "1"), ("the code of today",), "version", 1),
        (PREDICTION, (f"landing/parcels/{DAY}/parcels.csv:3",), "date", str(DAY)),
        (("parcels", *PREDICTION), ("late_share",), "date", str(DAY)),
    ):
        text = explain(*words)
        assert missing_data(text, *in_text) == [], words
        assert not re.search(r"\bNone\b", text.replace("None.", "")), words
        document = json.loads(explain(*words, "--json"))
        held = document[field]["run_id"] if field == "record" else document[field]
        assert held == value, words


def test_each_kind_of_thing_has_a_page_of_the_report(explain: Any) -> None:
    pages = set()
    for words in ((RUN,), (str(DAY),), ("parcels", "deliveries"), ("--version", "1"), PREDICTION):
        page = Path(explain(*words, "--html").strip())
        assert page.parent.name == "accounts"
        assert "<h1>" in page.read_text()
        pages.add(page.name)
    assert len(pages) == 5
    document = json.loads(explain(str(DAY), "--html", "--json"))
    assert Path(document["page"]).name in pages


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "usage"),
        (("parcels", "a", "b"), "usage"),
        (("parcels", RUN, "--version", "1"), "usage"),
        (("--version", "1", "--date", "2024-02-01"), "usage"),
        (("--key", "parcel=17"), "usage"),
        (("parcels", "parcel"), "unknown-table"),
        (("parcels", "20240201T060000-score-ffffff"), "unknown-run"),
        (("2024-05-01",), "unknown-date"),
        (("--date", "2024-02-31"), "bad-date"),
        (("--version", "9"), "unknown-version"),
        (("--key", "parcel=1", "--date", "2024-02-01"), "unknown-key"),
        (("--key", "parcel=666", "--date", "2024-02-01"), "quarantined-row"),
    ],
)
def test_what_is_wrong_with_the_words_is_exit_2_and_a_code(explain: Any, words: tuple[str, ...], code: str) -> None:
    assert error_codes(explain(*words, code=2)) == [code]


def test_a_held_day_is_said_with_its_checks(world: Explained, explain: Any) -> None:
    world.cleaned("parcels", BEFORE, None, held=True)
    assert "parcels" in explain(str(BEFORE)).splitlines()[1]
    assert missing_data(explain("parcels", "parcels"), BEFORE) == []
