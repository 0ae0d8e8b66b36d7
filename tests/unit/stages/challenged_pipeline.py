"""A pipeline whose champion is challenged, written down as the stages that need Spark would leave it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ChallengeState, Evidence, ModelVersion, ScoreRole
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.spec.schema.operations import PromotionSpec
from assay.stages.evaluation.challenge import challenge
from assay.stages.evaluation.gate import gate
from assay.stages.evaluation.judged_folds import CHAMPION
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.ledger.promotions import Promotion, PromotionKind
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, RunRecord

from ...kept_models import a_contender, a_training, a_version

START = date(2024, 3, 4)
WEEK, NINETEEN = timedelta(days=7), timedelta(days=19)
FIRST = START - timedelta(days=60)
OLD = {"training": f"t{FIRST}-old", "judged_by": "p0"}
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
    overall = label_scores(scores, labels)
    return OutcomeProfile(overall, {"depot": {"north": overall}})


def model(name: str, strength: str, recipe: str = "") -> dict[str, Any]:
    kind, complexity = ("constant", 0) if name == "constant" else ("candidate", 2)
    return {"kind": kind, "complexity": complexity, "recipe": recipe or name, "digest": f"{name}|{strength}"}


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
        promotion = self.ctx.promotions.current()
        assert promotion is not None
        return promotion

    @property
    def roles(self) -> tuple[ModelVersion | None, ModelVersion | None]:
        return self.state.champion, self.state.challenger

    def trained(self, day: date, **contenders: dict[str, Any]) -> str:
        """A training as it stands in the ledger: its run."""
        run_id = f"t{day}-{[*contenders][-1]}"
        entries = {name: a_contender(**fields) for name, fields in contenders.items()}
        details = a_training(Interval(day - timedelta(days=35), day), contenders=entries)
        states = {
            str(day): PartitionState(PartitionStatus.TRAINED, PartitionFingerprint("parcels", str(day), "", "", ""))
        }
        record = self.ctx.record(
            run_id, "train", "parcels", Interval.of(day), RunStatus.DONE, partitions=states, details=details
        )
        self.ctx.ledger.append(record)
        return run_id

    def training(self, day: date, strength: str = LUCKY, name: str = "boosted") -> StageOutcome:
        """Train a contender on the day's data, and judge."""
        self.trained(day, constant=model("constant", "0"), **{name: model(name, strength)})
        return gate(self.ctx, day)

    def night(self, day: date) -> None:
        """Score the date with who serves and who challenges, and monitor it."""
        champion, challenger = self.roles
        assert champion is not None
        versions = {ScoreRole.SERVED: champion} | ({ScoreRole.SHADOW: challenger} if challenger else {})
        for role, version in versions.items():
            profile = {day: measured(day.toordinal(), self.state.evidence.versions[version].digest)}
            self.ctx.profiles.write("outcomes", f"parcels.{role}", f"m{day}", profile)
        for stage, state in (("score", "scored"), ("monitor", "judged")):
            partition = PartitionState(
                PartitionStatus(state), PartitionFingerprint("parcels", str(day), "", "", ""), {}, versions
            )
            self.ctx.ledger.append(
                # Of a week, so that the labels of its first day are complete when it ends.
                self.ctx.record(
                    f"{stage[0]}{day}",
                    stage,
                    "parcels",
                    Interval(day, day + WEEK),
                    Action.NONE,
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
        models = {"old": LEVEL, "boosted": strength, "forest": BETTER}
        versions = {
            ModelVersion(number): a_version(name=name, **model(name, level), **OLD)
            for number, (name, level) in enumerate(models.items(), start=1)
        }
        self.ctx.promotions.write(
            1, kind=PromotionKind.CHALLENGE, champion=ModelVersion(1), challenger=ModelVersion(2), why="", run_id="p0",
            evidence=Evidence(versions, ChallengeState(START)),
        )  # fmt: skip
        self.registry.last = 3

    def asks_people(self, **promotion: Any) -> None:
        spec = self.ctx.pipeline.spec
        promotion_spec = PromotionSpec.model_validate({"approval": "required", **promotion})
        object.__setattr__(self.ctx.pipeline, "spec", spec.model_copy(update={"promotion": promotion_spec}))


def prepare_loop(parcels: Context, monkeypatch: pytest.MonkeyPatch) -> Loop:
    """A pipeline whose version 1 serves, and a gate that draws the outcomes which Spark would measure."""
    prepared = Loop(parcels, Registry())
    monkeypatch.setattr(parcels, "_registry", prepared.registry)
    parcels.claimed = "eva"
    spec = parcels.pipeline.spec
    narrow = spec.gate.model_copy(update={"margin": 0.01})  # by which the strengths above were chosen
    object.__setattr__(parcels.pipeline, "spec", spec.model_copy(update={"gate": narrow}))
    prepared.trained(FIRST, old=model("old", LEVEL))
    evidence, one = Evidence({ModelVersion(1): a_version(name="old", **model("old", LEVEL), **OLD)}), ModelVersion(1)
    parcels.promotions.write(0, kind=PromotionKind.PROMOTE, champion=one, why="", run_id="p0", evidence=evidence)
    parcels.ledger.append(parcels.record("p0", "gate", "parcels", Interval.of(START), Action.PROMOTE))

    def judged_folds(
        ctx: Context, training: RunRecord, champion: ModelVersion | None
    ) -> dict[str, dict[date, OutcomeProfile]]:
        details = training.details_as(TrainingDetails)
        digests = {name: entry.digest for name, entry in details.contenders.items()}
        assert champion is not None
        digests[CHAMPION] = (ctx.promotions.current() or prepared.state).evidence.versions[champion].digest
        first = START - timedelta(days=21)
        # The same folds for every training, so that each of them is as undecided as the one before.
        return {
            name: {first + timedelta(days=i): measured(400 + i, digest) for i in range(21)}
            for name, digest in digests.items()
        }

    monkeypatch.setattr("assay.stages.evaluation.gate.track_records", judged_folds)
    monkeypatch.setattr("assay.stages.evaluation.gate.record_evidence", lambda *_: None)
    return prepared
