"""Claims about two contenders, that one is better or no worse, and the outcome of a claim on some days."""

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
    """The claim: the contender gains the margin, or it loses less than the margin."""

    SUPERIORITY = "superiority"
    NON_INFERIORITY = "non_inferiority"


class ClaimOutcome(StrEnum):
    """The outcome of a claim on some days; `unknown` is a claim that could not be computed, and it never passes."""

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
    """A claim about a contender and an incumbent with its outcome, its numbers, and a sentence about all of them."""

    contender: str
    incumbent: str
    rule: ClaimRule
    margin: float
    outcome: ClaimOutcome
    sentence: str
    difference: MetricDifference | None

    def finding(self, severity: Severity = Severity.CRITICAL) -> Finding:
        """Return the comparison as a finding of the check `gate.superiority` or `gate.non_inferiority`."""
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
    """Return the outcome of the claim `rule` about the two named contenders, over the days that both have.

    Superiority claims a gain of the margin. It is shown when the estimate reaches the margin (worth a change) and the
    lower bound is above zero (no noise). It is refuted when even the upper bound is below the margin.

    Non-inferiority claims a loss below the margin. It is shown when the lower bound is above -margin, and refuted when
    the upper bound is below -margin.

    Any other result is undecided: more days may decide it. Where the bins of the scores are too coarse for the margin,
    the outcome is unknown. The flag `incumbent_is_constant` has the same meaning as in `compare`.
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
    """Return the end of a sentence about values that binning may have moved too far, with the remedy."""
    return (
        f"insufficient resolution. Their scores crowd in few bins, which may have moved the value of {names[0]} by up "
        f"to {bounds[0]:.2g} and that of {names[1]} by up to {bounds[1]:.2g}, together more than half the margin of "
        f"{margin:g}; the metrics log_loss and brier rest on exact sums."
    )


def gained(metric: Metric, gain: float, places: int) -> str:
    """Return a gain as a text; a positive gain is better, for both directions of a metric.

    Where higher is better the text is a signed number. Where lower is better it has the word "better" or "worse", since
    a reader would misunderstand a sign.

    >>> gained(METRICS["roc_auc"], -0.0114, 3), gained(METRICS["rmse"], 1.5, 3), gained(METRICS["rmse"], -0.25, 3)
    ('-0.011', '1.500 better', '0.250 worse')
    """
    if metric.higher_is_better:
        return signed(gain, places)
    return f"{signed(abs(gain), places)[1:]} {'better' if gain >= 0 else 'worse'}"


def at_least(metric: Metric, low: float, places: int) -> str:
    """Return the text that a gain is `low` or more; it calls a negative gain a loss of at most that size.

    >>> at_least(METRICS["rmse"], 0.5, 3), at_least(METRICS["rmse"], -0.5, 3), at_least(METRICS["roc_auc"], -0.01, 3)
    ('at least 0.500 better', 'at most 0.500 worse', 'at least -0.010')
    """
    turned = low < 0 and not metric.higher_is_better
    return f"{'at most' if turned else 'at least'} {gained(metric, low, places)}"


def at_most(metric: Metric, high: float, places: int) -> str:
    """Return the text that a gain is `high` or less; it calls a negative gain a loss of at least that size.

    >>> at_most(METRICS["mae"], -0.5, 3), at_most(METRICS["mae"], 0.5, 3)
    ('at least 0.500 worse', 'at most 0.500 better')
    """
    turned = high < 0 and not metric.higher_is_better
    return f"{'at least' if turned else 'at most'} {gained(metric, high, places)}"


def decimals(margin: float) -> int:
    """Return the number of decimals that show two digits of the margin: 3 to 6 below 1, fewer in larger units.

    >>> decimals(0.01), decimals(0.0001), decimals(2), decimals(250)
    (3, 5, 1, 0)
    """
    if margin <= 0:
        return 3
    wanted = 1 - math.floor(math.log10(margin))
    return min(6, max(3, wanted)) if margin < 1 else max(0, wanted)


def signed(value: float, places: int) -> str:
    """Return the value with its sign, with more decimals where it would round to zero.

    >>> signed(0.0114, 3), signed(-0.00004, 3), signed(0.0, 3)
    ('+0.011', '-0.00004', '+0.000')
    """
    if value != 0 and abs(value) < 0.5 * 10.0**-places and abs(value) > 1e-12:
        places = max(0, -math.floor(math.log10(abs(value))))
    return f"{value if abs(value) > 1e-12 else 0.0:+,.{places}f}"


def percent(share: float) -> str:
    """Return a share in percent, with at most five digits.

    >>> percent(0.95), percent(0.9984375)
    ('95 %', '99.844 %')
    """
    return f"{100 * share:.5g} %"
