"""A comparison of two models on the days that both have: their values, and the evidence of the gain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from assay.core.decisions.looks.pair import CONFIDENCE
from assay.core.decisions.looks.paired_evidence import PairedEvidence, influences_of, paired_evidence
from assay.core.evaluation.claims import decimals, gained, percent, too_coarse
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.evaluation.holdout import Holdout, same_row_days
from assay.core.evaluation.jackknife import Insufficient, Measured, paired_gain, resolved
from assay.core.evaluation.metrics import METRICS, Metric
from assay.core.interval import Interval
from assay.core.text import quantity

Named = tuple[str, Mapping[date, Measured]]
"""A model's name, and its scores per day."""


@dataclass(frozen=True, slots=True)
class PairComparison:
    """The gain of a contender over an incumbent in a metric.

    `values` are those of the metric, the contender's first. Bins may have moved each by at most `bounds`. The first and
    the last of the judged days are `days`.
    """

    contender: str
    incumbent: str
    metric: str
    margin: float
    values: tuple[float, float]
    bounds: tuple[float, float]
    rows: int
    days: tuple[date, date]
    evidence: PairedEvidence

    @property
    def by(self) -> Metric:
        """The metric of that name."""
        return METRICS[self.metric]

    @property
    def sentence(self) -> str:
        """The comparison in words, without its full stop.

        The bounds are both one-sided at 95 %, so that the gain lies between them with 90 % confidence.
        """
        places = decimals(self.margin)
        low, high = (gained(self.by, bound, places) for bound in self.interval)
        named = self.by.named if self.by.higher_is_better else f"{self.by.named} (lower is better)"
        contender_value, incumbent_value = (f"{value:,.{places}f}" for value in self.values)
        return (
            f"{self.contender} has {named} of {contender_value} against {incumbent_value} of {self.incumbent} on "
            f"{quantity(self.evidence.days, 'day')} ({quantity(self.rows, 'row')}): "
            f"{gained(self.by, self.evidence.estimate, places)}, between {low} and {high} with "
            f"{percent(2 * CONFIDENCE - 1)} confidence"
        )

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the interval that has the gain with 90 % confidence."""
        return self.evidence.lower(CONFIDENCE), self.evidence.upper(CONFIDENCE)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain JSON types, as verdicts hold them."""
        low, high = self.interval
        return {
            "ours": self.contender,
            "theirs": self.incumbent,
            "metric": self.metric,
            "margin": self.margin,
            "values": list(self.values),
            "bounds": list(self.bounds),
            "rows": self.rows,
            "first": str(self.days[0]),
            "last": str(self.days[1]),
            "low": low,
            "high": high,
            **asdict(self.evidence),
        }


def compare_pair(
    metric: Metric, contender: Named, incumbent: Named, *, margin: float, incumbent_is_constant: bool = False
) -> PairComparison | Insufficient:
    """Return the comparison of two models over the days on which both have labelled rows.

    It is Insufficient, with the reason, if the gain or its error cannot be computed. It is so too with fewer than 20
    days, and if the bins of the scores are too coarse for the margin.
    """
    gain = paired_gain(metric, contender[1], incumbent[1], incumbent_is_constant=incumbent_is_constant)
    if isinstance(gain, Insufficient):
        return gain
    evidence = paired_evidence(gain.measured.estimate, influences_of(gain.measured.without))
    if isinstance(evidence, Insufficient):
        return evidence
    names = contender[0], incumbent[0]
    if not resolved(sum(gain.bounds), margin, evidence.estimate):
        return Insufficient(too_coarse(names, gain.bounds, margin))
    days = gain.days[0], gain.days[-1]
    return PairComparison(*names, metric.name, margin, gain.values, gain.bounds, gain.rows, days, evidence)


def compare_contenders(
    contender: Contender, incumbent: Contender, policy: GatePolicy, dates: Interval
) -> PairComparison | Insufficient:
    """Return the comparison of two models over the dates on which both saw the same rows."""
    models = same_row_days([contender, incumbent], dates)
    scores = Holdout.of(models, policy.by).scores
    sides = [(one.name, scores[one.name]) for one in models]
    return compare_pair(policy.by, sides[0], sides[1], margin=policy.margin)
