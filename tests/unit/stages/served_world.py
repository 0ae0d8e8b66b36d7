"""A pipeline's stores as a life of training, serving and monitoring leaves them, written without Spark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion, VersionEntry
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import ColumnState, DailyProfiles, TableProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.spec.schema.pipeline import LabelSpec
from assay.stages.planning.windows import windows_for
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import FoldReference
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...kept_models import a_contender, a_training, a_version, kept_fold

NAME = "parcels"


def labelled(positives: np.ndarray, negatives: np.ndarray, unlabelled: int = 0) -> OutcomeProfile:
    """The outcomes of a day from the scores of its positive and of its negative rows."""
    from assay.core.profiles.from_arrays import label_scores

    scores = np.clip(np.concatenate([positives, negatives]), 0, 1)
    measured = label_scores(scores, np.repeat([1, 0], [len(positives), len(negatives)]))
    return OutcomeProfile(replace(measured, unlabelled=unlabelled, sums={}))


@dataclass(slots=True)
class World:
    """What was stored so far. `label_delay` replaces the spec's; the day of a training identifies its version."""

    ctx: Context
    label_delay: int = 1

    def __post_init__(self) -> None:
        spec = self.ctx.pipeline.spec
        label = LabelSpec.model_validate(
            {
                "from": spec.label.from_,
                "name": spec.label.name,
                "when": spec.label.when,
                "label_delay": f"{self.label_delay} days",
            }
        )
        gate = spec.gate.model_copy(update={"slices": []})
        object.__setattr__(self.ctx.pipeline, "spec", spec.model_copy(update={"label": label, "gate": gate}))

    def trained(
        self,
        day: date,
        *,
        profile: TableProfile | None = None,
        reference: Mapping[date, TableProfile] | None = None,
        judged: OutcomeProfile | Callable[[date], OutcomeProfile] | None = None,
        **details: Any,
    ) -> VersionEntry:
        """A training of `day` with one contender, judged on each day of its folds; what the promotions know of it."""
        windows, run_id = windows_for(self.ctx.pipeline.spec, day, None), f"train-{day}"
        profile = profile or TableProfile(100, {"weight": ColumnState("number", rows=100)})
        self.ctx.profiles.write("training", NAME, run_id, {day: profile})
        kept = DailyProfiles({day - timedelta(days=1): profile} if reference is None else reference)
        self.ctx.profiles.write("reference", NAME, run_id, {day: kept})
        blocks, recipe = [fold.block for fold in windows.folds], f"recipe-{day}"
        folds: list[FoldReference] = []
        if judged is not None:
            for block in blocks:
                days = {one: judged(one) if callable(judged) else judged for one in block.dates()}
                folds.append(kept_fold(self.ctx, recipe, days, f"fold-{day}-{block.start}"))
        made: dict[str, Any] = {"recipe": recipe, "digest": f"digest-{day}"}
        contenders = {"constant": a_contender(**made, kind="constant", complexity=0), "boosted": a_contender(**made)}
        details = {"folds": {"constant": (), "boosted": tuple(folds)}, **details}
        made_by = a_training(windows.window, blocks, contenders=contenders, **details)
        states = {str(day): PartitionState(PartitionStatus.TRAINED, PartitionFingerprint(NAME, str(day), "", "", ""))}
        self.ctx.ledger.append(
            self.ctx.record(run_id, "train", NAME, Interval.of(day), RunStatus.DONE, partitions=states, details=made_by)
        )
        return a_version(**made, subject=NAME, training=run_id, judged_by=f"gate-{day}")

    def serves(self, champion: VersionEntry) -> None:
        """Version 1 serves."""
        evidence = Evidence({ModelVersion(1): champion})
        self.ctx.promotions.write(
            0, kind=PromotionKind.PROMOTE, champion=ModelVersion(1), why="", run_id="p0", evidence=evidence
        )
        self.ctx.ledger.append(self.ctx.record("p0", "gate", NAME, Interval.of(date(2024, 1, 1)), Action.PROMOTE))

    def scored(self, days: Mapping[date, TableProfile], *, version: int = 1) -> None:
        """Days that a version scored, with the Profiles of their features and scores."""
        run_id = f"score-{version}-{min(days)}"
        self.ctx.profiles.write("features", NAME, run_id, days)
        states = {
            str(day): PartitionState(
                PartitionStatus.SCORED,
                PartitionFingerprint(NAME, str(day), "", "", ""),
                {"rows": 100},
                ModelVersion(version),
            )
            for day in days
        }
        covered = Interval(min(days), max(days) + timedelta(days=1))
        self.ctx.ledger.append(self.ctx.record(run_id, "score", NAME, covered, RunStatus.DONE, partitions=states))

    def monitored(self, interval: Interval, score: Mapping[date, OutcomeProfile]) -> None:
        """A monitoring of an interval that measured these days of version 1."""
        run_id = f"monitor-{len(self.ctx.ledger.records())}"
        self.ctx.profiles.write("outcomes", f"{NAME}.score", run_id, score)
        states = {
            str(day): PartitionState(
                PartitionStatus.JUDGED, PartitionFingerprint(NAME, str(day), "", "", ""), {}, ModelVersion(1)
            )
            for day in score
        }
        self.ctx.ledger.append(self.ctx.record(run_id, "monitor", NAME, interval, Action.NONE, partitions=states))
