"""A claim about two contenders, that one is better or no worse, and what the days say of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from assay.core.check import Finding, Severity, Status
from assay.core.compare import Difference, Insufficient, Measured, compare
from assay.core.metrics import METRICS, Metric


class Rule(StrEnum):
    """What is claimed: that ours gains the margin, or that it loses less than the margin."""

    SUPERIORITY = "superiority"
    NON_INFERIORITY = "non_inferiority"


class Outcome(StrEnum):
    """What the days say of a claim. `unknown`: it could not be computed, which never passes."""

    SHOWN = "shown"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    UNKNOWN = "unknown"


_STATUS = {
    Outcome.SHOWN: Status.PASS,
    Outcome.UNDECIDED: Status.WARN,
    Outcome.REFUTED: Status.FAIL,
    Outcome.UNKNOWN: Status.FAIL,
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One claim, weighed: who against whom by which rule, the outcome, the numbers, and all of it in a sentence."""

    ours: str
    theirs: str
    rule: Rule
    margin: float
    outcome: Outcome
    sentence: str
    difference: Difference | None

    def finding(self, severity: Severity = Severity.CRITICAL) -> Finding:
        """The comparison as a finding of the check `gate.superiority` or `gate.non_inferiority`."""
        gains = self.rule is Rule.SUPERIORITY
        wanted = f"a gain of at least {self.margin:g}" if gains else f"a loss of less than {self.margin:g}"
        details: dict[str, Any] = {"ours": self.ours, "theirs": self.theirs, "outcome": self.outcome.value}
        if self.difference is not None:
            details |= {"difference": asdict(self.difference), "margin": self.margin}
        observed = None if self.difference is None else self.difference.estimate
        return Finding(
            f"gate.{self.rule.value}", _STATUS[self.outcome], self.sentence, severity, None, observed, wanted, details
        )


def weigh(
    metric: Metric | str,
    ours: tuple[str, Mapping[date, Measured]],
    theirs: tuple[str, Mapping[date, Measured]],
    *,
    rule: Rule,
    margin: float,
    confidence: float,
) -> Comparison:
    """What the days say of the claim `rule` about the two named contenders.

    Superiority claims a gain of the margin. It is shown when the estimate reaches the margin (worth a change) and its
    lower bound lies above zero (no noise); refuted when even the upper bound lies below the margin. Non-inferiority
    claims a loss below the margin: shown when the lower bound lies above -margin, refuted when the upper bound lies
    below it. Everything between is undecided: more days may decide it.
    """
    by = METRICS[metric] if isinstance(metric, str) else metric
    found = compare(by, ours[1], theirs[1], confidence)
    if isinstance(found, Insufficient):
        sentence = f"{ours[0]} cannot be compared with {theirs[0]} by {by.title}: {found.reason}."
        return Comparison(ours[0], theirs[0], rule, margin, Outcome.UNKNOWN, sentence, None)
    outcome = _outcome(found, rule, margin)
    sentence = _sentence(by, ours[0], theirs[0], found, rule=rule, margin=margin, outcome=outcome)
    return Comparison(ours[0], theirs[0], rule, margin, outcome, sentence, found)


def _outcome(found: Difference, rule: Rule, margin: float) -> Outcome:
    if not all(math.isfinite(x) for x in (found.estimate, found.low, found.high)):
        return Outcome.UNKNOWN
    if rule is Rule.SUPERIORITY:
        if found.estimate >= margin and found.low > 0:
            return Outcome.SHOWN
        return Outcome.REFUTED if found.high < margin else Outcome.UNDECIDED
    if found.low > -margin:
        return Outcome.SHOWN
    return Outcome.REFUTED if found.high < -margin else Outcome.UNDECIDED


def _sentence(
    metric: Metric, ours: str, theirs: str, found: Difference, *, rule: Rule, margin: float, outcome: Outcome
) -> str:
    places = decimals(margin)
    value = f"{found.ours:.{places}f} against {found.theirs:.{places}f} of {theirs}"
    better = "" if metric.higher_is_better else " better (lower is)"
    reach = {
        Outcome.SHOWN: f"at least {signed(found.low, places)}",
        Outcome.REFUTED: f"at most {signed(found.high, places)}",
    }.get(outcome, f"between {signed(found.low, places)} and {signed(found.high, places)}")
    gains = rule is Rule.SUPERIORITY
    called = {
        Outcome.SHOWN: "it is shown better" if gains else "it is shown no worse",
        Outcome.REFUTED: "it is shown not to gain that much" if gains else "it is shown worse",
    }.get(outcome, "it is undecided")
    limit = f"the margin is {margin:.{places}f}" if gains else f"the loss allowed is {margin:.{places}f}"
    article = "an" if metric.title[:1] in "AEFIO" else "a"
    return (
        f"{ours} has {article} {metric.title} of {value} on {found.days} days ({found.rows:,} rows): "
        f"{signed(found.estimate, places)}{better}, {reach} at {percent(found.confidence)} confidence; "
        f"{limit}, so {called}."
    )


def decimals(margin: float) -> int:
    """How many decimals show two digits of the margin, from 3 to 6."""
    return 3 if margin <= 0 else min(6, max(3, 1 - math.floor(math.log10(margin))))


def signed(value: float, places: int) -> str:
    """The value with its sign, with more decimals where it would round to zero.

    >>> signed(0.0114, 3), signed(-0.00004, 3), signed(0.0, 3)
    ('+0.011', '-0.00004', '+0.000')
    """
    if value != 0 and abs(value) < 0.5 * 10.0**-places and abs(value) > 1e-12:
        places = -math.floor(math.log10(abs(value)))
    return f"{value if abs(value) > 1e-12 else 0.0:+.{places}f}"


def percent(share: float) -> str:
    """A share in percent, with the digits that it has.

    >>> percent(0.95), percent(0.9984375)
    ('95 %', '99.844 %')
    """
    return f"{100 * share:.5g} %"
