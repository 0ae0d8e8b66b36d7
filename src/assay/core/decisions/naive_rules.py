"""Rules that many teams promote by, applied to what the gate saw, and what each decision turned out to be worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assay.core.decisions.looks.comparison import PairComparison
from assay.core.evaluation.jackknife import Insufficient

SMALL_GAIN = 0.005
"""The gain that the second rule asks for, in the metric's units."""


@dataclass(frozen=True, slots=True)
class Hindsight:
    """A comparison of a gate, and the same comparison on the fold after it, which no decision had seen.

    - `gain` is the estimate that the gate had, and `outcome` what it made of it.
    - `afterwards` is Insufficient where the next fold of one of the recipes is not known.
    """

    day: date
    contender: str
    incumbent: str
    gain: float
    outcome: str
    promoted: bool
    afterwards: PairComparison | Insufficient

    @property
    def realised(self) -> float | None:
        """The gain on the fold after the gate, None where it is not known."""
        return None if isinstance(self.afterwards, Insufficient) else self.afterwards.evidence.estimate

    @property
    def any_gain_promotes(self) -> bool:
        """True where "new is better than old" would have promoted."""
        return self.gain > 0

    @property
    def small_gain_promotes(self) -> bool:
        """True where "new is better than old by SMALL_GAIN" would have promoted."""
        return self.gain > SMALL_GAIN


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The promotions of a rule, those whose next fold is known, how many of these lost, and the sum of their gains."""

    rule: str
    promotions: int
    known: int
    lost: int
    total: float


def rule_results(comparisons: Sequence[Hindsight]) -> list[RuleResult]:
    """Return the result of the gate and of each naive rule over the same comparisons.

    Of several contenders of a gate, a naive rule promotes the best.
    """
    chosen = {
        "the gate": [one for one in comparisons if one.promoted],
        "new > old": _best_of_each_gate([one for one in comparisons if one.any_gain_promotes]),
        f"new > old + {SMALL_GAIN:g}": _best_of_each_gate([one for one in comparisons if one.small_gain_promotes]),
    }
    return [_result(rule, of_rule) for rule, of_rule in chosen.items()]


def _best_of_each_gate(comparisons: Sequence[Hindsight]) -> list[Hindsight]:
    best: dict[tuple[date, str], Hindsight] = {}
    for one in comparisons:
        gate = one.day, one.incumbent
        if gate not in best or one.gain > best[gate].gain:
            best[gate] = one
    return list(best.values())


def _result(rule: str, chosen: Sequence[Hindsight]) -> RuleResult:
    gains = [one.realised for one in chosen if one.realised is not None]
    return RuleResult(rule, len(chosen), len(gains), sum(gain < 0 for gain in gains), sum(gains))
