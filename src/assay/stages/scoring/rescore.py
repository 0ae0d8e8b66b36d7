"""rescore: the champion scores again what another version had scored, from the tables as they were read then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assay.core.interval import Interval, days_in_words
from assay.core.model_versions import ModelVersion
from assay.core.operations.retention import partition_of
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.errors import InputError
from assay.spec.schema.pipeline import FeaturesSpec
from assay.stages.models.isolated_code import run_with_model_code
from assay.stages.models.model_versions import Model, version_entry, version_model
from assay.stages.promotion.aliases import repair_aliases
from assay.stages.promotion.pause import paused
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.scoring.batch import CHAMPION_SCORE, SCORED, Batch
from assay.stages.scoring.blast_radius import held_by, scored_by
from assay.stages.scoring.predictions import write_predictions
from assay.stages.tables.recover import recover
from assay.store.delta.log import table_version
from assay.store.delta.table_files import DeltaFiles
from assay.store.filesystem.storage_path import StoragePath
from assay.store.ledger.run_details import ScoringDetails, TableRead
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, RunRecord, new_run_id
from assay.store.locks.locks import hold

Versions = tuple[tuple[str, int], ...]
"""The version of each table that a scoring reads, sorted by table: dates with equal ones are scored in one scan."""


@dataclass(frozen=True, slots=True)
class Repair:
    """The dates to score again, by the versions of the tables to read; `lost` are dates with a read version gone."""

    batches: Mapping[Versions, Mapping[date, PartitionFingerprint]]
    lost: tuple[date, ...]


def rescore(ctx: Context, version: ModelVersion) -> list[StageOutcome]:
    """Score again, with the champion, every date whose scores, served or held, are `version`'s; return the outcomes.

    The tables are read as the first scoring read them. Where a partition has not changed since, that is the newest
    version, so that one scan serves many dates. What had been served stays readable by its run. A date is repaired when
    its run is in the ledger: after a kill the same call goes on with the others.

    Raises:
        InputError: The ledger does not know the version, there is no champion, or the champion is the version itself.
    """
    name = ctx.pipeline.name
    version_entry(ctx, version)
    state = ctx.promotions.current()
    if state is None or state.champion is None or state.champion == version:
        raise InputError(
            f"version {version} is the champion of {name}, so no other version can score in its place",
            code="still-champion",
            hint=f"'assay rollback {name} --reason ...' first",
        )
    affected = _scores_of(ctx, version, state.champion)
    if not affected:
        sentence = f"no date is left that has the scores of version {version}"
        return [_with_unrepaired(ctx, StageOutcome("score", name, None, sentence), version, state.champion)]
    interval = Interval(min(affected), max(affected) + timedelta(days=1))
    with hold(ctx.lake, f"{SCORED}/{name}", interval, wait=ctx.wait), spark_failures():
        recover(ctx, ctx.folder(SCORED, name))
        stopped = paused(ctx)
        if stopped is not None:
            sentence = f"{quantity(len(affected), 'day')} not scored again: {name} is {stopped.sentence}"
            return [StageOutcome("score", name, None, sentence, status=RunStatus.PAUSED, exit_code=3)]
        outcomes = _repair(ctx, state.champion, plan_repair(ctx, version, state.champion))
    repair_aliases(ctx)
    return [*outcomes[:-1], _with_unrepaired(ctx, outcomes[-1], version, state.champion)]


def _with_unrepaired(
    ctx: Context, outcome: StageOutcome, version: ModelVersion, champion: ModelVersion
) -> StageOutcome:
    """Return the outcome with the days that readers still see by `version`, since the champion's scores are held."""
    unrepaired = sorted(scored_by(ctx, version).keys() & held_by(ctx, champion).keys())
    if not unrepaired:
        return outcome
    still = f"readers still see version {version} on {days_in_words(unrepaired)}, since the new scores are held"
    how = f"'assay release {ctx.pipeline.name} --scores --date {unrepaired[0]} --reason ...' publishes them"
    return replace(outcome, sentence=f"{outcome.sentence}; {still}: {how}", status=RunStatus.HELD, exit_code=3)


def plan_repair(ctx: Context, version: ModelVersion, champion: ModelVersion) -> Repair:
    """Return what `champion` would score again of `version`, from which versions of the tables."""
    batches: dict[Versions, dict[date, PartitionFingerprint]] = {}
    lost: list[date] = []
    tables = _Tables(ctx, FeaturesSpec.model_validate(version_entry(ctx, champion).feature_section))
    for day, (record, state) in _scores_of(ctx, version, champion).items():
        read = record.details.read if isinstance(record.details, ScoringDetails) else {}
        chosen = {name: tables.readable_version(name, day, read.get(name)) for name in tables.needed}
        if any(not kept for _, kept in chosen.values()):
            lost.append(day)
        key = tuple(sorted((name, number) for name, (number, _) in chosen.items()))
        batches.setdefault(key, {})[day] = state.identity
    return Repair(batches, tuple(lost))


def _scores_of(
    ctx: Context, version: ModelVersion, champion: ModelVersion
) -> dict[date, tuple[RunRecord, PartitionState]]:
    """Return the dates to score again: those of which the champion's scores are held wait for a person."""
    waiting = held_by(ctx, champion)
    scores = {**scored_by(ctx, version), **held_by(ctx, version)}
    return {day: one for day, one in sorted(scores.items()) if day not in waiting}


class _Tables:
    """The files of the tables that scores read, looked up once for each version."""

    def __init__(self, ctx: Context, features: FeaturesSpec) -> None:
        self.needed = {features.rows: 0, **features.inputs}
        self._files = {name: DeltaFiles(ctx.folder("clean", name)) for name in self.needed}
        self._newest = {name: table_version(ctx.folder("clean", name)) or 0 for name in self.needed}
        self._paths: dict[tuple[str, int], frozenset[str] | None] = {}
        self._exists: dict[StoragePath, bool] = {}

    def readable_version(self, name: str, day: date, read: TableRead | None) -> tuple[int, bool]:
        """Return the version to read of a table for a date, and whether it has what was read at first."""
        newest = self._newest[name]
        if read is None:
            return newest, False
        days = {str(one) for one in Interval.of(day).back(self.needed[name])}
        then = self._of(name, read.version, days)
        if then is None:
            return newest, False
        return (newest if then == self._of(name, newest, days) else read.version), True

    def _of(self, name: str, version: int, days: set[str]) -> frozenset[str] | None:
        """Return the files of some partitions in a version; None where one of them, or the log's entry, is gone."""
        known = self._paths.get((name, version))
        if (name, version) not in self._paths:
            files = self._files[name]
            known = self._paths[name, version] = files.paths(version) if files.readable([version]) else None
        if known is None:
            return None
        chosen = frozenset(path for path in known if partition_of(path) in days)
        return chosen if all(self._there(self._files[name].table / path) for path in chosen) else None

    def _there(self, path: StoragePath) -> bool:
        if path not in self._exists:
            self._exists[path] = path.exists()
        return self._exists[path]


def _repair(ctx: Context, champion: ModelVersion, repair: Repair) -> list[StageOutcome]:
    model: Model = version_model(ctx, champion, CHAMPION_SCORE)
    outcomes = []
    for versions, identities in repair.batches.items():
        batch = Batch(
            run_id=new_run_id("score"),
            identities=identities,
            champion=champion,
            model=model.scoring,
            versions=dict(versions),
        )
        outcome = StageOutcome(**run_with_model_code(ctx, model, write_predictions, batch.to_json()))
        lost = [day for day in repair.lost if day in identities]
        outcomes.append(replace(outcome, sentence=f"{outcome.sentence}{_about_lost(lost)}"))
    return outcomes


def _about_lost(days: Sequence[date]) -> str:
    return f"; what was read for {days_in_words(days)} is gone, so today's data were read" if days else ""
