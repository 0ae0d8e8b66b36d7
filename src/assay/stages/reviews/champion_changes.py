"""The worth of each change of the champion, from stored outcomes alone; nothing is trained or scored for it.

The chosen version has the outcomes that it served. Of its alternative there may be folds of the frozen version, folds
of its recipe, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from assay.core.decisions.champion_changes import (
    Alternative,
    AlternativeSource,
    ChampionChange,
    ChangeKind,
    ChangeWorth,
    ChangeYardstick,
    change_worth,
)
from assay.core.decisions.promotion_claim import PromotionClaim
from assay.core.evaluation.constant_baseline import LOSSES
from assay.core.evaluation.contender import CONSTANT
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import METRICS
from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.errors import InfrastructureError
from assay.stages.models.model_versions import training_of, version_entry
from assay.stages.models.served_outcomes import served_outcomes
from assay.stages.promotion.championship import ChampionPeriod, champion_periods
from assay.stages.runtime.context import Context
from assay.stages.training.frozen_folds import frozen_recipe
from assay.stages.training.track_record import TrackRecord, read_folds, track_record
from assay.store.decisions.promotions import Promotion, PromotionKind
from assay.store.ledger.run_details import (
    AnswerDetails,
    GateDetails,
    HandoverDetails,
    OverrideDetails,
    TrainingDetails,
)
from assay.store.ledger.run_record import PartitionStatus, RunRecord

Days = Mapping[date, OutcomeProfile]


def champion_changes(ctx: Context) -> list[ChangeWorth]:
    """Return the worth of each change of the champion, newest first.

    The chosen is judged by the first days that it served after the change, of those that count. A day does not belong
    to them that any version had scored before the change, or that lies before such a day.
    """
    records = {record.run_id: record for record in ctx.ledger.records()}
    periods, folds, spec = champion_periods(ctx.promotions.history()), track_record(ctx), ctx.pipeline.spec
    served = _ServedDays(ctx, records, periods)
    yardstick = ChangeYardstick(METRICS[spec.gate.metric], METRICS[LOSSES[spec.label.task]], spec.gate.margin)
    worths: list[ChangeWorth] = []
    before: ModelVersion | None = None
    for period in periods:
        chosen, promotion = period.champion, period.began_by
        if chosen is not None:
            kind = _kind(promotion, records)
            change = ChampionChange(promotion.number, kind, chosen, before, ended=period.until is not None)
            days = served.after(promotion, chosen)
            alternatives = _alternatives(ctx, change, days, folds)
            worths.append(change_worth(change, days, alternatives, yardstick))
        before = chosen
    return worths[::-1]


def _kind(promotion: Promotion, records: Mapping[str, RunRecord]) -> ChangeKind:
    details: object = records[promotion.run_id].details if promotion.run_id in records else None
    if isinstance(details, AnswerDetails):
        details = records[details.judged_by].details
    if isinstance(details, OverrideDetails):
        return ChangeKind.OVERRIDE
    if isinstance(details, GateDetails):
        return ChangeKind.REFRESH if details.claim is PromotionClaim.REFRESH else ChangeKind.SHOWN_BETTER
    if promotion.kind is PromotionKind.PROMOTE:
        return ChangeKind.BY_HAND
    automatic = isinstance(details, HandoverDetails) and details.requested_by is not None
    return ChangeKind.AUTOMATIC_ROLLBACK if automatic else ChangeKind.ROLLBACK


class _ServedDays:
    """The outcomes that versions served, by the order of the ledger: promotions have no date of the data."""

    def __init__(self, ctx: Context, records: Mapping[str, RunRecord], periods: Sequence[ChampionPeriod]) -> None:
        self.ctx = ctx
        self.numbers = {run_id: record.number for run_id, record in records.items()}
        self.scorings = [
            (record.number, date.fromisoformat(day), state.version)
            for record in ctx.ledger.records("score", ctx.pipeline.name)
            for day, state in record.partitions.items()
            if state.state is PartitionStatus.SCORED
        ]
        self.changes = [(self.numbers.get(one.began_by.run_id, 0), one.champion) for one in periods]

    def after(self, promotion: Promotion, version: ModelVersion) -> dict[date, OutcomeProfile]:
        """Return the days that count of those that a version scored while it served by a promotion, new days alone."""
        number = self.numbers.get(promotion.run_id)
        if number is None:
            return {}
        begun_again = [at for at, champion in self.changes if champion == version and at > number]
        until = min(begun_again, default=None)
        last = max((day for at, day, _ in self.scorings if at < number), default=None)
        days = {
            day
            for at, day, by in self.scorings
            if by == version and at > number and (until is None or at < until) and (last is None or day > last)
        }
        if not days:
            return {}
        return {day: outcomes for day, outcomes in served_outcomes(self.ctx, version).items() if day in days}


def _alternatives(ctx: Context, change: ChampionChange, days: Days, folds: TrackRecord) -> Iterator[Alternative]:
    """Yield what is stored of the alternative, the most exact first.

    The folds of a recipe stand for a version of it only beside another recipe. Beside a model of the same recipe they
    would show a model that is as new as the chosen one, or newer.
    """
    chosen = version_entry(ctx, change.chosen)
    if change.before is None:
        made = _constant_days(ctx, change.chosen, days, folds)
        yield Alternative(change.alternative, AlternativeSource.RECIPE, made, is_constant=True)
        return
    own = _own_days(ctx, change.before, days, folds)
    yield Alternative(change.alternative, AlternativeSource.OWN, own)
    recipe = version_entry(ctx, change.before).recipe
    if recipe != chosen.recipe:
        made = _fold_days(ctx, recipe, days, folds)
        yield Alternative(f"the recipe of version {change.before}", AlternativeSource.RECIPE, made)
    elif change.kind is ChangeKind.REFRESH and chosen.anchor not in (None, change.before):
        frozen = _own_days(ctx, chosen.anchor, days, folds)
        yield Alternative(f"the anchor (version {chosen.anchor})", AlternativeSource.ANCHOR, frozen)


def _constant_days(ctx: Context, version: ModelVersion, days: Days, folds: TrackRecord) -> Days | Insufficient:
    constant = training_of(ctx, version).details_as(TrainingDetails).contenders.get(CONSTANT)
    if constant is None:
        return Insufficient(f"the training of version {version} had no constant")
    return _fold_days(ctx, constant.recipe, days, folds)


def _own_days(ctx: Context, version: ModelVersion, days: Days, folds: TrackRecord) -> Days | Insufficient:
    """Return the outcomes of a version itself: those that it served, and those of folds that it was scored on."""
    frozen = _fold_days(ctx, frozen_recipe(ctx, version), days, folds)
    return frozen if isinstance(frozen, Insufficient) else {**frozen, **served_outcomes(ctx, version)}


def _fold_days(ctx: Context, recipe: str, days: Days, folds: TrackRecord) -> Days | Insufficient:
    """Return the outcomes of a recipe on those of its folds that may hold some days."""
    first, last = min(days), max(days)
    starts = [start for start in folds.starts(recipe) if start <= last]
    begun = [start for start in starts if start <= first]
    wanted = [start for start in starts if start >= (begun[-1] if begun else first)]
    try:
        return read_folds(ctx, recipe, [folds.folds[recipe, start][0] for start in wanted])
    except InfrastructureError as error:
        return Insufficient(error.message)
