"""The reviews of the monitor's actions, by outcomes that became mature since; the ledger keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, partial

from assay.core.decisions.champion_changes import ChangeWorth
from assay.core.decisions.looks.comparison import PairComparison
from assay.core.evaluation.label_maturity import DayMeasurement, first_immature
from assay.core.evaluation.metrics import METRICS
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.action_review import (
    LAST_DAYS,
    REVIEW_DAYS,
    ActionReview,
    MeasuredChange,
    RequestedAction,
    ReviewOutcome,
    review_of,
)
from assay.core.monitoring.attribution.metric_change import metric_change
from assay.core.verdict import Action
from assay.errors import InfrastructureError
from assay.stages.models.served_outcomes import counted_outcomes
from assay.stages.reviews.action_scores import kept_reviews, requested_actions
from assay.stages.reviews.champion_changes import champion_changes
from assay.stages.runtime.context import Context
from assay.stages.training.track_record import promised_outcomes

Fresh = Mapping[ModelVersion, Mapping[date, DayMeasurement]]
Changes = Callable[[], Sequence[ChangeWorth]]
WEEK = 7


def due_reviews(ctx: Context, interval: Interval, fresh: Fresh) -> tuple[ActionReview, ...]:
    """Return the reviews of earlier actions whose next days are mature when the interval ends, and that have none yet.

    `fresh` are the measurements of this monitoring, which the ledger does not know yet. A look at drift is reviewed by
    the metric of the days that followed. A training or a rollback is reviewed by the version that took over, and by the
    metric where none did.

    A review that shows nothing is made again each week, until LAST_DAYS days have passed.
    """
    return tuple(_due(ctx, interval, fresh))


def _due(ctx: Context, interval: Interval, fresh: Fresh) -> Iterator[ActionReview]:
    delay, done = ctx.pipeline.spec.label.label_delay, kept_reviews(ctx)
    newest = first_immature(interval.end, delay)
    changes = cache(partial(champion_changes, ctx))  # read at the first training or rollback that is due
    for one in requested_actions(ctx):
        passed = (newest - one.days_after.end).days
        tonight = any((passed - n) % WEEK == 0 for n in range(len(interval)))
        final = passed >= LAST_DAYS - REVIEW_DAYS
        if one.run_id in done or passed < 0 or not (tonight or final):
            continue
        review = _review(ctx, one, fresh.get(one.version, {}), changes)
        if review is not None and (final or review.outcome is not ReviewOutcome.OPEN):
            yield review


def _review(
    ctx: Context, one: RequestedAction, fresh: Mapping[date, DayMeasurement], changes: Changes
) -> ActionReview | None:
    """Return the review; None where outcomes cannot be read, since a monitoring does not depend on older versions."""
    gate = ctx.pipeline.spec.gate
    try:
        worth = _successor(ctx, one, changes()) if one.action is not Action.LOOK else None
        if worth is not None:
            return review_of(one, _gain(worth), margin=gate.margin, by_successor=True)
        days = counted_outcomes(ctx, one.version, fresh).days
        after = {day: outcomes for day, outcomes in days.items() if day in one.days_after}
        change = metric_change(METRICS[gate.metric], promised_outcomes(ctx, one.version), after)
    except InfrastructureError:
        return None
    return review_of(one, change, margin=gate.margin, by_successor=False)


def _gain(worth: ChangeWorth) -> MeasuredChange | None:
    if not isinstance(worth.by_metric, PairComparison):
        return None
    evidence, (low, high) = worth.by_metric.evidence, worth.by_metric.interval
    return MeasuredChange(evidence.estimate, low, high, evidence.days)


def _successor(ctx: Context, requested: RequestedAction, changes: Sequence[ChangeWorth]) -> ChangeWorth | None:
    """Return the change of the champion that followed an action, from the version that it was about; None for none."""
    numbers = {record.run_id: record.number for record in ctx.ledger.records()}
    recorded = {one.number: numbers.get(one.run_id, 0) for one in ctx.promotions.history()}
    for worth in reversed(changes):
        followed = recorded[worth.change.number] > numbers[requested.run_id]
        if followed and worth.change.before == requested.version:
            return worth
    return None
