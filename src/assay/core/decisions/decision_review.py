"""The decisions of a pipeline in hindsight: the changes of the champion, and the looks and pairs that decided nothing.

A metric that cannot decide shows itself in these shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assay.core.decisions.champion_changes import ChangeWorth, KnownChanges
from assay.core.decisions.error_budget import Judgement, without_repeats
from assay.core.decisions.looks.gate_state import ClosedPair
from assay.core.decisions.looks.pair import LookOutcome


@dataclass(frozen=True, slots=True)
class UndecidedShare:
    """The number of looks or of closed pairs, and how many of these decided nothing."""

    count: int
    undecided: int

    @classmethod
    def of(cls, outcomes: Iterable[LookOutcome]) -> UndecidedShare:
        """Return the share of some outcomes."""
        known = [outcome.undecided for outcome in outcomes]
        return cls(len(known), sum(known))

    @property
    def share(self) -> float | None:
        """The share of those that decided nothing; None without any."""
        return self.undecided / self.count if self.count else None


@dataclass(frozen=True, slots=True)
class DecisionReview:
    """The changes of the champion, newest first, and the shares of the looks and of the closed pairs."""

    changes: tuple[ChangeWorth, ...]
    looks: UndecidedShare
    closed: UndecidedShare

    @property
    def by_metric(self) -> KnownChanges:
        """The number of changes that are known, and of those that are shown better or worse, by the gate's metric."""
        return KnownChanges.of(one.by_metric for one in self.changes)

    @property
    def by_loss(self) -> KnownChanges:
        """The same numbers by the loss."""
        return KnownChanges.of(one.by_loss for one in self.changes)


def closed_pairs(history: Sequence[Judgement]) -> list[ClosedPair]:
    """Return the pairs that the judgements of a pipeline closed, oldest first, each once.

    A pair whose recipe was shown better is closed by the gate after its promotion.
    """
    return [
        pair
        for one in without_repeats(history)
        for pair in one.after.closed
        if one.before is None or pair not in one.before.closed
    ]
