"""The actions of past monitorings, compared later with what mature labels showed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.verdict import Action

REVIEW_DAYS = 28
"""The days after an action by which it is reviewed. Within them the same action is not a new one."""

LAST_DAYS = 84
"""The days after an action at which its review is final, where it is open until then."""

REVIEWED = (Action.LOOK, Action.RETRAIN, Action.DOWNGRADE)


class ReviewOutcome(StrEnum):
    """The result of an action by mature labels."""

    CONFIRMED = "confirmed"
    """The metric is shown below its folds, by half a margin at least; or the version that took over is shown better."""

    NOT_CONFIRMED = "not confirmed"
    """The metric is shown to be less than a margin below, or the version that took over to gain less than that."""

    OPEN = "open"
    """Neither is shown, or there is nothing to compare with."""


@dataclass(frozen=True, slots=True)
class RequestedAction:
    """An action of a monitoring of a version; `day` is the last date that the monitoring judged."""

    day: date
    action: Action
    version: ModelVersion
    run_id: str

    @property
    def days_after(self) -> Interval:
        """The days by which it is reviewed."""
        return Interval(self.day + timedelta(days=1), self.day + timedelta(days=1 + REVIEW_DAYS))


@dataclass(frozen=True, slots=True)
class ActionReview:
    """The review of an action.

    The metric changed by `change` since its folds, or the version that took over gained it; None where it is unknown.
    Positive is better. It was measured on so many `days`.
    """

    day: date
    action: Action
    version: ModelVersion
    run_id: str
    outcome: ReviewOutcome
    change: float | None
    days: int


def first_of_each(actions: Iterable[RequestedAction]) -> list[RequestedAction]:
    """Return the actions without their repetitions: the same one of a version within REVIEW_DAYS after the first."""
    firsts: dict[tuple[Action, ModelVersion], RequestedAction] = {}
    kept = []
    for one in sorted(actions, key=lambda each: each.day):
        first = firsts.get((one.action, one.version))
        if first is None or (one.day not in first.days_after and one.day != first.day):
            firsts[one.action, one.version] = one
            kept.append(one)
    return kept


@dataclass(frozen=True, slots=True)
class MeasuredChange:
    """A change with its one-sided bounds of 95 %, positive where it is better, measured on so many days."""

    value: float
    low: float
    high: float
    days: int


def review_of(
    requested: RequestedAction, change: MeasuredChange | None, *, margin: float, by_successor: bool
) -> ActionReview:
    """Return the review of an action by the change since the folds, or by the gain of the version that took over."""
    outcome = ReviewOutcome.OPEN
    if change is not None and by_successor:
        outcome = _outcome(shown=change.low > 0, refuted=change.high < margin)
    elif change is not None:
        outcome = _outcome(shown=change.high < 0 and change.value <= -margin / 2, refuted=change.low > -margin)
    value, days = (change.value, change.days) if change is not None else (None, 0)
    return ActionReview(
        requested.day, requested.action, requested.version, requested.run_id, outcome, value, days
    )  # fmt: skip


def _outcome(*, shown: bool, refuted: bool) -> ReviewOutcome:
    if shown:
        return ReviewOutcome.CONFIRMED
    return ReviewOutcome.NOT_CONFIRMED if refuted else ReviewOutcome.OPEN


@dataclass(frozen=True, slots=True)
class ActionScore:
    """The number of times that an action was requested, by what mature labels showed; `waiting` ones have no review."""

    action: Action
    requested: int
    confirmed: int
    not_confirmed: int
    open: int

    @property
    def waiting(self) -> int:
        """The number that is not reviewed yet."""
        return self.requested - self.confirmed - self.not_confirmed - self.open


def action_scores(actions: Sequence[RequestedAction], reviews: Iterable[ActionReview]) -> list[ActionScore]:
    """Return the score of each action that was requested."""
    outcomes = {one.run_id: one.outcome for one in reviews}
    scores = []
    for action in REVIEWED:
        of_action = [one for one in actions if one.action is action]
        counted = Counter(outcomes[one.run_id] for one in of_action if one.run_id in outcomes)
        if of_action:
            known = (counted[ReviewOutcome.CONFIRMED], counted[ReviewOutcome.NOT_CONFIRMED])
            scores.append(ActionScore(action, len(of_action), *known, counted[ReviewOutcome.OPEN]))
    return scores
