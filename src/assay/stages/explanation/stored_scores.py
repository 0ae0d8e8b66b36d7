"""The stored scores of one key on one date: the one that is served, one that is held, and those that were replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from assay.core.explanation.key_values import KeyValue
from assay.core.model_versions import ModelVersion
from assay.errors import InfrastructureError
from assay.stages.explanation.keyed_rows import rows_with
from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import HELD_SCORES, SCORED
from assay.stages.scoring.served_scores import replaced_scores
from assay.store.delta.day_rows import read_day


class ScoreState(StrEnum):
    """The state of a stored score."""

    SERVED = "served"
    HELD = "held"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class StoredScore:
    """A score of the key as it is stored: by which version and run, and whether readers have it."""

    state: ScoreState
    score: float | None
    version: ModelVersion
    run_id: str
    scored_at: str


def stored_scores(ctx: Context, day: date, key: Mapping[str, KeyValue]) -> tuple[StoredScore, ...]:
    """Return the stored scores of a key: the served one first, then the held one, then replaced ones, newest first."""
    scores = [
        *_read(ctx, SCORED, day, key, ScoreState.SERVED),
        *_read(ctx, HELD_SCORES, day, key, ScoreState.HELD),
    ]
    for (version, run), days in sorted(replaced_scores(ctx).items(), reverse=True):
        if str(day) in days:
            matching = _read(ctx, SCORED, day, key, ScoreState.REPLACED, version)
            scores += [one for one in matching if one.run_id == run]
    return tuple(scores)


def _read(
    ctx: Context, kind: str, day: date, key: Mapping[str, KeyValue], state: ScoreState, version: int | None = None
) -> Iterator[StoredScore]:
    try:
        rows = read_day(ctx.folder(kind, ctx.pipeline.name), day, version)
    except InfrastructureError:
        if state is ScoreState.REPLACED:  # an old version may be gone by retention
            return
        raise
    for row in rows_with(rows, key).to_pylist() if rows is not None else ():
        yield StoredScore(state, row["score"], _version(row), str(row["run_id"]), row["scored_at"].isoformat())


def _version(row: Mapping[str, Any]) -> ModelVersion:
    return ModelVersion(int(row["model_version"]))
