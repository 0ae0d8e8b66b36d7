"""Two at once, in processes of their own: one wins and the other is told, or both do their part and nothing is lost."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from assay.core.model_versions import Evidence, ModelVersion
from assay.stages.promotion.aliases import align_aliases
from assay.stages.promotion.promote import known_versions
from assay.stages.scoring.score import score
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import ScoringDetails
from assay.store.users import Actor

from ..expect_errors import missing_data
from .commands import stopped
from .conftest import WEEK, Project
from .table_rows import rows_of

SOME, OTHERS = ("--from", "2024-02-01", "--to", "2024-02-04"), ("--from", "2024-02-04", "--to", "2024-02-08")


def second_version(project: Project) -> None:
    """Let the promotions know the champion's model under a second number too."""
    ctx = project.context(why="registered twice")
    state = ctx.promotions.current()
    assert state is not None
    one = ModelVersion(1)
    both = Evidence(dict.fromkeys((one, ModelVersion(2)), state.evidence.versions[one]))
    ctx.promotions.write(
        state.number, kind=PromotionKind.PROMOTE, champion=one, why="two versions",
        actor=Actor("tester"), run_id=state.run_id, evidence=both,
    )  # fmt: skip


def test_two_scorers_of_the_same_days_have_one_winner_and_of_other_days_both_commit(serving: Project) -> None:
    others = serving.start("score", "parcels", *OTHERS)
    with stopped(serving, "score", "parcels", *SOME, at="score:before-tasks") as first:
        second = serving.assay("score", "parcels", *SOME)
    assert second.returncode == 4, second.stdout + second.stderr
    assert missing_data(second.stderr, first.pid) == [], "it is told who is at it"
    assert missing_data(second.stderr, "predictions/parcels", "2024-02-01", "2024-02-03") == []
    for process in (first, others):
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, out + err
    written = rows_of_the_week(serving)
    days = Counter(row[0] for row in written)
    assert days == {str(day): 120 for day in WEEK}, "no row is lost"
    assert len({row[:2] for row in written}) == 7 * 120, "no key is doubled"
    again = serving.assay("score", "parcels", *SOME, "--json")
    assert again.returncode == 0
    assert [outcome["run_id"] for outcome in json.loads(again.stdout)["outcomes"]] == [None]
    assert rows_of_the_week(serving) == written
    assert len(serving.context().ledger.records("score")) == 3


def rows_of_the_week(project: Project) -> list[tuple[object, ...]]:
    return [row for row in rows_of(project, "predictions", "parcels") if str(row[0]) >= str(WEEK.start)]


def test_a_promotion_while_scoring_leaves_one_version_in_every_interval(own: Project) -> None:
    second_version(own)

    def promote_meanwhile(line: str) -> None:
        if line.startswith("scoring"):
            done = own.assay("promote", "parcels", "2", "--reason", "it cannot wait")
            assert done.returncode == 0, done.stderr

    score(own.context(progress=promote_meanwhile), WEEK)
    assert versions_of(own) == {1}, "the version that was resolved first scores to the end"
    known = known_versions(own.context().promotions.current())
    for record in own.context().ledger.records("score"):
        details = record.details_as(ScoringDetails)
        assert (details.version, details.digest) == (1, known[ModelVersion(1)].digest)
    assert score(own.context(), WEEK).run_id is None, "what was served stays what was served"
    score(own.context(force=True), WEEK)
    assert versions_of(own) == {2}


def versions_of(own: Project) -> set[int]:
    frame = own.context().spark.read.format("delta").load(f"file://{own.lake('predictions', 'parcels')}")
    return {row.model_version for row in frame.select("model_version").collect()}


PROMOTE = ("promote", "parcels", "1", "--reason", "the first one was better")
ROLLBACK = ("rollback", "parcels", "--reason", "odd scores since noon")


@pytest.mark.parametrize(("late", "quick"), [(PROMOTE, ROLLBACK), (ROLLBACK, PROMOTE)], ids=["promote", "rollback"])
def test_of_a_promotion_and_a_rollback_one_wins_and_the_other_is_told_who_did(
    own: Project, late: tuple[str, ...], quick: tuple[str, ...]
) -> None:
    second_version(own)
    done = own.assay("promote", "parcels", "2", "--reason", "the newest")
    assert done.returncode == 0, done.stderr
    before = len(own.context().promotions.history())
    with stopped(own, *late, at="promotion:before-promotion") as loser:
        winner = own.assay(*quick)
        assert winner.returncode == 0, winner.stderr
    _, stderr_text = loser.communicate(timeout=60)
    assert loser.returncode == 4, stderr_text
    assert f"because: {quick[-1]}" in stderr_text
    history = own.context().promotions.history()
    assert [promotion.kind for promotion in history[before:]] == [quick[0]]
    assert own.context().registry.aliases()["champion"] == 1


def test_an_alias_that_was_projected_late_is_mended_by_its_own_projector(
    own: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.models.mlflow import aliases

    ctx, real = own.context(), aliases.project_alias

    def overtaken(uri: str, model: str, champion: int | None) -> bool:
        state = ctx.promotions.current()
        if state is not None and state.kind != "rollback":
            ctx.promotions.write(
                state.number,
                kind=PromotionKind.ROLLBACK,
                champion=None,
                why="meanwhile",
                run_id="other",
            )
            real(uri, model, None)
        return real(uri, model, champion)

    monkeypatch.setattr(aliases, "project_alias", overtaken)
    assert align_aliases(ctx) == ""
    assert ctx.registry.aliases() == {}
