"""The looks of a pair: a recipe against the champion, on more and more mature days, until it is closed.

A pair is looked at when it is opened, on the newest folds (84 days), and again after each further fold (28 days), at
most four times. The looks share the pair's level as 1/2, 1/4, 1/4 and 1/4. That is more than 1 in total; an exact
recursion over the overlapping days gives .74 to .96 of the level (Jennison and Turnbull 2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.core.decisions.looks.paired_evidence import PairedEvidence

WEIGHTS = (0.5, 0.25, 0.25, 0.25)
"""The part of the pair's level that each look spends."""

CONFIDENCE = 0.95
"""The one-sided confidence with which a pair is shown not to gain the margin; closing spends no error."""


class LookOutcome(StrEnum):
    """The outcome of a look: shown better, undecided so far, or closed for a reason."""

    SHOWN = "shown better"
    OPEN = "undecided"
    GUARDED = "worse than the base rate"
    WORSE_THAN_NAIVE = "worse than a naive baseline"
    BELOW_LIMIT = "short of the limit of the metric"
    SLICE_WORSE = "worse in a slice"
    SLICE_UNSURE = "a slice could hide too large a loss"
    BELOW_MARGIN = "shown not to gain the margin"
    PAYS_TOO_LITTLE = "not worth a change"
    UNDECIDED_TO_THE_END = "undecided to the end"
    OVERTAKEN = "left for better challengers"
    GONE = "no longer trained"
    SERVED = "made champion without being shown better"
    DECLINED = "declined by a person"

    @property
    def closes(self) -> bool:
        """Return whether no further look follows."""
        return self not in (LookOutcome.OPEN, LookOutcome.SLICE_UNSURE)

    @property
    def undecided(self) -> bool:
        """Return whether nothing was shown of the recipe: neither that it may serve nor that it is not worth it."""
        return self in _UNDECIDED


_UNDECIDED = {
    LookOutcome.OPEN,
    LookOutcome.SLICE_UNSURE,
    LookOutcome.UNDECIDED_TO_THE_END,
    LookOutcome.OVERTAKEN,
    LookOutcome.GONE,
    LookOutcome.SERVED,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A recipe against the champion: its level of error, its first day, and the looks so far.

    - `recipe` is the digest, `name` that of the contender, and `subject` that of the trainings that make it.
    - `level` is the probability of a false promotion that all its looks may spend.
    - `until` is the end of the days of the last look, half-open, None before the first look.
    - `estimate` is the gain at the last look; it decides which pairs stay open.
    - `shown_against` is the recipe against which the last look showed it better, "" otherwise. It stays shown until it
      serves or is declined.
    - `promotion` is the number of the promotion that held when the pair was opened, 0 before the first one.
    """

    recipe: str
    name: str
    subject: str
    level: float
    first_day: date
    looks: int = 0
    until: date | None = None
    estimate: float = 0.0
    shown_against: str = ""
    promotion: int = 0

    def due(self, end: date, step: int) -> bool:
        """Return whether a look is due at the end of the newest fold: the first at once, a later one after `step` days.

        >>> pair = Pair("5e1f", "boosted", "flights", 0.001, date(2013, 1, 1), 1, date(2013, 3, 26))
        >>> pair.due(date(2013, 4, 22), 28), pair.due(date(2013, 4, 23), 28)
        (False, True)
        """
        if self.looks >= len(WEIGHTS):
            return False
        return self.until is None or (end - self.until).days >= step

    @property
    def next_level(self) -> float:
        """The level of the next look.

        Raises:
            IndexError: All looks were taken.
        """
        return self.level * WEIGHTS[self.looks]


def take_look(
    pair: Pair, evidence: PairedEvidence, end: date, *, margin: float, guard: float, claim: float = 0.0
) -> tuple[Pair, LookOutcome]:
    """Return the pair after a look at its days before `end`, and the outcome.

    - `claim` is the gain that has to be shown: 0, or the margin where the spec requires it.
    - `guard` is the gain in the guard's loss over the best baseline, on all days of the pair; below 0 it vetoes.

    A pair is shown better if its p-value is below the look's level and its estimate is half a margin at least.
    """
    level = pair.next_level
    after = replace(pair, looks=pair.looks + 1, until=end, estimate=evidence.estimate, shown_against="")
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


def keep_best(pairs: Sequence[Pair], most: int) -> tuple[list[Pair], list[Pair]]:
    """Return the `most` pairs that stay open, the best by their last estimate, and those that have to leave.

    A pair without a look has no estimate yet. It stays before all others, so that no challenger is starved.
    """
    ranked = sorted(pairs, key=lambda pair: (pair.looks > 0, -pair.estimate, pair.first_day, pair.recipe))
    return ranked[:most], ranked[most:]
