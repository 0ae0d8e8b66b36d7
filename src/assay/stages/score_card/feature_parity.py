"""The features of a day as they were served, beside those of the same day as a later training built them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.stages.models.model_versions import version_entry
from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import CHAMPION_SCORE
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord

MOST_DAYS = 28
"""The newest common days that are compared."""

TOLERANCE = 1e-9
"""The part of the largest value times the rows by which two sums of a column may differ: the order of additions."""


@dataclass(frozen=True, slots=True)
class FeatureParity:
    """The days of which both paths built features, and the features that differ, each with the days."""

    days: tuple[date, ...]
    differ: Mapping[str, tuple[date, ...]]


def feature_parity(ctx: Context, training: RunRecord) -> FeatureParity:
    """Return the comparison of the newest days that were scored before a training and that the training built too.

    A day counts if its scores are of the training's code of features, and if no input of it was cleaned again between
    the scoring and the training. Profiles are compared: rows, nulls, NaN, sums and categories of each feature.

    Raises:
        InfrastructureError: A Profile is missing or corrupt.
    """
    built = _built(ctx, training)
    scored = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED)
    common = [day for day in scored if day in built and _comparable(ctx, training, day, scored[day])][-MOST_DAYS:]
    runs = {day: scored[day][0].measured_by for day in common}
    served = ctx.profiles.read_days("features", ctx.pipeline.name, runs)
    differ: dict[str, tuple[date, ...]] = {}
    for day in common:
        for name in different_columns(served[day], built[day]):
            differ[name] = (*differ.get(name, ()), day)
    return FeatureParity(tuple(common), differ)


def _built(ctx: Context, training: RunRecord) -> dict[date, TableProfile]:
    kept = ctx.profiles.read("reference", training.subject, training.run_id).values()
    return {day: profile for one in kept for day, profile in one.days.items()}


def _comparable(ctx: Context, training: RunRecord, day: date, entry: tuple[RunRecord, PartitionState]) -> bool:
    record, state = entry
    if record.number > training.number or state.version is None:
        return False
    details, made = training.details_as(TrainingDetails), version_entry(ctx, state.version)
    if (made.code, made.feature_section) != (details.code, details.feature_section):
        return False
    spec = ctx.pipeline.spec.features
    return not any(
        _cleaned_again(ctx, name, day - timedelta(days=spec.inputs.get(name, 0)), day, (record, training))
        for name in (spec.rows, *spec.inputs)
    )


def _cleaned_again(ctx: Context, name: str, first: date, last: date, between: tuple[RunRecord, RunRecord]) -> bool:
    """Return whether a day of a table was cleaned again between two runs; a day that came later is none of these."""
    scoring, training = between
    before: set[str] = set()
    for record in ctx.ledger.records("clean", name):
        days = {text for text in record.partitions if first <= date.fromisoformat(text) <= last}
        if record.number > training.number:
            break
        if record.number > scoring.number and days & before:
            return True
        before |= days
    return False


def different_columns(served: TableProfile, built: TableProfile) -> list[str]:
    """Return the features whose Profiles differ, of those that both have; all of them where the rows differ."""
    names = sorted((set(served.columns) & set(built.columns)) - {CHAMPION_SCORE})
    if served.rows != built.rows:
        return names
    return [name for name in names if not same_values(served.columns[name], built.columns[name])]


def same_values(one: ColumnState, other: ColumnState) -> bool:
    """Return whether two states of a column may be of the same values."""
    counts = [(s.kind, s.rows, s.nulls, s.nans, s.plus_inf, s.minus_inf, s.huge) for s in (one, other)]
    if counts[0] != counts[1]:
        return False
    if one.kind != "number":
        return one.categories == other.categories and one.other == other.other
    scale = max((abs(x) for x in (one.low, one.high, other.low, other.high) if x is not None), default=0.0)
    return math.isclose(float(one.total), float(other.total), rel_tol=TOLERANCE, abs_tol=TOLERANCE * scale * one.rows)
