"""A project of two pipelines with a week of nights in each ledger, for the commands that show them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.run_status import Ending, RunStatus
from assay.core.verdict import Action, VerdictSummary
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.footprint import RunUse
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus
from assay.store.users import Actor

from ...kept_models import versions_known

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
FIRST = date(2024, 1, 1)
NIGHTS = 7
SENTENCE = (
    "The served scores keep their promise: the log loss of 0.512 lies between 0.489 and 0.531, as the folds promised, "
    "on 7 mature days with 840 labels."
)
WHY = "better on the new depot, and steadier in the three weeks since its first look at the folds of the winter"
HELD = FIRST + timedelta(days=5)
SECONDS = {"land": 0.5, "clean": 10.0, "score": 8.0, "monitor": 6.0}


@dataclass(frozen=True, slots=True)
class TwoPipelines:
    """The pipelines letters and parcels: parcels ran last, has two versions, and a day of it is held."""

    root: Path
    home: Path

    def context(self, name: str) -> Context:
        return Context(load_pipeline(open_project(self.root), name), claimed="eva")

    def live(self, name: str, hour: int) -> None:
        """Let a week of nights pass, each at an hour of the clock."""
        ctx = self.context(name)
        for night in range(NIGHTS):
            day = FIRST + timedelta(days=night)
            at = f"2024-01-{night + 2:02d}T{hour:02d}"
            held = name == "parcels" and day == HELD
            self._record(ctx, "land", "parcels", day, "landed", RunStatus.DONE, f"{at}:00:00Z")
            status = RunStatus.HELD if held else RunStatus.DONE
            self._record(ctx, "clean", "parcels", day, "held" if held else "published", status, f"{at}:01:00Z")
            self._record(ctx, "score", name, day, "scored", RunStatus.DONE, f"{at}:02:00Z")
            self._record(ctx, "monitor", name, day, "judged", Action.LOOK, f"{at}:03:00Z")

    def promote(self, name: str, *versions: int) -> None:
        ctx = self.context(name)
        for number, version in enumerate(versions):
            ctx.promotions.write(
                number, kind=PromotionKind.PROMOTE, champion=ModelVersion(version), actor=Actor("eva"), why=WHY,
                run_id=f"p{number}", evidence=versions_known(versions),
            )  # fmt: skip

    @staticmethod
    def _record(ctx: Context, stage: str, subject: str, day: date, state: str, status: Ending, at: str) -> None:
        where = PartitionFingerprint(subject, str(day), "", "", "")
        counts = {"in": 9, "out": 9, "quarantined": 0, "dropped": 0, "rows": 9}
        extra: dict[str, Any] = {}
        if stage == "monitor":
            verdict = VerdictSummary(Status.WARN, Action.LOOK, SENTENCE)
            extra = {"verdict": verdict, "details": MonitoringDetails(version=ModelVersion(1), drifted=())}
        run_id = f"{at.replace('-', '').replace(':', '')[:-1]}-{stage}-{day:%y%m%d}"
        partitions = {str(day): PartitionState(PartitionStatus(state), where, counts, ModelVersion(1))}
        record = ctx.record(run_id, stage, subject, Interval.of(day), status, partitions=partitions, **extra)
        ctx.ledger.append(replace(record, at=at, use=RunUse(SECONDS[stage], rows=1_200)))


def two_pipelines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TwoPipelines:
    """Make the project and let it live; the variables of the environment name it."""
    root, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__"))
    home.mkdir()
    folder = root / "conf" / "pipelines"
    other = (folder / "parcels.yaml").read_text().replace("pipeline: parcels", "pipeline: letters", 1)
    (folder / "letters.yaml").write_text(other)
    for name, value in (("PROJECT", root), ("HOME", home), ("USER", "eva")):
        monkeypatch.setenv(f"ASSAY_{name}", str(value))
    monkeypatch.syspath_prepend(str(root))
    made = TwoPipelines(root, home)
    made.live("letters", hour=1)
    made.live("parcels", hour=3)
    made.promote("letters", 1)
    made.promote("parcels", 1, 2)
    return made
