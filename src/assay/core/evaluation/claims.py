"""A claim about two contenders, that one is better or no worse, and what the days say of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.jackknife import Insufficient, Measured, MetricDifference, compare
from assay.core.evaluation.metrics import METRICS, Metric
from assay.core.text import quantity


class ClaimRule(StrEnum):
    """What is claimed: that the contender gains the margin, or that it loses less than the margin."""

    SUPERIORITY = "superiority"
    NON_INFERIORITY = "non_inferiority"


class ClaimOutcome(StrEnum):
    """What the days say of a claim. `unknown`: it could not be computed, which never passes."""

    SHOWN = "shown"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    UNKNOWN = "unknown"


_STATUS = {
    ClaimOutcome.SHOWN: Status.PASS,
    ClaimOutcome.UNDECIDED: Status.WARN,
    ClaimOutcome.REFUTED: Status.FAIL,
    ClaimOutcome.UNKNOWN: Status.FAIL,
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One claim, weighed: who against whom by which rule, the outcome, the numbers, and all of it in a sentence."""

    contender: str
    incumbent: str
    rule: ClaimRule
    margin: float
    outcome: ClaimOutcome
    sentence: str
    difference: MetricDifference | None

    def finding(self, severity: Severity = Severity.CRITICAL) -> Finding:
        """The comparison as a finding of the check `gate.superiority` or `gate.non_inferiority`."""
        gains = self.rule is ClaimRule.SUPERIORITY
        wanted = f"a gain of at least {self.margin:g}" if gains else f"a loss of less than {self.margin:g}"
        details: dict[str, Any] = {"ours": self.contender, "theirs": self.incumbent, "outcome": self.outcome.value}
        if self.difference is not None:
            details |= {"difference": self.difference.to_json(), "margin": self.margin}
        observed = None if self.difference is None else self.difference.estimate
        return Finding(
            f"gate.{self.rule.value}", _STATUS[self.outcome], self.sentence, severity, None, observed, wanted, details
        )


def evaluate_claim(
    metric: Metric | str,
    contender: tuple[str, Mapping[date, Measured]],
    incumbent: tuple[str, Mapping[date, Measured]],
    *,
    rule: ClaimRule,
    margin: float,
    confidence: float,
    incumbent_is_constant: bool = False,
) -> Comparison:
    """What the days say of the claim `rule` about the two named contenders.

    Superiority claims a gain of the margin. It is shown when the estimate reaches the margin (worth a change) and its
    lower bound lies above zero (no noise); refuted when even the upper bound lies below the margin. Non-inferiority
    claims a loss below the margin: shown when the lower bound lies above -margin, refuted when the upper bound lies
    below it. Everything between is undecided: more days may decide it. Where the bins of the scores are too
    coarse for the margin, the outcome is unknown. `incumbent_is_constant`: as in `compare`.
    """
    by = METRICS[metric] if isinstance(metric, str) else metric
    difference = compare(by, contender[1], incumbent[1], confidence, incumbent_is_constant=incumbent_is_constant)
    if isinstance(difference, Insufficient):
        sentence = f"{contender[0]} cannot be compared with {incumbent[0]} by {by.title}: {difference.reason}."
        return Comparison(contender[0], incumbent[0], rule, margin, ClaimOutcome.UNKNOWN, sentence, None)
    if not difference.resolves(margin):
        sentence = (
            f"{contender[0]} cannot be compared with {incumbent[0]} by {by.title}: "
            f"{too_coarse((contender[0], incumbent[0]), difference.bounds, margin)}"
        )
        return Comparison(contender[0], incumbent[0], rule, margin, ClaimOutcome.UNKNOWN, sentence, difference)
    outcome = _outcome(difference, rule, margin)
    sentence = _sentence(by, contender[0], incumbent[0], difference, rule=rule, margin=margin, outcome=outcome)
    return Comparison(contender[0], incumbent[0], rule, margin, outcome, sentence, difference)


def _outcome(difference: MetricDifference, rule: ClaimRule, margin: float) -> ClaimOutcome:
    if not all(math.isfinite(x) for x in (difference.estimate, difference.low, difference.high)):
        return ClaimOutcome.UNKNOWN
    if rule is ClaimRule.SUPERIORITY:
        if difference.estimate >= margin and difference.low > 0:
            return ClaimOutcome.SHOWN
        return ClaimOutcome.REFUTED if difference.high < margin else ClaimOutcome.UNDECIDED
    if difference.low > -margin:
        return ClaimOutcome.SHOWN
    return ClaimOutcome.REFUTED if difference.high < -margin else ClaimOutcome.UNDECIDED


def _sentence(
    metric: Metric,
    contender: str,
    incumbent: str,
    difference: MetricDifference,
    *,
    rule: ClaimRule,
    margin: float,
    outcome: ClaimOutcome,
) -> str:
    places = decimals(margin)
    value = f"{difference.contender_value:,.{places}f} against {difference.incumbent_value:,.{places}f} of {incumbent}"
    low, high = (gained(metric, bound, places) for bound in (difference.low, difference.high))
    reach = {
        ClaimOutcome.SHOWN: at_least(metric, difference.low, places),
        ClaimOutcome.REFUTED: at_most(metric, difference.high, places),
    }.get(outcome, f"between {low} and {high}")
    gains = rule is ClaimRule.SUPERIORITY
    called = {
        ClaimOutcome.SHOWN: "it is shown better" if gains else "it is shown no worse",
        ClaimOutcome.REFUTED: "it is shown not to gain that much" if gains else "it is shown worse",
    }.get(outcome, "it is undecided")
    limit = f"the margin is {margin:,.{places}f}" if gains else f"the loss allowed is {margin:,.{places}f}"
    named = metric.named if metric.higher_is_better else f"{metric.named} (lower is better)"
    return (
        f"{contender} has {named} of {value} on {quantity(difference.days, 'day')} "
        f"({quantity(difference.rows, 'row')}): {gained(metric, difference.estimate, places)}, "
        f"{reach} at {percent(difference.confidence)} confidence; {limit}, so {called}."
    )


def too_coarse(names: tuple[str, str], bounds: tuple[float, float], margin: float) -> str:
    """What stops a comparison of values that binning may have moved too far, and what to do: the end of a sentence."""
    return (
        f"insufficient resolution. Their scores crowd in few bins, which may have moved the value of {names[0]} by up "
        f"to {bounds[0]:.2g} and that of {names[1]} by up to {bounds[1]:.2g}, together more than half the margin of "
        f"{margin:g}; the metrics log_loss and brier rest on exact sums."
    )


def gained(metric: Metric, gain: float, places: int) -> str:
    """A gain, which is positive where a model is better, as a person reads it: signed where higher is better, and in
    words where lower is, since a sign would be read the wrong way round.

    >>> gained(METRICS["roc_auc"], -0.0114, 3), gained(METRICS["rmse"], 1.5, 3), gained(METRICS["rmse"], -0.25, 3)
    ('-0.011', '1.500 better', '0.250 worse')
    """
    if metric.higher_is_better:
        return signed(gain, places)
    return f"{signed(abs(gain), places)[1:]} {'better' if gain >= 0 else 'worse'}"


def at_least(metric: Metric, low: float, places: int) -> str:
    """That a gain is `low` or more; a loss is then at most so much.

    >>> at_least(METRICS["rmse"], 0.5, 3), at_least(METRICS["rmse"], -0.5, 3), at_least(METRICS["roc_auc"], -0.01, 3)
    ('at least 0.500 better', 'at most 0.500 worse', 'at least -0.010')
    """
    turned = low < 0 and not metric.higher_is_better
    return f"{'at most' if turned else 'at least'} {gained(metric, low, places)}"


def at_most(metric: Metric, high: float, places: int) -> str:
    """That a gain is `high` or less; a loss is then at least so much.

    >>> at_most(METRICS["mae"], -0.5, 3), at_most(METRICS["mae"], 0.5, 3)
    ('at least 0.500 worse', 'at most 0.500 better')
    """
    turned = high < 0 and not metric.higher_is_better
    return f"{'at least' if turned else 'at most'} {gained(metric, high, places)}"


def decimals(margin: float) -> int:
    """How many decimals show two digits of the margin: from 3 to 6 below 1, fewer for a margin in larger units.

    >>> decimals(0.01), decimals(0.0001), decimals(2), decimals(250)
    (3, 5, 1, 0)
    """
    if margin <= 0:
        return 3
    wanted = 1 - math.floor(math.log10(margin))
    return min(6, max(3, wanted)) if margin < 1 else max(0, wanted)


def signed(value: float, places: int) -> str:
    """The value with its sign, with more decimals where it would round to zero.

    >>> signed(0.0114, 3), signed(-0.00004, 3), signed(0.0, 3)
    ('+0.011', '-0.00004', '+0.000')
    """
    if value != 0 and abs(value) < 0.5 * 10.0**-places and abs(value) > 1e-12:
        places = max(0, -math.floor(math.log10(abs(value))))
    return f"{value if abs(value) > 1e-12 else 0.0:+,.{places}f}"


def percent(share: float) -> str:
    """A share in percent, with the digits that it has.

    >>> percent(0.95), percent(0.9984375)
    ('95 %', '99.844 %')
    """
    return f"{100 * share:.5g} %"
