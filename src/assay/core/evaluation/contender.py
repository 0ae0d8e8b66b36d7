"""A model as the gate sees it, and the policy by which it is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assay.core.evaluation.metrics import METRICS, Metric
from assay.core.evaluation.slices import SliceRule
from assay.core.profiles.outcome_profile import OutcomeProfile

CONSTANT = "constant"
"""The kind of the contender that scores every row alike: what must be beaten, and is never promoted."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A model on the holdout: its outcomes per day, how complex it is, and by which recipe it was made.

    `recipe` names code and settings: the same recipe on newer data is a refresh. `identity` is the model's own digest;
    two with the same one are the same model. `kind` is "constant" for the constant. `constant` is what the constant of
    the model's own training gives every row, None where that is not known.
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
    """What an approver signs: the metric, its floor, the gain that is worth a change and how sure one must be.

    `at_least` is a value of the metric, at most for one where lower is better. Insufficient is a holdout of fewer than
    `min_days`, and of fewer than `min_positives` rows of either label, or fewer than `min_rows` rows where the label is
    a number. Raises ValueError for an unknown metric, a negative margin or a confidence outside [0.5, 1).
    """

    metric: str
    margin: float
    at_least: float | None = None
    confidence: float = 0.95
    slices: Sequence[str] = ()
    min_slice_rows: int = 1_000
    min_days: int = 20
    min_positives: int = 100
    min_rows: int = 200

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise ValueError(f"'{self.metric}' is not a metric: one of {', '.join(METRICS)}")
        if not self.margin >= 0 or not 0.5 <= self.confidence < 1:
            raise ValueError("the margin is 0 or more and the confidence in [0.5, 1)")

    @property
    def by(self) -> Metric:
        """The metric itself."""
        return METRICS[self.metric]

    def slice_rule(self, confidence: float) -> SliceRule:
        """How slices are judged at that confidence."""
        return SliceRule(self.metric, self.slices, self.min_slice_rows, self.margin, confidence)
