"""The changes of the champion in hindsight: what was chosen beside its alternative, on the days that followed.

The chosen version has the outcomes that it served. The alternative is the version before it, or the constant before the
first champion. It did not serve these days, so what is stored of it decides whether the two can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from assay.core.decisions.looks.comparison import PairComparison, compare_pair
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import Metric
from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile, same_rows
from assay.core.text import quantity

NEXT_DAYS = 28
"""The days after a change by which it is judged: four weeks, so that each weekday counts the same."""

Compared = PairComparison | Insufficient


class ChangeKind(StrEnum):
    """The reasons why the champion changes."""

    SHOWN_BETTER = "shown better"
    REFRESH = "refresh"
    OVERRIDE = "override"
    BY_HAND = "promoted by hand"
    ROLLBACK = "rollback"
    AUTOMATIC_ROLLBACK = "automatic rollback"


class AlternativeSource(StrEnum):
    """The stored outcomes that stand for an alternative: its own, those of its recipe, or those of the anchor."""

    OWN = "its own scores"
    RECIPE = "its recipe's folds"
    ANCHOR = "the anchor's scores"


@dataclass(frozen=True, slots=True)
class ChampionChange:
    """A change of the champion: the number of the promotion, why, the version from then on and the one before.

    - `before` is None for the first champion.
    - `ended` is true where another change followed.
    """

    number: int
    kind: ChangeKind
    chosen: ModelVersion
    before: ModelVersion | None
    ended: bool

    @property
    def alternative(self) -> str:
        """The name of the alternative: the version before, or the constant."""
        return "the constant" if self.before is None else f"version {self.before}"


@dataclass(frozen=True, slots=True)
class Alternative:
    """The stored outcomes of an alternative by day, and what they are; Insufficient, with the reason, for none."""

    name: str
    source: AlternativeSource
    days: Mapping[date, OutcomeProfile] | Insufficient
    is_constant: bool = False


@dataclass(frozen=True, slots=True)
class ChangeYardstick:
    """The measures of a change: the metric of the gate, the loss, and the margin of the metric."""

    metric: Metric
    loss: Metric
    margin: float


@dataclass(frozen=True, slots=True)
class ChangeWorth:
    """A change of the champion, and the gain of the chosen over its alternative; positive where the chosen is better.

    Both comparisons are Insufficient, with the reason, where the days that followed cannot be judged. Then the source
    is None. Beside the anchor, `alternative` names the anchor and not the version before.
    """

    change: ChampionChange
    alternative: str
    source: AlternativeSource | None
    by_metric: Compared
    by_loss: Compared


def change_worth(
    change: ChampionChange,
    served: Mapping[date, OutcomeProfile],
    alternatives: Iterable[Alternative],
    yardstick: ChangeYardstick,
) -> ChangeWorth:
    """Return the worth of a change by the next 28 days that the chosen `served`, of those that count.

    The first of `alternatives` decides that can be compared on these days. If none can, all their reasons are given.
    Days are left out on which the two were not measured on the same rows.
    """
    days = dict(sorted(served.items())[:NEXT_DAYS])
    reasons: list[str] = []
    if not days:
        reasons, alternatives = [_unserved(change)], ()
    for other in alternatives:
        by_metric, by_loss = (
            _compare(metric, change, days, other, yardstick.margin) for metric in (yardstick.metric, yardstick.loss)
        )
        if isinstance(by_metric, PairComparison):
            return ChangeWorth(change, other.name, other.source, by_metric, by_loss)
        reasons.append(by_metric.reason)
    why = Insufficient("; ".join(dict.fromkeys(reasons)))
    return ChangeWorth(change, change.alternative, None, why, why)


def shown_better(compared: Compared) -> bool:
    """Return whether the chosen is shown better at all: the lower bound of 95 % is above 0."""
    return isinstance(compared, PairComparison) and compared.interval[0] > 0


def shown_worse(compared: Compared) -> bool:
    """Return whether the chosen is shown worse at all: the upper bound of 95 % is below 0."""
    return isinstance(compared, PairComparison) and compared.interval[1] < 0


@dataclass(frozen=True, slots=True)
class KnownChanges:
    """The number of changes that could be compared, and of those whose chosen version is shown better or worse."""

    known: int
    better: int
    worse: int

    @classmethod
    def of(cls, compared: Iterable[Compared]) -> KnownChanges:
        """Return the numbers of some comparisons, all by one metric."""
        known = [one for one in compared if isinstance(one, PairComparison)]
        return cls(len(known), sum(map(shown_better, known)), sum(map(shown_worse, known)))


def _unserved(change: ChampionChange) -> str:
    if change.ended:
        return f"version {change.chosen} served no new day that counts before the next change"
    return f"version {change.chosen} has served no new day yet whose labels are mature"


def _compare(
    metric: Metric, change: ChampionChange, days: Mapping[date, OutcomeProfile], other: Alternative, margin: float
) -> Compared:
    if isinstance(other.days, Insufficient):
        return other.days
    both = [day for day in days if day in other.days]
    if not both:
        return Insufficient(f"nothing is stored of {other.name} on the {quantity(len(days), 'day')} that followed")
    same = [day for day in both if same_rows(days[day].overall, other.days[day].overall)]
    chosen = {day: metric.prepare(days[day].overall) for day in same}
    beside = {day: metric.prepare(other.days[day].overall) for day in same}
    return compare_pair(
        metric,
        (f"version {change.chosen}", chosen),
        (other.name, beside),
        margin=margin,
        incumbent_is_constant=other.is_constant,
    )
