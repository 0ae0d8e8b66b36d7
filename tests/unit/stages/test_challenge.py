"""A challenge over many nights and trainings: it keeps its place, is left to people if the spec says so, and ends."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.cli.main import invoke
from assay.core.interval import Interval
from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from assay.errors import InputError, LostRace, VerdictFailed
from assay.spec.schema.operations import PromotionSpec
from assay.stages.evaluation.challenge import challenge
from assay.stages.evaluation.gate import gate
from assay.stages.evaluation.holdout import CHAMPION
from assay.stages.monitoring.status import status_of
from assay.stages.operations.run import run
from assay.stages.promotion.promote import promote, rollback
from assay.stages.promotion.proposal import carry_out, decline
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.promotions import Promotion
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, RunRecord

from ...expect_errors import missing_data

START = date(2024, 3, 4)
WEEK, NINETEEN = timedelta(days=7), timedelta(days=19)
FIRST = START - timedelta(days=60)
OLD = {"training": f"t{FIRST}-old", "subject": "parcels", "judged_by": "p0", "code": "c", "feature_section": {}}
"""By which training the versions of the beginning were made, long before the days that judge them."""

LEVEL, LUCKY, BETTER = "1.0", "1.02", "1.4"
"""How well a model sees the label: as the champion, so little better that it stays undecided, and shown better."""


@functools.cache
def measured(day: int, digest: str) -> OutcomeProfile:
    """What became of 300 rows of a day, scored by the model of that digest: its name and how well it sees the label."""
    name, strength = digest.split("|")
    world, own = np.random.default_rng(day), np.random.default_rng([day, *name.encode()])
    labels, noise = world.random(300) < 0.3, world.normal(0, 1, 300)
    power = float(strength) + (own.normal(0, 0.6) if strength in {LEVEL, LUCKY} else 0.0)
    scores = 1 / (1 + np.exp(-(power * (labels - 0.5) + noise)))
    if name == "constant":
        scores = np.full(300, 0.3)
    sides = []
    for side in (scores[labels], scores[~labels]):
        index, counts = np.unique(np.floor(side * 4096).astype(int), return_counts=True)
        sides.append(Histogram(SCORE_BIN_EXPONENT, dict(zip(index.tolist(), counts.tolist(), strict=True))))
    overall = LabelledScores(sides[0], sides[1])
    return OutcomeProfile(overall, {"depot": {"north": overall}})


def model(name: str, strength: str, recipe: str = "") -> dict[str, Any]:
    kind, complexity = ("constant", 0) if name == "constant" else ("candidate", 2)
    about = {"kind": kind, "complexity": complexity, "recipe": recipe or name, "digest": f"{name}|{strength}"}
    return {**about, "run_id": "mlflow", "name": name}


@dataclass
class Registry:
    """MLflow's numbers alone."""

    last: int = 1

    def register(self, run_id: str, *, description: str, tags: dict[str, str]) -> int:  # noqa: ARG002 - as the real one
        self.last += 1
        return self.last


@dataclass
class Loop:
    """A pipeline whose version 1 serves; trainings and nights are written down as the stages that need Spark would."""

    ctx: Context
    registry: Registry

    @property
    def state(self) -> Promotion:
        found = self.ctx.promotions.current()
        assert found is not None
        return found

    @property
    def roles(self) -> tuple[int | None, int | None]:
        return self.state.champion, self.state.challenger

    def trained(self, day: date, *contenders: dict[str, Any]) -> str:
        """A training as it stands in the ledger: its run."""
        run_id = f"t{day}-{contenders[-1]['name']}"
        details = {
            "window": [str(day - timedelta(days=35)), str(day - timedelta(days=21))],
            "holdout": [str(day - timedelta(days=21)), str(day)],
            "contenders": {one["name"]: one for one in contenders},
            "code": "c", "feature_section": {}, "parent": "p",
        }  # fmt: skip
        states = {str(day): PartitionState("trained", PartitionFingerprint("parcels", str(day), "", "", ""))}
        record = self.ctx.record(
            run_id, "train", "parcels", Interval.of(day), "done", partitions=states, details=details
        )
        self.ctx.ledger.append(record)
        return run_id

    def training(self, day: date, strength: str = LUCKY, name: str = "boosted") -> StageOutcome:
        """Train a contender on the day's data, and judge."""
        self.trained(day, model("constant", "0"), model(name, strength))
        return gate(self.ctx, day)

    def night(self, day: date) -> None:
        """Score the date with who serves and who challenges, and monitor it."""
        champion, challenger = self.roles
        versions = self.state.evidence["versions"]
        counts = {"score": champion or 0} | ({"shadow": challenger} if challenger else {})
        for role, version in counts.items():
            profile = {day: measured(day.toordinal(), versions[str(version)]["digest"])}
            self.ctx.profiles.write("outcomes", f"parcels.{role}", f"m{day}", profile)
        for stage, state, more in (("score", "scored", {"version": champion or 0}), ("monitor", "judged", counts)):
            partition = PartitionState(state, PartitionFingerprint("parcels", str(day), "", "", ""), more)
            self.ctx.ledger.append(
                # Of a week, so that the labels of its first day are complete when it ends.
                self.ctx.record(
                    f"{stage[0]}{day}",
                    stage,
                    "parcels",
                    Interval(day, day + WEEK),
                    "none",
                    partitions={str(day): partition},
                )
            )

    def nights(self, start: date, count: int) -> date:
        """That many nights; the first date after them."""
        for day in (start + timedelta(days=i) for i in range(count)):
            self.night(day)
        return start + timedelta(days=count)

    def proposed(self) -> tuple[date, str]:
        """A challenger that is shown better after 20 nights, left to people: the date and the run that proposes it."""
        self.challenged()
        after = self.nights(START, 20)
        outcome = challenge(self.ctx, after, propose=True)
        assert outcome.status == "propose", outcome.sentence
        assert outcome.run_id is not None
        return after, outcome.run_id

    def challenged(self, strength: str = BETTER) -> None:
        """Version 2 challenges version 1."""
        models = (model("old", LEVEL), model("boosted", strength), model("forest", BETTER))
        versions = {str(number): {**one, **OLD} for number, one in enumerate(models, start=1)}
        about = {"since": str(START), "looks": 0}
        self.ctx.promotions.write(
            1, kind="challenge", champion=1, challenger=2, why="", run_id="p0",
            evidence={"versions": versions, "challenge": about},
        )  # fmt: skip
        self.registry.last = 3

    def asks_people(self, **promotion: Any) -> None:
        spec = self.ctx.pipeline.spec
        asked = PromotionSpec.model_validate({"approval": "required", **promotion})
        object.__setattr__(self.ctx.pipeline, "spec", spec.model_copy(update={"promotion": asked}))


@pytest.fixture
def loop(parcels: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    found = Loop(parcels, Registry())
    monkeypatch.setattr(parcels, "_registry", found.registry)
    parcels.who = "eva"
    found.trained(FIRST, model("old", LEVEL))
    versions = {"1": {**model("old", LEVEL), **OLD}}
    parcels.promotions.write(0, kind="promote", champion=1, why="", run_id="p0", evidence={"versions": versions})
    parcels.ledger.append(parcels.record("p0", "gate", "parcels", Interval.of(START), "promote"))

    def measure(
        ctx: Context, training: RunRecord, champion: int | None, **_: Any
    ) -> dict[str, dict[date, OutcomeProfile]]:
        versions = (ctx.promotions.current() or found.state).evidence["versions"]
        digests = {name: about["digest"] for name, about in training.details["contenders"].items()}
        digests[CHAMPION] = versions[str(champion)]["digest"]
        first = date.fromisoformat(training.details["holdout"][0])
        # The same holdout for every training, so that each of them is as undecided as the one before.
        return {
            name: {first + timedelta(days=i): measured(400 + i, digest) for i in range(21)}
            for name, digest in digests.items()
        }

    monkeypatch.setattr("assay.stages.evaluation.gate.measure_models", measure)
    monkeypatch.setattr("assay.stages.evaluation.gate.record_evidence", lambda *_: None)
    monkeypatch.setattr("assay.stages.evaluation.gate.spark_failures", nullcontext)
    yield found


@pytest.mark.parametrize("every", [1, 7])
def test_a_standing_challenger_reaches_its_first_look_however_often_one_trains(loop: Loop, every: int) -> None:
    statuses, looks = [], []
    for i in range(56):
        day = START + timedelta(days=i)
        if i % every == 0:
            statuses.append(loop.training(day).status)
        loop.night(day)
        looks.append(challenge(loop.ctx).status)
        if loop.state.evidence.get("challenge", {}).get("looks"):
            break
    assert (statuses[0], set(statuses[1:])) == ("challenge", {"keep"})
    assert (looks.index("keep"), len(looks)) == (0, 20), "a look at 20 days, with the first night among them"
    assert loop.roles == (1, 2), "the first contender that was undecided"
    assert loop.state.evidence["challenge"]["days"] == 20


def test_an_undecided_contender_that_waits_is_no_version_and_its_verdict_says_who_challenges_since_when(
    loop: Loop,
) -> None:
    loop.training(START)
    outcome = loop.training(START + WEEK, name="forest")
    assert (outcome.status, outcome.exit_code) == ("keep", 0)
    assert missing_data(outcome.sentence, "forest", "version 2 (boosted)", START) == []
    record = loop.ctx.ledger.records("gate")[-1]
    assert (record.status, record.details["challenger"], record.details["promotion"]) == ("keep", None, None)
    assert sorted(loop.state.evidence["versions"]) == ["1", "2"]
    assert loop.state.number == 2


def test_a_challenge_goes_on_against_a_new_champion_of_another_recipe_with_its_age_and_no_look(loop: Loop) -> None:
    loop.training(START)
    after = loop.nights(START, 25)
    assert challenge(loop.ctx).status == "keep"
    assert loop.state.evidence["challenge"]["looks"] == 1
    assert loop.training(after, BETTER, "forest").status == "promote"
    assert loop.roles == (3, 2)
    assert loop.state.evidence["challenge"] == {"since": str(START), "from": str(after), "looks": 0}
    after = loop.nights(after, 19)
    assert challenge(loop.ctx).status == "keep"
    assert loop.state.evidence["challenge"]["looks"] == 0, "19 days of the new champion are no 44"
    loop.night(after)
    assert challenge(loop.ctx).status == "keep"
    assert loop.state.evidence["challenge"] == {
        "since": str(START),
        "from": str(after - NINETEEN),
        "looks": 1,
        "days": 20,
    }


def test_a_challenge_expires_by_its_own_age_whoever_became_champion_meanwhile(loop: Loop) -> None:
    expires = loop.ctx.pipeline.spec.gate.expires
    loop.challenged()
    loop.night(START + timedelta(days=expires - 2))
    assert loop.training(START + timedelta(days=expires - 1), BETTER, "forest").status == "promote"
    loop.night(START + timedelta(days=expires))
    assert challenge(loop.ctx).status == "expire"
    assert loop.roles == (4, None)


def test_a_promotion_of_the_challengers_own_recipe_ends_its_challenge(loop: Loop) -> None:
    loop.training(START)
    assert loop.training(START + WEEK, BETTER).status == "promote"
    assert (loop.roles, "challenge" in loop.state.evidence) == ((3, None), False)


def test_a_challenge_that_is_shown_better_is_promoted_at_once_where_no_person_is_to_be_asked(loop: Loop) -> None:
    loop.challenged()
    day = loop.nights(START, 20)
    assert challenge(loop.ctx, day).status == "promote"
    assert loop.roles == (2, None)


def test_with_approvals_a_challenge_proposes_and_promotes_nothing(loop: Loop) -> None:
    loop.asks_people()
    loop.challenged()
    day = loop.nights(START, 20)
    outcome = challenge(loop.ctx, day)
    assert (outcome.status, loop.roles, loop.state.number) == ("propose", (1, 2), 2)
    [record] = loop.ctx.ledger.records("challenge")
    assert (record.details["proposed"], record.counts["looks"]) == ({"against": 2}, 1)
    [waits] = status_of(loop.ctx)["waits"]
    assert (waits["by"], waits["run_id"], waits["date"]) == ("challenge", outcome.run_id, str(day))
    assert waits["promote"] == f"assay promote parcels --proposal {outcome.run_id} --reason '...'"


@pytest.mark.parametrize("later", [0, 1])
def test_while_a_proposal_waits_no_other_look_is_taken(loop: Loop, later: int) -> None:
    loop.asks_people()
    day, run_id = loop.proposed()
    loop.nights(day, 15)
    again = challenge(replace(loop.ctx, force=True), day + timedelta(days=later))
    assert (again.status, again.run_id) == (("propose", "waits")[later], run_id), "one question to one person"
    assert len(loop.ctx.ledger.records("challenge")) == 1


def test_a_promotion_that_no_person_has_to_approve_is_proposed_until_it_is_carried_out(loop: Loop) -> None:
    day, run_id = loop.proposed()
    later = challenge(loop.ctx, day + WEEK, propose=True)
    assert (later.status, later.run_id) == ("propose", run_id)
    assert carry_out(loop.ctx, run_id).numbers["champion"] == 2
    again = carry_out(loop.ctx, run_id)
    assert (missing_data(again.sentence, 3), loop.state.number) == ([], 3)
    assert (loop.roles, status_of(loop.ctx)["waits"]) == ((2, None), [])
    assert challenge(loop.ctx, day + WEEK, propose=True).status == "skipped"


def test_an_approval_of_a_challenge_needs_a_reason_that_stands_in_the_ledger(loop: Loop) -> None:
    loop.asks_people()
    day, run_id = loop.proposed()
    with pytest.raises(InputError) as refused:
        carry_out(loop.ctx, run_id)
    assert refused.value.code == "no-reason"
    carry_out(replace(loop.ctx, why="looked at the slices"), run_id)
    record = loop.ctx.ledger.records("promote")[-1]
    assert (record.who, record.why, record.start) == ("eva", "looked at the slices", day)
    assert record.details["judged_by"] == run_id


def test_a_challenge_whose_proposal_is_declined_is_over(loop: Loop) -> None:
    loop.asks_people()
    day, run_id = loop.proposed()
    decline(replace(loop.ctx, why="carnival"), run_id)
    assert (loop.roles, loop.state.kind, status_of(loop.ctx)["waits"]) == ((1, None), "expire", [])
    with pytest.raises(VerdictFailed) as late:
        carry_out(replace(loop.ctx, why="now"), run_id)
    assert late.value.code == "declined"
    assert decline(replace(loop.ctx, why="still"), run_id).status == "skipped"
    assert challenge(loop.ctx, day).status == "skipped"
    assert loop.training(day).status == "challenge", "its place is free"


def test_a_proposal_that_is_not_answered_in_time_is_declined_by_the_next_run(loop: Loop) -> None:
    loop.asks_people(expires="1 second")
    day, run_id = loop.proposed()
    old(loop, run_id)
    answered = challenge(loop.ctx, day + timedelta(days=1))
    assert (answered.status, loop.roles) == ("declined", (1, None))
    [record] = loop.ctx.ledger.records("promote")
    assert (record.status, missing_data(record.why, "2024-03-25 03:00")) == ("declined", [])


def old(loop: Loop, run_id: str) -> None:
    """Let the proposal be of long ago."""
    records = loop.ctx.ledger.records
    made = replace(loop.ctx.ledger.record(run_id), at="2024-03-25T03:00:00Z")

    def aged(*which: str) -> list[RunRecord]:
        return [made if record.run_id == run_id else record for record in records(*which)]

    object.__setattr__(loop.ctx.ledger, "records", aged)


@pytest.mark.parametrize("by", ["a person", "a gate"])
def test_a_proposal_has_lost_its_race_when_another_champion_came_and_the_challenge_goes_on(loop: Loop, by: str) -> None:
    day, run_id = loop.proposed()
    if by == "a person":
        promote(replace(loop.ctx, why="by hand"), 3)
    else:
        loop.training(day, BETTER, "forest")
    assert loop.roles == ({"a person": 3, "a gate": 4}[by], 2)
    with pytest.raises(LostRace) as lost:
        carry_out(loop.ctx, run_id)
    assert lost.value.code == "lost-race"
    assert status_of(loop.ctx)["waits"] == [], "no answer to it can count"
    assert challenge(loop.ctx, day).status == "keep"


def test_a_look_at_the_challenger_leaves_the_proposal_of_a_gate_to_be_carried_out(loop: Loop) -> None:
    loop.challenged(LUCKY)
    day = loop.nights(START, 20)
    loop.asks_people()
    assert loop.training(day, BETTER, "forest").status == "propose"
    assert challenge(loop.ctx, day).status == "keep"
    assert loop.state.number == 3, "a look was taken"
    carry_out(replace(loop.ctx, why="it is better"), day)
    assert loop.roles == (4, 2)


class Killed(BaseException):
    """As by SIGKILL: no handler of ours runs."""


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], Any]], None]:
    """Does something that is killed at a point."""

    def at(point: str, act: Callable[[], Any]) -> None:
        def reach(reached: str) -> None:
            if reached == point:
                raise Killed

        with monkeypatch.context() as patched:
            patched.setattr("assay.stages.promotion.promote.failpoint", reach)
            patched.setattr(Ledger, "append", _killing(reach, Ledger.append))
            with pytest.raises(Killed):
                act()

    return at


def _killing(
    reach: Callable[[str], None], append: Callable[[Ledger, RunRecord], RunRecord]
) -> Callable[..., RunRecord]:
    def appended(self: Ledger, record: RunRecord) -> RunRecord:
        reach("before-ledger")
        done = append(self, record)
        reach("after-ledger")
        return done

    return appended


@pytest.mark.parametrize("point", ["before-ledger", "after-ledger"])
def test_a_look_that_was_killed_is_spent_once(loop: Loop, kill: Callable[..., None], point: str) -> None:
    loop.challenged()
    day = loop.nights(START, 20)
    kill(point, lambda: challenge(loop.ctx, day, propose=True))
    again = challenge(loop.ctx, day, propose=True)
    [record] = loop.ctx.ledger.records("challenge")
    assert (again.status, again.run_id, record.counts["looks"]) == ("propose", record.run_id, 1)
    assert loop.state.number == 2


@pytest.mark.parametrize("answer", [carry_out, decline])
@pytest.mark.parametrize("point", ["promotion:before-promotion", "promotion:before-ledger", "promotion:before-alias"])
def test_an_answer_that_was_killed_is_given_once(
    loop: Loop, kill: Callable[..., None], point: str, answer: Callable[[Context, str], StageOutcome]
) -> None:
    _, run_id = loop.proposed()
    reasoned = replace(loop.ctx, why="looked at it")
    kill(point, lambda: answer(reasoned, run_id))
    answer(reasoned, run_id)
    [record] = loop.ctx.ledger.records("promote")
    assert (record.status, loop.roles) == {carry_out: ("done", (2, None)), decline: ("declined", (1, None))}[answer]
    assert loop.state.number == 3


def test_a_rollback_ends_the_challenge_and_what_it_proposed(loop: Loop) -> None:
    _, run_id = loop.proposed()
    promote(replace(loop.ctx, why="by hand"), 3)
    rollback(replace(loop.ctx, why="it drifts"))
    assert loop.roles == (1, None), "the very champion that it was judged against, but not without a gap"
    with pytest.raises(LostRace):
        carry_out(loop.ctx, run_id)


@pytest.mark.parametrize(("exit_code", "status"), [(0, "promote"), (3, "skipped")])
def test_a_run_whose_monitor_asks_for_a_downgrade_takes_no_look(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, exit_code: int, status: str
) -> None:
    loop.challenged()
    day = loop.nights(START, 20)
    said = StageOutcome("monitor", "parcels", None, "", exit_code=exit_code)
    monkeypatch.setattr("assay.stages.operations.training_steps.monitor", lambda *_: said)
    outcomes = run(loop.ctx, Interval.of(day), ["monitor", "challenge"])
    assert [outcome.status for outcome in outcomes] == ["done", status]


def test_a_run_that_proposes_nothing_cannot_be_carried_out(loop: Loop) -> None:
    loop.training(START)
    with pytest.raises(InputError) as wrong:
        carry_out(loop.ctx, f"t{START}-boosted")
    assert wrong.value.code == "no-proposal"
    with pytest.raises(InputError) as unknown:
        carry_out(loop.ctx, "20240304T000000-challenge-000000")
    assert unknown.value.code == "unknown-run"


def test_the_command_line_says_what_waits_and_takes_the_answer(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_PROJECT", str(Path(__file__).parents[2] / "projects" / "parcels"))
    day, run_id = loop.proposed()
    assert invoke(["status", "parcels"]) == 0
    command = f"assay promote parcels --proposal {run_id}"
    [waits] = [line for line in capsys.readouterr().out.splitlines() if command in line]
    assert missing_data(waits, day) == []
    assert invoke(["gate", "parcels", "--challenger", "--propose", "--date", str(day), "--json"]) == 0
    [outcome] = json.loads(capsys.readouterr().out)["outcomes"]
    assert (outcome["status"], outcome["run_id"]) == ("propose", run_id)
    assert invoke([*command.split()[1:], "--date", str(day)]) == 2, "two proposals"
    assert invoke(["decline", "parcels", "--reason", "carnival"]) == 2, "none"
    assert invoke(["decline", "parcels", "--proposal", run_id, "--reason", "carnival"]) == 0
    assert invoke(command.split()[1:]) == 3
    assert loop.roles == (1, None)
