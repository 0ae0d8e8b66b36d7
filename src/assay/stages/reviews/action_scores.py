"""The actions that monitorings requested, and the reviews of them, from the ledger alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from assay.core.monitoring.action_review import (
    REVIEWED,
    ActionReview,
    ActionScore,
    RequestedAction,
    action_scores,
    first_of_each,
)
from assay.core.verdict import Action
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import RunRecord


def scores_of_actions(ctx: Context) -> list[ActionScore]:
    """Return how often each action was requested and what came of it, from the ledger alone."""
    return action_scores(requested_actions(ctx), kept_reviews(ctx).values())


def requested_actions(ctx: Context) -> list[RequestedAction]:
    """Return the actions that monitorings requested, without repetitions; of a date the last monitoring counts."""
    last = {record.end: record for record in ctx.ledger.records("monitor", ctx.pipeline.name)}
    return first_of_each(
        RequestedAction(
            end - timedelta(days=1),
            Action(record.status),
            record.details_as(MonitoringDetails).version,
            record.run_id,
        )
        for end, record in last.items()
        if record.status in REVIEWED and _is_about_the_model(record)
    )


def _is_about_the_model(record: RunRecord) -> bool:
    """Return whether an action is about the model: a look at a late table or a business number is not."""
    drifted = isinstance(record.details, MonitoringDetails) and bool(record.details.drifted)
    return record.status != Action.LOOK or drifted


def kept_reviews(ctx: Context) -> Mapping[str, ActionReview]:
    """Return the reviews that the ledger keeps, by the run that requested the action."""
    records = ctx.ledger.records("monitor", ctx.pipeline.name)
    details = [record.details for record in records if isinstance(record.details, MonitoringDetails)]
    return {review.run_id: review for one in details for review in one.reviews}
