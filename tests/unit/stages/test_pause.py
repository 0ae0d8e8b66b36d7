"""A pipeline that is paused neither scores nor promotes, says who paused it, and goes on when it is resumed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.errors import InfrastructureError, InputError, LostRace, VerdictFailed
from assay.stages.monitoring.status import status_of
from assay.stages.promotion.pause import pause, paused, resume
from assay.stages.promotion.promote import promote, rollback
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.scoring.score import score
from assay.store.decisions.pauses import Pauses
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus
from assay.store.users import Actor

from ...expect_errors import missing_data, raises_code
from ...kept_models import versions_known

DAY = date(2024, 2, 5)


@pytest.fixture
def ctx(parcels: Context) -> Context:
    """Two champions, one after the other, and a day that is published and not yet scored."""
    states = {
        str(DAY): PartitionState(PartitionStatus.PUBLISHED, PartitionFingerprint("parcels", str(DAY), "", "", ""))
    }
    parcels.ledger.append(parcels.record("c", "clean", "parcels", Interval.of(DAY), RunStatus.DONE, partitions=states))
    for number, champion in enumerate((1, 2)):
        parcels.promotions.write(
            number, kind=PromotionKind.PROMOTE, champion=ModelVersion(champion), why="",
            run_id=f"p{number}", evidence=versions_known((1, 2, 3)),
        )  # fmt: skip
        parcels.ledger.append(parcels.record(f"p{number}", "gate", "parcels", Interval.of(DAY), Action.PROMOTE))
    return replace(parcels, claimed="eva", why="outcomes look wrong")


def test_a_pause_stops_scoring_and_promotions_and_names_who_and_why(ctx: Context) -> None:
    assert missing_data(pause(ctx).sentence, "parcels", "eva") == []
    scored = score(ctx, Interval.of(DAY))
    assert (scored.exit_code, scored.status) == (3, "paused")
    assert missing_data(scored.sentence, "1 day", Interval.of(DAY), "parcels", "eva", "outcomes look wrong") == []
    with raises_code(VerdictFailed, "paused", "parcels", "eva", "outcomes look wrong"):
        promote(ctx, ModelVersion(1))
    assert missing_data(status_of(ctx)["paused"], "outcomes look wrong") == []


def test_a_day_of_which_nothing_is_published_is_a_mistake_and_no_score(ctx: Context) -> None:
    with raises_code(InputError, "not-published", "parcels", "2024-02-06"):
        score(ctx, Interval.of(date(2024, 2, 6)))


def test_a_paused_pipeline_can_be_rolled_back(ctx: Context) -> None:
    pause(ctx)
    assert rollback(ctx).numbers["champion"] == 1


def test_pausing_twice_keeps_the_first_word_and_resuming_lets_all_go_on(ctx: Context) -> None:
    pause(ctx)
    again = pause(replace(ctx, claimed="max", why="me too"))
    assert (again.status, missing_data(again.sentence, "eva")) == ("skipped", [])
    assert resume(replace(ctx, why="mended")).status == "done"
    assert paused(ctx) is None
    assert resume(ctx).status == "skipped"
    assert promote(ctx, ModelVersion(1)).numbers["champion"] == 1
    records = [(r.stage, r.claimed, r.why) for r in ctx.ledger.records() if r.stage in {"pause", "resume"}]
    assert records == [("pause", "eva", "outcomes look wrong"), ("resume", "eva", "mended")]


@pytest.mark.parametrize("act", [pause, resume])
def test_without_a_reason_nothing_is_paused_or_resumed(ctx: Context, act: Callable[[Context], StageOutcome]) -> None:
    with raises_code(InputError, "no-reason", "--reason"):
        act(replace(ctx, why=" "))
    assert Pauses(ctx.lake, "parcels").history() == []


def test_of_two_at_once_one_is_told_who_was_first(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = Pauses(ctx.lake, "parcels")

    def faster() -> str:
        monkeypatch.undo()
        pauses.write("pause", Actor("eva"), "first")
        return "2024-02-05T01:00:00Z"

    monkeypatch.setattr("assay.store.decisions.pauses.now_utc", faster)
    with raises_code(LostRace, "lost-race", "eva", "first"):
        pauses.write("pause", Actor("max"), "second")


def test_a_document_that_is_no_pause_is_an_infrastructure_error(ctx: Context) -> None:
    pauses = Pauses(ctx.lake, "parcels")
    pauses._sequence.create(1, {"format": "pause/1", "kind": "stop", "at": "", "who": "", "why": ""})
    with raises_code(InfrastructureError, "corrupt-file", "0000000001.json", "stop"):
        pauses.current()
