"""A small pipeline with nine scored days, a week and two days, and business sums in its spec."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, Verdict
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.store.ledger.run_documents import DAILY_SUMS, DAILY_VERDICTS
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...reported_lakes import PARCELS
from .served_world import NAME, World

FIRST = date(2024, 2, 1)
NEWEST = date(2024, 2, 9)
SUMS = {"risk": "sum(score * weight)", "heavy": "count_if(weight > 100)"}


def scores_of(day: date, rows: int) -> TableProfile:
    """A day whose scores are higher by a little each day."""
    values = np.clip(np.random.default_rng(day.toordinal()).beta(2, 5, rows) + day.day / 1_000, 0, 1)
    state = ColumnState(
        "number", rows, low=float(values.min()), high=float(values.max()), total=float(values.sum()),
        histogram=histogram_of(values, -12),
    )  # fmt: skip
    return TableProfile(rows, {"score": state})


def summarised(home: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Write the pipeline to a home, and return its context."""
    monkeypatch.setenv("ASSAY_HOME", str(home))
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.syspath_prepend(str(PARCELS))
    made = Context(load_pipeline(open_project(PARCELS), NAME))
    world = World(made)
    spec = made.pipeline.spec
    summary = spec.summary.model_copy(update={"sums": SUMS})
    object.__setattr__(made.pipeline, "spec", spec.model_copy(update={"summary": summary}))
    world.serves(world.trained(FIRST))
    for number in range(9):
        day = FIRST + timedelta(days=number)
        score(made, day, 100 + number)
    return made


def score(ctx: Context, day: date, rows: int, state: PartitionStatus = PartitionStatus.SCORED, run_id: str = "") -> str:
    run_id = run_id or f"score-{day}"
    ctx.profiles.write("features", NAME, run_id, {day: scores_of(day, rows)})
    ctx.runs.write(run_id, DAILY_SUMS, {day: {"risk": 2.5 * rows, "heavy": None}})
    partition = PartitionState(state, PartitionFingerprint(NAME, str(day), "", "", ""), {"rows": rows}, ModelVersion(1))
    ctx.ledger.append(
        ctx.record(run_id, "score", NAME, Interval.of(day), RunStatus.DONE, partitions={str(day): partition})
    )
    return run_id


def hold(ctx: Context, day: date) -> str:
    run_id = score(ctx, day, 7, PartitionStatus.HELD)
    verdict = Verdict(Status.FAIL, Action.HOLD, "7 rows, where 90 to 120 are usual.")
    ctx.runs.write(run_id, DAILY_VERDICTS, {day: verdict})
    return run_id
