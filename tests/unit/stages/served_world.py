"""A pipeline's stores as a life of training, serving and monitoring leaves them, written without Spark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.spec.schema.pipeline import LabelSpec
from assay.stages.planning.windows import windows_for
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState

NAME = "parcels"


def labelled(positives: np.ndarray, negatives: np.ndarray, unlabelled: int = 0) -> OutcomeProfile:
    """The outcomes of a day from the scores of its positive and of its negative rows."""
    from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram

    sides = []
    for scores in (positives, negatives):
        bins, counts = np.unique(np.clip(np.floor(scores * 4096), 0, 4095).astype(int), return_counts=True)
        sides.append(Histogram(SCORE_BIN_EXPONENT, dict(zip(bins.tolist(), counts.tolist(), strict=True))))
    return OutcomeProfile(LabelledScores(sides[0], sides[1], unlabelled))


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
        holdout: OutcomeProfile | None = None,
        **details: Any,
    ) -> dict[str, Any]:
        """A training of `day` with one contender that was judged on its holdout; what the promotions know of it."""
        windows, run_id = windows_for(self.ctx.pipeline.spec, day), f"train-{day}"
        profile = profile or TableProfile(100, {"weight": ColumnState("number", rows=100)})
        self.ctx.profiles.write("training", NAME, run_id, {day: profile})
        if holdout is not None:
            judged = dict.fromkeys(windows.holdout.dates(), holdout)
            self.ctx.profiles.write("outcomes", f"{NAME}.boosted", f"gate-{day}", judged)
        about = {"kind": "candidate", "complexity": 2, "recipe": f"recipe-{day}", "digest": f"digest-{day}"}
        details = {
            "window": [str(windows.window.start), str(windows.window.end)],
            "holdout": [str(windows.holdout.start), str(windows.holdout.end)],
            "contenders": {"constant": {**about, "kind": "constant", "complexity": 0}, "boosted": about},
            "code": "c",
            "feature_section": {},
            **details,
        }
        states = {str(day): PartitionState("trained", PartitionFingerprint(NAME, str(day), "", "", ""))}
        self.ctx.ledger.append(
            self.ctx.record(run_id, "train", NAME, Interval.of(day), "done", partitions=states, details=details)
        )
        return {**about, "name": "boosted", "subject": NAME, "training": run_id, "judged_by": f"gate-{day}"}

    def roles(
        self, champion: Mapping[str, Any], challenger: Mapping[str, Any] | None = None, *, since: date | None = None
    ) -> None:
        """Version 1 serves, and version 2 challenges it since a day."""
        versions = {"1": champion} | ({"2": challenger} if challenger else {})
        evidence: dict[str, Any] = {"versions": versions}
        if challenger:
            evidence["challenge"] = {"since": str(since), "looks": 0}
        self.ctx.promotions.write(
            0,
            kind="promote",
            champion=1,
            challenger=2 if challenger else None,
            why="",
            run_id="p0",
            evidence=evidence,
        )
        self.ctx.ledger.append(self.ctx.record("p0", "gate", NAME, Interval.of(since or date(2024, 1, 1)), "promote"))

    def scored(self, days: Mapping[date, TableProfile], *, version: int = 1) -> None:
        """Days that a version scored, with the Profiles of their features and scores."""
        run_id = f"score-{version}-{min(days)}"
        self.ctx.profiles.write("features", NAME, run_id, days)
        states = {
            str(day): PartitionState(
                "scored", PartitionFingerprint(NAME, str(day), "", "", ""), {"version": version, "rows": 100}
            )
            for day in days
        }
        covered = Interval(min(days), max(days) + timedelta(days=1))
        self.ctx.ledger.append(self.ctx.record(run_id, "score", NAME, covered, "done", partitions=states))

    def monitored(
        self,
        interval: Interval,
        score: Mapping[date, OutcomeProfile],
        shadow: Mapping[date, OutcomeProfile] | None = None,
    ) -> None:
        """A monitoring of an interval that measured these days of version 1, and of version 2 in its shadow."""
        run_id = f"monitor-{len(self.ctx.ledger.records())}"
        self.ctx.profiles.write("outcomes", f"{NAME}.score", run_id, score)
        counts: dict[str, int] = {"score": 1}
        if shadow:
            self.ctx.profiles.write("outcomes", f"{NAME}.shadow", run_id, shadow)
            counts["shadow"] = 2
        states = {
            str(day): PartitionState("judged", PartitionFingerprint(NAME, str(day), "", "", ""), counts)
            for day in score
        }
        self.ctx.ledger.append(self.ctx.record(run_id, "monitor", NAME, interval, "none", partitions=states))
