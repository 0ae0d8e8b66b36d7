"""The lake of a judged pipeline after a change of the champion: what scoring, monitoring and later trainings leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from assay.core.decisions.champion_changes import ChangeWorth
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.stages.reviews.champion_changes import champion_changes
from assay.store.ledger.run_details import FoldDetails, MonitoringDetails
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...kept_models import kept_fold
from .judged_pipeline import FIRST, START, Loop, measured


@dataclass
class Lake:
    """A pipeline whose versions serve and are measured, and whose later trainings compute folds."""

    loop: Loop

    def served(self, version: int, first: date, days: int = 28, *, digest: str | None = None) -> None:
        """Some days that a version scored, and the monitoring that measured them once they were mature."""
        ctx, dates = self.loop.ctx, [first + timedelta(days=n) for n in range(days)]
        model = digest or self.loop.state.evidence.versions[ModelVersion(version)].digest
        run_id, whole = f"s{len(ctx.ledger.records())}", Interval(first, first + timedelta(days=days))
        states = {
            str(day): PartitionState(
                PartitionStatus.SCORED,
                PartitionFingerprint("parcels", str(day), "", "", ""),
                {"rows": 300},
                ModelVersion(version),
            )
            for day in dates
        }
        ctx.ledger.append(ctx.record(run_id, "score", "parcels", whole, RunStatus.DONE, partitions=states))
        outcomes = {day: measured(day.toordinal(), model) for day in dates}
        ctx.profiles.write("outcomes", "parcels.score", f"m{run_id}", outcomes)
        judged = {
            str(day): PartitionState(
                PartitionStatus.JUDGED,
                PartitionFingerprint("parcels", str(day), run_id, "", ""),
                {},
                ModelVersion(version),
            )
            for day in dates
        }
        later = Interval(first, whole.end + timedelta(days=7))
        details = MonitoringDetails(version=ModelVersion(version), drifted=())
        ctx.ledger.append(
            ctx.record(f"m{run_id}", "monitor", "parcels", later, Action.NONE, partitions=judged, details=details)
        )

    def fold(self, recipe: str, digest: str, first: date = START, days: int = 28) -> None:
        """A fold that a later training computed."""
        ctx, block = self.loop.ctx, Interval(first, first + timedelta(days=days))
        run_id = f"f-{recipe}-{first}"
        reference = kept_fold(ctx, recipe, {day: measured(day.toordinal(), digest) for day in block.dates()}, run_id)
        details = FoldDetails(
            block=block,
            window=Interval(FIRST, first),
            known_on=block.end,
            inputs="i",
            outcomes={recipe: reference.digest},
            names={recipe: recipe},
        )
        ctx.ledger.append(ctx.record(run_id, "fold", "parcels", block, RunStatus.DONE, details=details))

    def frozen_fold(self, version: int, first: date = START) -> None:
        """The scores of a frozen version on a block that it did not serve, as a training computes them of an anchor."""
        self.fold(f"version-{version}", self.loop.state.evidence.versions[ModelVersion(version)].digest, first)

    @property
    def worths(self) -> list[ChangeWorth]:
        """The worth of each change but the first, oldest first."""
        return champion_changes(self.loop.ctx)[-2::-1]
