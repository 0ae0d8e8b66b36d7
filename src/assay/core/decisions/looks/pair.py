"""The looks of a pair: a recipe against the champion, on more and more mature days, until it is closed.

A pair is looked at on 84 days and after each 28 further ones, at most four times. The looks share the pair's level as
1/2, 1/4, 1/4 and 1/4. That is more than 1 in total; an exact recursion over the overlapping days gives .74 to .96 of
the level (Jennison and Turnbull 2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from assay.core.decisions.looks.paired_evidence import PairedEvidence

WEIGHTS = (0.5, 0.25, 0.25, 0.25)
"""The part of the pair's level that each look spends."""

FIRST, YOUNG, STEP = 84, 56, 28
"""The days of the first look, those of a young pipeline without 84 days of history, and the new days of a later one."""

REST = 84
"""The new mature days after which a closed pair may be opened again."""

OPEN = 4
"""The most pairs that stay open."""

CONFIDENCE = 0.95
"""The one-sided confidence with which a pair is shown not to gain the margin; closing spends no error."""


class LookOutcome(StrEnum):
    """The outcome of a look: shown better, undecided so far, or closed for a reason."""

    SHOWN = "shown better"
    OPEN = "undecided"
    GUARDED = "worse than the base rate"
    BELOW_MARGIN = "shown not to gain the margin"
    PAYS_TOO_LITTLE = "does not pay"
    UNDECIDED_TO_THE_END = "undecided to the end"

    @property
    def closes(self) -> bool:
        """Return whether no further look follows."""
        return self is not LookOutcome.OPEN


@dataclass(frozen=True, slots=True)
class Pair:
    """A recipe against the champion: its level of error, its first day, and the looks so far with the days of the last.

    The estimate of the last look is `estimate`; it decides which pairs stay open.
    """

    recipe: str
    level: float
    first_day: date
    looks: int = 0
    days: int = 0
    estimate: float = 0.0

    def due(self, days: int, *, history: int = FIRST) -> bool:
        """Return whether a look is due with so many mature days; a young pipeline's `history` is below 84 days.

        >>> pair = Pair("boosted", 0.001, date(2013, 1, 1))
        >>> pair.due(83), pair.due(84), pair.due(60, history=60)
        (False, True, True)
        """
        if self.looks >= len(WEIGHTS):
            return False
        first = max(YOUNG, min(FIRST, history))
        return days >= (self.days + STEP if self.looks else first)

    @property
    def next_level(self) -> float:
        """The level of the next look.

        Raises:
            IndexError: All looks were taken.
        """
        return self.level * WEIGHTS[self.looks]


def take_look(
    pair: Pair, evidence: PairedEvidence, *, margin: float, guard: float, claim: float = 0.0
) -> tuple[Pair, LookOutcome]:
    """Return the pair after a look, and the outcome.

    - `claim` is the gain that has to be shown: 0, or the margin where the spec requires it.
    - `guard` is the gain in the guard's loss over the constant, on all days of the pair; below 0 it vetoes.

    A pair is shown better if its p-value is below the look's level and its estimate is half a margin at least.
    """
    level = pair.next_level
    after = replace(pair, looks=pair.looks + 1, days=evidence.days, estimate=evidence.estimate)
    pays = evidence.estimate >= margin / 2
    if pays and evidence.p_value(claim) < level:
        return after, LookOutcome.SHOWN if guard >= 0 else LookOutcome.GUARDED
    if evidence.upper(CONFIDENCE) < margin:
        return after, LookOutcome.BELOW_MARGIN
    if not pays:
        return after, LookOutcome.PAYS_TOO_LITTLE
    return after, LookOutcome.UNDECIDED_TO_THE_END if after.looks == len(WEIGHTS) else LookOutcome.OPEN


def choose(shown: Sequence[tuple[float, int, str]], margin: float) -> str:
    """Return the recipe to promote of those that were shown better, each as estimate, complexity and recipe.

    It is the simplest of those within one margin of the best estimate, and of equally simple ones the best.

    Raises:
        ValueError: None was shown.

    >>> choose([(0.030, 3, "boosted"), (0.022, 1, "linear"), (0.011, 0, "tiny")], margin=0.01)
    'linear'
    """
    best = max(estimate for estimate, _, _ in shown)
    near = [(complexity, -estimate, recipe) for estimate, complexity, recipe in shown if estimate >= best - margin]
    return min(near)[2]


def keep_best(pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs that stay open, the best by their last estimate, and those that have to leave.

    A pair without a look has no estimate yet. It stays before all others, so that no challenger is starved.
    """
    ranked = sorted(pairs, key=lambda pair: (pair.looks > 0, -pair.estimate, pair.first_day, pair.recipe))
    return ranked[:OPEN], ranked[OPEN:]
