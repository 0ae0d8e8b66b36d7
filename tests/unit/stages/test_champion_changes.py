"""What each change of the champion turned out to be worth, by what the lake holds of both sides afterwards."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from assay.cli.main import invoke
from assay.core.decisions.champion_changes import (
    NEXT_DAYS,
    AlternativeSource,
    ChangeKind,
    ChangeWorth,
    shown_better,
    shown_worse,
)
from assay.core.decisions.looks.comparison import PairComparison
from assay.core.evaluation.jackknife import Insufficient
from assay.core.model_versions import ModelVersion
from assay.stages.evaluation.gate import gate
from assay.stages.promotion.override import override
from assay.stages.promotion.promote import by_hand, promote, rollback
from assay.stages.promotion.proposal import carry_out
from assay.stages.reporting.write_report import write_report
from assay.stages.reviews.champion_changes import champion_changes
from assay.stages.reviews.decision_review import (
    decision_review,
    decision_review_document,
    decision_review_sentences,
)
from assay.stages.reviews.hindsight import hindsight
from assay.store.decisions.promotions import PromotionKind
from flight_delays.story import changes_table

from .conftest import PARCELS
from .judged_pipeline import BETTER, FIRST, LEVEL, LUCKY, START, Loop, measured
from .lake_afterwards import Lake

NEXT = START + timedelta(days=28)
OLD, GOOD = f"old|{LEVEL}|{FIRST}", f"boosted|{BETTER}|{START}"
"""The digests of the first champion, and of a contender of START that is shown better."""


@pytest.fixture
def lake(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """Frozen versions have a short name here: the digests of this world are no names that a folder can have."""
    name = "assay.stages.reviews.champion_changes.frozen_recipe"
    monkeypatch.setattr(name, lambda _, version: f"version-{version}")
    return Lake(loop)


def known(worth: ChangeWorth) -> tuple[ChangeKind, int, int | None, str, AlternativeSource | None, int]:
    assert isinstance(worth.by_metric, PairComparison)
    change = worth.change
    return change.kind, change.chosen, change.before, worth.alternative, worth.source, worth.by_metric.evidence.days


def reason(worth: ChangeWorth) -> str:
    assert isinstance(worth.by_metric, Insufficient)
    assert isinstance(worth.by_loss, Insufficient)
    assert worth.source is None
    return worth.by_metric.reason


def test_a_recipe_that_was_shown_better_is_compared_with_the_folds_of_the_recipe_before(lake: Lake) -> None:
    lake.loop.training(START, BETTER)
    lake.served(2, START, 40)
    assert "version 1" in reason(lake.worths[0])
    lake.fold("old", OLD)
    [worth] = lake.worths
    assert known(worth) == (
        ChangeKind.SHOWN_BETTER, 2, 1, "the recipe of version 1", AlternativeSource.RECIPE, NEXT_DAYS
    )  # fmt: skip
    assert (shown_better(worth.by_metric), shown_worse(worth.by_metric)) == (True, False)
    assert isinstance(worth.by_loss, PairComparison)
    assert (worth.by_loss.metric, shown_better(worth.by_loss)) == ("log_loss", True)


def test_the_first_champion_is_compared_with_the_constant_of_its_training(lake: Lake) -> None:
    lake.served(1, START)
    lake.fold("constant", "constant|0|x")
    [worth] = champion_changes(lake.loop.ctx)
    assert known(worth) == (ChangeKind.BY_HAND, 1, None, "the constant", AlternativeSource.RECIPE, 28)
    assert shown_better(worth.by_metric)


def test_days_that_were_scored_before_the_change_do_not_judge_it(lake: Lake) -> None:
    lake.served(1, START - timedelta(days=3), 8)
    lake.loop.training(START, BETTER)
    lake.served(2, START - timedelta(days=3), 35)
    lake.fold("old", OLD, START, 35)
    [worth] = lake.worths
    assert isinstance(worth.by_metric, PairComparison)
    assert worth.by_metric.days == (START + timedelta(days=5), START + timedelta(days=31))


def test_a_refresh_is_compared_with_the_frozen_version_before_it_and_never_with_a_fold_of_its_own_recipe(
    lake: Lake,
) -> None:
    assert lake.loop.training(START, LEVEL, "old").status == "promote"
    lake.served(2, START)
    lake.fold("old", OLD)
    assert "version 1" in reason(lake.worths[0])
    lake.frozen_fold(1)
    [worth] = lake.worths
    assert known(worth) == (ChangeKind.REFRESH, 2, 1, "version 1", AlternativeSource.OWN, 28)
    assert worth.by_metric.evidence.estimate == 0  # type: ignore[union-attr]  # the two see the label alike


def test_a_refresh_after_a_refresh_is_compared_with_the_anchor_and_says_so(lake: Lake) -> None:
    lake.loop.training(START, LEVEL, "old")
    lake.served(2, START)
    lake.loop.training(NEXT, LEVEL, "old")
    lake.served(3, NEXT, digest="old|0.4|worse")
    assert "version 2" in reason(lake.worths[1])
    assert "the anchor (version 1)" in reason(lake.worths[1])
    lake.frozen_fold(1, NEXT)
    worth = lake.worths[1]
    assert known(worth) == (ChangeKind.REFRESH, 3, 2, "the anchor (version 1)", AlternativeSource.ANCHOR, 28)
    assert (shown_better(worth.by_metric), shown_worse(worth.by_metric)) == (False, True)


def test_a_rollback_is_compared_with_the_version_that_was_rolled_back(lake: Lake) -> None:
    lake.served(1, START - timedelta(days=28))
    lake.loop.training(START, BETTER)
    lake.served(2, START)
    lake.loop.ctx.why = "the depot reports odd scores"
    rollback(lake.loop.ctx)
    lake.served(1, NEXT)
    lake.fold("boosted", GOOD, NEXT)
    assert known(lake.worths[1]) == (
        ChangeKind.ROLLBACK, 1, 2, "the recipe of version 2", AlternativeSource.RECIPE, 28
    )  # fmt: skip
    assert shown_worse(lake.worths[1].by_metric), "the person was wrong"
    assert lake.worths[1].by_metric.days[0] == NEXT  # type: ignore[union-attr]


def test_a_rollback_to_a_version_that_served_no_day_is_not_known(lake: Lake) -> None:
    lake.loop.training(START, BETTER)
    lake.served(2, START)
    lake.loop.ctx.why = "the depot reports odd scores"
    rollback(lake.loop.ctx)
    assert "yet" in reason(lake.worths[1])
    promote(lake.loop.ctx, ModelVersion(2))
    lake.fold("boosted", GOOD, NEXT)
    assert "before the next change" in reason(lake.worths[1])
    assert lake.worths[2].change.kind is ChangeKind.BY_HAND


def test_days_of_an_earlier_service_of_the_same_version_do_not_judge_its_return(lake: Lake) -> None:
    lake.loop.training(START, BETTER)
    lake.served(2, START)
    lake.loop.ctx.why = "to try"
    promote(lake.loop.ctx, ModelVersion(1))
    lake.served(1, NEXT)
    promote(lake.loop.ctx, ModelVersion(2))
    lake.served(2, NEXT + timedelta(days=28))
    lake.fold("old", OLD, START, 84)
    first, back = lake.worths[0], lake.worths[2]
    assert [worth.by_metric.days[0] for worth in (first, back)] == [START, NEXT + timedelta(days=28)]  # type: ignore[union-attr]


def test_an_automatic_rollback_an_override_and_a_proposal_are_named_as_such(lake: Lake) -> None:
    lake.loop.training(START, LUCKY)
    lake.loop.ctx.why = "the depot moved"
    override(lake.loop.ctx, START, "boosted", datetime.now(UTC).date() + timedelta(days=9))
    by_hand(lake.loop.ctx, lake.loop.state, PromotionKind.ROLLBACK, ModelVersion(1), requested_by="m1")
    lake.loop.fitted(START + timedelta(days=1), BETTER, "forest")
    gate(lake.loop.ctx, START + timedelta(days=1), propose=True)
    carry_out(lake.loop.ctx, START + timedelta(days=1))
    assert [worth.change.kind for worth in lake.worths] == [
        ChangeKind.OVERRIDE,
        ChangeKind.AUTOMATIC_ROLLBACK,
        ChangeKind.SHOWN_BETTER,
    ]


def test_a_fold_that_was_changed_on_the_disk_leaves_the_worth_unknown(lake: Lake) -> None:
    lake.loop.training(START, BETTER)
    lake.served(2, START)
    lake.fold("old", OLD)
    lake.loop.ctx.profiles.write("outcomes", "parcels.old", f"f-old-{START}", {START: measured(1, "old|2.0|x")})
    assert "digest" in reason(lake.worths[0])


def test_the_review_counts_what_is_known_shown_worse_and_undecided(lake: Lake) -> None:
    lake.loop.training(START, LUCKY)
    lake.loop.training(START + timedelta(days=7), BETTER, "forest")
    lake.served(2, START + timedelta(days=7), digest="forest|0.3|worse")
    lake.fold("old", OLD, START, 56)
    review = decision_review(lake.loop.ctx, hindsight(lake.loop.ctx))
    document = decision_review_document(lake.loop.ctx, review)
    assert document["by_metric"] == {"known": 1, "shown_better": 0, "shown_worse": 1}
    assert document["by_loss"]["known"] == 1
    assert document["looks"]["count"] == 2
    assert document["looks"]["undecided"] == 1, "the lucky one; its pair is closed as no longer trained"
    assert document["closed_pairs"] == {"count": 1, "undecided": 1, "share": 1.0}
    [newest, first] = document["changes"]
    assert (newest["kind"], newest["chosen"], newest["before"], newest["why"]) == ("shown better", 2, 1, "")
    assert newest["by_metric"]["low"] < newest["by_metric"]["gain"] < newest["by_metric"]["high"] < 0
    assert newest["by_metric"]["days"] == 28
    assert (first["by_metric"], first["source"]) == (None, None)


def test_the_report_shows_every_change_and_its_json_has_the_same_numbers(
    lake: Lake, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.loop.training(START, BETTER)
    lake.served(2, START)
    lake.fold("old", OLD)
    written = write_report(lake.loop.ctx)
    page, html = written.report, written.path.read_text()
    assert "the recipe of version 1" in html
    assert "shown better" in html
    capsys.readouterr()
    monkeypatch.chdir(PARCELS)
    assert invoke(["report", "parcels", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["decisions"] == page.decisions
    assert document["hindsight"] == page.hindsight


def test_the_demo_ends_with_the_changes_the_numbers_shown_worse_and_the_undecided_shares(lake: Lake) -> None:
    lake.loop.training(START, BETTER)
    lake.served(2, START, digest="boosted|0.3|worse")
    lake.fold("old", OLD)
    output = StringIO()
    Console(file=output, width=250).print(changes_table(lake.loop.ctx))
    review = decision_review(lake.loop.ctx, hindsight(lake.loop.ctx))
    assert (review.by_metric.known, review.by_metric.worse) == (1, 1)
    for sentence in decision_review_sentences(lake.loop.ctx, review):
        assert sentence in output.getvalue()
