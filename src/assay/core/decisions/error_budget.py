"""The budget of error of a pipeline: what its gates spent, what is left, and what the open pairs still have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assay.core.decisions.looks.error_account import DAYS, SHARE, ErrorAccount
from assay.core.decisions.looks.gate_state import ClosedPair, GateState
from assay.core.decisions.looks.pair import WEIGHTS, Pair


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judgement of the gate: its run, and the states before and after it; before the first there is none."""

    run_id: str
    training: str
    before: GateState | None
    after: GateState


@dataclass(frozen=True, slots=True)
class Spending:
    """The error that a judgement spent on the `names` of new recipes, in equal parts, and the balance that it left."""

    run_id: str
    day: date
    spent: float
    balance: float
    names: tuple[str, ...]

    @property
    def level(self) -> float:
        """The level of each of the new pairs; 0 without any."""
        return self.spent / len(self.names) if self.names else 0.0


@dataclass(frozen=True, slots=True)
class OpenPair:
    """A pair that stays open, the level of its next look, and the first date of a training that can take the look.

    Both are None once all looks were taken. The date is None too where the first look is not taken yet: then the next
    training takes it, if it has enough days.
    """

    pair: Pair
    next_level: float | None
    next_day: date | None


@dataclass(frozen=True, slots=True)
class RestingPair:
    """A pair that was closed, and the first date of a training that may open it again."""

    pair: ClosedPair
    until: date


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """The account of error on a date.

    - `balance` is the probability that may be spent from that date on, and `most` its upper limit.
    - `accrues` is what a day adds.
    - `spent` is the sum over the 365 days up to the date; it never exceeds `yearly`.
    - `one_recipe` is the level that a single new recipe would get on the date.
    """

    day: date
    yearly: float
    balance: float
    most: float
    accrues: float
    spent: float
    one_recipe: float
    spendings: tuple[Spending, ...]
    pairs: tuple[OpenPair, ...]
    resting: tuple[RestingPair, ...]


@dataclass(frozen=True, slots=True)
class FoldCalendar:
    """The days of a fold, the folds of a first look, and the delay of labels: they decide when a look is due."""

    fold: int
    folds: int
    label_delay: int


def error_budget(
    history: Sequence[Judgement], calendar: FoldCalendar, *, yearly: float, day: date | None = None
) -> ErrorBudget:
    """Return the budget after the judgements of a pipeline, oldest first, on a date; by default that of the last one.

    A training that was judged twice in a row counts once where its second judgement started from the same state. With a
    date, only the judgements of trainings up to it count.

    Raises:
        ValueError: There is neither a judgement nor a date.
    """
    known = [one for one in history if day is None or one.after.account.day <= day]
    counted = without_repeats(known)
    state = counted[-1].after if counted else None
    at = day or (state.account.day if state else None)
    if at is None:
        raise ValueError("a budget without a judgement needs a date")
    spendings = tuple(_spending(one) for one in counted)
    account = (state.account if state else ErrorAccount.opened(at, yearly)).on(at)
    since = at - timedelta(days=DAYS)
    return ErrorBudget(
        day=at,
        yearly=account.yearly,
        balance=account.balance,
        most=SHARE * account.yearly,
        accrues=(1 - SHARE) * account.yearly / DAYS,
        spent=sum(one.spent for one in spendings if since < one.day <= at),
        one_recipe=account.spend(1)[1],
        spendings=tuple(one for one in spendings if one.names),
        pairs=tuple(_open(pair, calendar) for pair in state.pairs) if state else (),
        resting=tuple(_resting(pair, calendar) for pair in state.closed) if state else (),
    )


def without_repeats(history: Sequence[Judgement]) -> list[Judgement]:
    """Return the judgements, without those that were made again right after from the same state."""
    return [one for n, one in enumerate(history) if not _judged_again(one, history[n + 1 :])]


def _judged_again(one: Judgement, later: Sequence[Judgement]) -> bool:
    return bool(later) and (later[0].training, later[0].before) == (one.training, one.before)


def _spending(one: Judgement) -> Spending:
    after = one.after.account
    began = ErrorAccount.opened(after.day, after.yearly) if one.before is None else one.before.account
    available = ErrorAccount(began.balance, began.day, after.yearly).on(after.day)
    return Spending(
        one.run_id,
        after.day,
        max(0.0, available.balance - after.balance),
        after.balance,
        _opened(one.before, one.after),
    )


def _opened(before: GateState | None, after: GateState) -> tuple[str, ...]:
    """Return the names of the recipes whose pairs a judgement opened, those included that it closed at once."""
    known = {pair.recipe for pair in before.pairs} if before else set()
    ended = set(before.closed) if before else set()
    opened = [pair.name for pair in after.pairs if pair.recipe not in known]
    return (*opened, *(pair.name for pair in after.closed if pair.recipe not in known and pair not in ended))


def _open(pair: Pair, calendar: FoldCalendar) -> OpenPair:
    if pair.looks >= len(WEIGHTS):
        return OpenPair(pair, None, None)
    days = calendar.fold + calendar.label_delay
    return OpenPair(pair, pair.next_level, pair.until + timedelta(days=days) if pair.until else None)


def _resting(pair: ClosedPair, calendar: FoldCalendar) -> RestingPair:
    rest = calendar.fold * calendar.folds + calendar.label_delay
    return RestingPair(pair, pair.until + timedelta(days=rest))
