"""The card of a whole pipeline, its command, and the warning about an old champion."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from assay.cli.commands.overview.score_card import score_card_lines
from assay.cli.commands.overview.status import status_lines
from assay.cli.main import invoke
from assay.cli.terminal.screen import Screen
from assay.core.score_card.card import CardState
from assay.core.score_card.catalog import BY_ID, TESTS
from assay.errors import InfrastructureError
from assay.report.content.headline import Urgency
from assay.stages.models.champion_limit import champion_age
from assay.stages.monitoring.status import status_of
from assay.stages.reporting.state import state_of
from assay.stages.runtime.context import Context
from assay.stages.score_card import score_card as module
from assay.stages.score_card.score_card import JUDGES, score_card_of

from ..documentation.documented_commands import documented_commands
from .carded import TODAY, with_spec
from .served_world import World

DAY = date(2024, 3, 4)


def test_each_automatic_test_has_a_judgement() -> None:
    automatic = {test.id for test in TESTS if test.automatic}
    assert set(JUDGES) == automatic | {"data-2"}
    assert len(automatic) == 21
    assert set(JUDGES) <= set(BY_ID)


def test_an_empty_lake_passes_no_test(parcels: Context) -> None:
    card = score_card_of(parcels, TODAY)
    assert {row.state for row in card.rows} == {CardState.FAILED, CardState.NOT_YET, CardState.OPEN}
    assert card.score == 0


def test_a_test_whose_evidence_cannot_be_read_is_not_yet_judged(
    parcels: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise InfrastructureError("it is torn", code="corrupt-file", hint="restore it")

    monkeypatch.setitem(module.JUDGES, "model-3", broken)
    [row] = [row for row in score_card_of(parcels, TODAY).rows if row.test.id == "model-3"]
    assert (row.state, row.todo) == (CardState.NOT_YET, "restore it")
    assert "it is torn" in row.sentence


def test_the_command_prints_the_card_as_json_with_its_evidence(
    parcels: Context, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_PROJECT", str(parcels.pipeline.project.root))
    World(parcels).trained(DAY)
    assert invoke(["score-card", "parcels", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["pipeline"], document["score"], len(document["rows"])) == ("parcels", 0, 28)
    [tuning] = [row for row in document["rows"] if row["test"]["id"] == "model-3"]
    assert tuning["rests_on"] == [{"kind": "run", "name": f"train-{DAY}"}]
    assert tuning["state"] == "failed"


def test_each_command_of_the_page_on_the_score_card_ends_with_0(
    parcels: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_PROJECT", str(parcels.pipeline.project.root))
    World(parcels).trained(DAY)
    words = [one.words[1:] for one in documented_commands() if one.place.startswith("docs/score-card.md:")]
    assert len(words) == 2
    assert [invoke(list(one)) for one in words] == [0, 0]


def test_the_lines_have_each_test_once(parcels: Context) -> None:
    text = "\n".join(score_card_lines("parcels", score_card_of(parcels, TODAY), Screen(80, wraps=True)))
    for test in TESTS:
        assert text.count(f"  {test.id} ") == 1


@pytest.mark.parametrize(("limit", "over"), [(None, False), (31, False), (30, True)])
def test_a_champion_above_the_limit_of_age_is_reported(parcels: Context, limit: int | None, over: bool) -> None:
    world = World(parcels)
    world.serves(world.trained(DAY))
    with_spec(parcels, gate={"max_champion_age": limit})
    age = champion_age(parcels, DAY)
    assert age is not None
    today = DAY + timedelta(days=31 - age.days)
    about = status_of(parcels, today=today)
    assert (about["champion_too_old"] is not None) is over
    assert any("max_champion_age" in line for line in status_lines(about, Screen(120, wraps=True))) is over
    reasons = [one for one in state_of(parcels, today).reasons if "max_champion_age" in one.sentence]
    assert [one.urgency for one in reasons] == [Urgency.LOOK] * over
