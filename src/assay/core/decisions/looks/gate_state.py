"""The memory of the gate: the account of error, the open pairs, those that were closed, and the last refresh.

Everything that a later gate needs of an earlier one is here. A gate starts from the state before its training, so that
the same training judged again spends nothing again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assay.core.decisions.looks.error_account import ErrorAccount
from assay.core.decisions.looks.pair import LookOutcome, Pair, keep_best


@dataclass(frozen=True, slots=True)
class ClosedPair:
    """A recipe that was judged to an end: its name, the outcome, and the end of the days that were judged."""

    recipe: str
    name: str
    outcome: LookOutcome
    until: date


def closed_by(pair: Pair, outcome: LookOutcome) -> ClosedPair:
    """Return the end of a pair."""
    return ClosedPair(pair.recipe, pair.name, outcome, pair.until or pair.first_day)


@dataclass(frozen=True, slots=True)
class JudgedRefresh:
    """The last verdict on a refresh of a recipe, by days that end before `until`; it holds until there is a new fold.

    `worse_than` names what the refresh was shown worse than; it is empty where it may serve.
    """

    recipe: str
    until: date
    worse_than: str = ""


@dataclass(frozen=True, slots=True)
class GateState:
    """The state of a pipeline's gate after a judgement."""

    account: ErrorAccount
    pairs: tuple[Pair, ...] = ()
    closed: tuple[ClosedPair, ...] = ()
    refresh: JudgedRefresh | None = None

    def pair_of(self, recipe: str) -> Pair | None:
        """Return the open pair of a recipe, None without one."""
        return next((pair for pair in self.pairs if pair.recipe == recipe), None)

    def on(self, day: date, end: date, rest: int, yearly: float) -> GateState:
        """Return the state on the date of a training, before it opens pairs.

        The account accrues up to `day`, by the error that a year may spend now. A closed pair whose days ended `rest`
        days before `end` may be opened again.
        """
        rested = tuple(pair for pair in self.closed if pair.until + timedelta(days=rest) > end)
        account = replace(self.account, yearly=yearly).on(day)
        return replace(self, account=account, closed=rested)

    def opened(self, new: Sequence[Pair]) -> GateState:
        """Return the state with pairs for `new` recipes, on which half of the account is spent, in equal parts."""
        if not new:
            return self
        account, level = self.account.spend(len(new))
        return replace(self, account=account, pairs=(*self.pairs, *(replace(pair, level=level) for pair in new)))

    def declined(self, recipe: str) -> GateState:
        """Return the state after a person declined a recipe that was shown better; it rests as any closed one."""
        closed = [closed_by(pair, LookOutcome.DECLINED) for pair in self.pairs if pair.recipe == recipe]
        return self.after_looks([pair for pair in self.pairs if pair.recipe != recipe], closed, len(self.pairs))

    def after_looks(self, still: Sequence[Pair], closed: Iterable[ClosedPair], most: int) -> GateState:
        """Return the state with the best `most` of the pairs that are `still` open, and with those that were closed."""
        kept, left = keep_best(still, most)
        ends = [closed_by(pair, LookOutcome.OVERTAKEN) for pair in left]
        known = {pair.recipe: pair for pair in (*self.closed, *closed, *ends)}
        return replace(self, pairs=tuple(kept), closed=tuple(known[recipe] for recipe in sorted(known)))
