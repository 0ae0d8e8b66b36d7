"""A pipeline with a champion whose trainings are judged, written down as the stages that need Spark would leave it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from assay.core.evaluation.fold_grid import blocks_before
from assay.core.interval import Interval
from assay.core.model_versions import ContenderEntry, Evidence, ModelVersion
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.spec.schema.operations import PromotionSpec
from assay.stages.evaluation.gate import gate
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.decisions.promotions import Promotion, PromotionKind
from assay.store.ledger.run_details import FoldReference
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...kept_models import a_contender, a_training, a_version, kept_fold

START = date(2024, 3, 4)
WEEK = timedelta(days=7)
FIRST = START - timedelta(days=60)
OLD = {"training": f"t{FIRST}-old", "judged_by": "p0"}
"""By which training the first version was made, long before the days that judge it."""

LEVEL, LUCKY, BETTER = "1.0", "1.02", "1.8"
"""How well a model sees the label: as the champion, so little better that it stays undecided, and shown better."""

FICKLE = (0.8, -0.6)
"""What a lucky model gains on one day, and loses again on the next."""


@functools.cache
def measured(day: int, digest: str) -> OutcomeProfile:
    """What became of 300 rows of a day, scored by the model of that digest: its name and how well it sees the label."""
    name, strength, *_ = digest.split("|")
    world = np.random.default_rng(day)
    labels, noise = world.random(300) < 0.3, world.normal(0, 1, 300)
    power = float(strength) + (FICKLE[day % 2] if strength == LUCKY else 0.0)
    seen = power * (labels - 0.5) + noise
    scores = 1 / (1 + np.exp(0.85 - power * seen))  # the posterior probability, so that its log loss is a good one's
    if name == "constant":
        scores = np.full(300, 0.3)
    overall = label_scores(scores, labels)
    return OutcomeProfile(overall, {"depot": {"north": overall}})


def model(name: str, strength: str, day: date = FIRST) -> dict[str, Any]:
    """A model that was fitted on a day: the name is its recipe, and every fit has a digest of its own."""
    kind, complexity = ("constant", 0) if name == "constant" else ("candidate", 2)
    return {"kind": kind, "complexity": complexity, "recipe": name, "digest": f"{name}|{strength}|{day}"}


def fold(ctx: Context, entry: ContenderEntry, blocks: Sequence[Interval], run_id: str) -> FoldReference:
    """Outcomes of a recipe on the blocks and on older days too: an open pair is compared on all its days."""
    dates = Interval(min(blocks).start - timedelta(days=70), max(blocks).end).dates()
    days = {day: measured(day.toordinal(), entry.digest) for day in dates}
    return kept_fold(ctx, entry.recipe, days, run_id)


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
    folds: int = 3

    @property
    def state(self) -> Promotion:
        promotion = self.ctx.promotions.current()
        assert promotion is not None
        return promotion

    @property
    def champion(self) -> ModelVersion | None:
        return self.state.champion

    def trained(self, day: date, **contenders: dict[str, Any]) -> str:
        """A training as it stands in the ledger: its run."""
        run_id = f"t{day}-{[*contenders][-1]}"
        entries = {name: a_contender(**fields) for name, fields in contenders.items()}
        newest = blocks_before(day, days=7, count=3)
        folds = {name: (fold(self.ctx, entry, newest, run_id),) for name, entry in entries.items()}
        window = Interval(day - timedelta(days=35), day)
        details = a_training(window, newest[: self.folds], contenders=entries, folds=folds)
        states = {
            str(day): PartitionState(PartitionStatus.TRAINED, PartitionFingerprint("parcels", str(day), "", "", ""))
        }
        record = self.ctx.record(
            run_id, "train", "parcels", Interval.of(day), RunStatus.DONE, partitions=states, details=details
        )
        self.ctx.ledger.append(record)
        return run_id

    def fitted(self, day: date, strength: str = LUCKY, name: str = "boosted") -> str:
        """A training of the constant and one contender: its run."""
        return self.trained(day, constant=model("constant", "0"), **{name: model(name, strength, day)})

    def training(self, day: date, strength: str = LUCKY, name: str = "boosted") -> StageOutcome:
        """Train a contender on the day's data, and judge."""
        self.fitted(day, strength, name)
        return gate(self.ctx, day)

    def proposed(self, strength: str = BETTER) -> tuple[date, str]:
        """A contender that is shown better, left to people: the date and the run that proposes it."""
        self.fitted(START, strength)
        outcome = gate(self.ctx, START, propose=True)
        assert outcome.status == "propose", outcome.sentence
        assert outcome.run_id is not None
        return START, outcome.run_id

    def another_version(self) -> ModelVersion:
        """Version 2, that the promotions know and that never served."""
        versions = {
            **self.state.evidence.versions,
            ModelVersion(2): a_version(name="forest", **model("forest", BETTER)),
        }
        self.ctx.promotions.write(
            1, kind=PromotionKind.PROMOTE, champion=ModelVersion(1), why="", run_id="p1", evidence=Evidence(versions)
        )
        self.ctx.ledger.append(self.ctx.record("p1", "promote", "parcels", Interval.of(START), Action.PROMOTE))
        return ModelVersion(2)

    def asks_people(self, **promotion: Any) -> None:
        spec = self.ctx.pipeline.spec
        promotion_spec = PromotionSpec.model_validate({"approval": "required", **promotion})
        object.__setattr__(self.ctx.pipeline, "spec", spec.model_copy(update={"promotion": promotion_spec}))


def prepare_loop(parcels: Context, monkeypatch: pytest.MonkeyPatch) -> Loop:
    """A pipeline whose version 1 serves, and a gate that draws the outcomes which Spark would measure."""
    prepared = Loop(parcels, Registry())
    monkeypatch.setattr(parcels, "_registry", prepared.registry)
    parcels.claimed = "eva"
    prepared.trained(FIRST, constant=model("constant", "0"), old=model("old", LEVEL))
    evidence, one = Evidence({ModelVersion(1): a_version(name="old", **model("old", LEVEL), **OLD)}), ModelVersion(1)
    parcels.promotions.write(0, kind=PromotionKind.PROMOTE, champion=one, why="", run_id="p0", evidence=evidence)
    parcels.ledger.append(parcels.record("p0", "gate", "parcels", Interval.of(START), Action.PROMOTE))

    def champion_folds(
        ctx: Context, version: ModelVersion, day: date, blocks: Sequence[Interval]
    ) -> tuple[FoldReference, ...]:
        entry = (ctx.promotions.current() or prepared.state).evidence.versions[version]
        return (fold(ctx, entry, blocks, f"c{day}-{version}"),)

    monkeypatch.setattr("assay.stages.evaluation.judged_folds.champion_folds", champion_folds)
    monkeypatch.setattr("assay.stages.evaluation.gate.record_evidence", lambda *_: None)
    return prepared
