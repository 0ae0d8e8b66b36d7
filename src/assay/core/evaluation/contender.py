"""A model with its outcomes on the holdout, and the policy by which the gate judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from assay.core.evaluation.fold_grid import MIN_DAYS
from assay.core.evaluation.metrics import METRICS, Metric
from assay.core.evaluation.slices import SliceRule
from assay.core.profiles.outcome_profile import OutcomeProfile


class GateClaim(StrEnum):
    """The claim that a promotion rests on: a gain above zero, or one above the margin."""

    BETTER = "better"
    MARGIN = "margin"


CONSTANT = "constant"
"""The kind of the contender that gives every row the same score: other models must beat it; it is never promoted."""

NAIVE = "naive"
"""The kind of a contender that predicts the value of one feature, such as the last value of the label."""

LINEAR = "linear"
CANDIDATE = "candidate"

BASELINES = (CONSTANT, NAIVE, LINEAR)
"""The kinds of the contenders that Assay brings, by complexity; a candidate has a larger complexity of its own."""


def naive_name(feature: str) -> str:
    """Return the name of the contender that predicts the value of a feature; no candidate's name begins like it.

    >>> naive_name("last_week")
    'naive last_week'
    """
    return f"{NAIVE} {feature}"


@dataclass(frozen=True, slots=True)
class Contender:
    """A model on the holdout: its outcomes per day, its complexity, and the recipe that made it.

    The `recipe` names code and settings: the same recipe on newer data is a refresh. The `identity` is the digest of
    the model: two models with the same digest are the same. The `kind` is one of `BASELINES`, or "candidate".

    The number that the constant of the model's own training gives every row is `constant`, None where it is not known.
    """

    name: str
    kind: str
    complexity: int
    recipe: str
    days: Mapping[date, OutcomeProfile]
    identity: str = ""
    constant: float | None = None


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """The rules that an approver signs: the metric, its floor, the gain that is worth a change, and the confidence.

    The floor `at_least` is a value of the metric, and a ceiling for a metric where lower is better. With `confidence` a
    year of gates promotes no contender that is no better. A fold has `fold` days, and `folds` of them are judged first.
    At most `challengers` pairs stay open. With `slice_harm`, each slice has to be shown to lose less than that.

    A holdout is insufficient with fewer than `min_days` days. It is also insufficient with fewer than `min_positives`
    rows of either label, or with fewer than `min_rows` rows where the label is a number.

    Raises:
        ValueError: The metric is unknown, the margin is negative, or the confidence is outside [0.5, 1).
    """

    metric: str
    margin: float
    at_least: float | None = None
    confidence: float = 0.95
    slices: tuple[str, ...] = ()
    min_slice_rows: int = 1_000
    slice_harm: float | None = None
    claim: GateClaim = GateClaim.BETTER
    fold: int = 28
    folds: int = 3
    challengers: int = 4
    min_days: int = MIN_DAYS
    min_positives: int = 100
    min_rows: int = 200

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise ValueError(f"'{self.metric}' is not a metric: one of {', '.join(METRICS)}")
        if not self.margin >= 0 or not 0.5 <= self.confidence < 1:
            raise ValueError("the margin is 0 or more and the confidence in [0.5, 1)")

    @property
    def yearly_error(self) -> float:
        """The probability of at least one false promotion in a year."""
        return 1 - self.confidence

    @property
    def claimed_gain(self) -> float:
        """The gain that has to be shown."""
        return self.margin if self.claim is GateClaim.MARGIN else 0.0

    @property
    def by(self) -> Metric:
        """The metric of that name."""
        return METRICS[self.metric]

    def slice_rule(self, confidence: float) -> SliceRule:
        """Return the rule that judges slices at that confidence."""
        return SliceRule(self.metric, self.slices, self.min_slice_rows, self.margin, confidence, self.slice_harm)
