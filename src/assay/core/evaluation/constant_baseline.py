"""A model's loss beside that of a constant on the same rows: would one number for every row have been better?

A metric of ranks, such as ROC AUC, says nothing about this: a model can order rows well and still give 33 % where 17 %
happen. The loss is log loss where the label is an event, and RMSE, in the label's unit, where it is a number. There are
two constants. That of the training (its base rate, or mean label) was known before: it is what could have been served
instead. That of the judged rows themselves is the best constant of all and is known only afterwards.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.claims import gained
from assay.core.evaluation.metrics import METRICS, Metric, base_rate
from assay.core.evaluation.regression_metrics import label_mean, label_squares
from assay.core.profiles.outcome_profile import LabelledScores
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.score_counts import Counts
from assay.core.task_type import TaskType

Measured = LabelledScores | Counts | Residuals

LOSSES = {TaskType.CLASSIFICATION: "log_loss", TaskType.REGRESSION: "rmse"}
"""The metric that a model of each task is compared with a constant by."""

CONSTANT_TITLES = {TaskType.CLASSIFICATION: "base rate", TaskType.REGRESSION: "mean"}
"""What the best constant of some rows is called."""

CHECK = "baseline"
"""How the checks of these findings begin; the loss follows."""

MIN_RATE = sys.float_info.epsilon
"""A rate is kept so far from 0 and 1 before its logarithm is taken, as scores are."""

NEGLIGIBLE_LOSS_SHARE = 1e-9
"""Losses that differ by a smaller share are alike: the two were rounded differently."""


@dataclass(frozen=True, slots=True)
class AgainstConstant:
    """A model's loss on some rows, and that of two constants on the same rows.

    `training` is None where the constant of the training is not known. `mean` is the mean label of the rows, a share
    for events. Everything but `rows` and `mean` is in the unit of the loss `metric`.
    """

    metric: str
    loss: float
    training: float | None
    own: float
    mean: float
    rows: int

    @property
    def by(self) -> Metric:
        """The loss as a metric."""
        return METRICS[self.metric]

    @property
    def gain(self) -> float:
        """By how much the model is better than the training's constant (the rows' own where that is not known); below 0
        it is worse."""
        return (self.own if self.training is None else self.training) - self.loss

    @property
    def worse(self) -> bool:
        """Whether the rows' own constant is better: no other constant can be better unless this one is."""
        return self.loss > self.own * (1 + NEGLIGIBLE_LOSS_SHARE)

    @property
    def worse_than_training(self) -> bool:
        """Whether the constant of the training, which was known before, would have been better."""
        return self.training is not None and self.loss > self.training * (1 + NEGLIGIBLE_LOSS_SHARE)

    def sentence(self, name: str) -> str:
        """Return the comparison in words; `name` is the model's.

        >>> AgainstConstant("log_loss", 0.643, 0.608, 0.593, 0.25, 800).sentence("linear")
        "linear has a log loss of 0.643: 0.035 worse than its training's base rate, 0.050 worse than these rows' own."
        """
        kind = CONSTANT_TITLES[self.by.task]
        clauses = []
        if self.training is not None:
            clauses.append(f"{self._gain(self.training)} than its training's {kind}")
            clauses.append(f"{self._gain(self.own)} than these rows' own")
        else:
            clauses.append(f"{self._gain(self.own)} than these rows' own {kind}")
        return f"{name} has {self.by.named} of {self.loss:,.{self._places}f}: {', '.join(clauses)}."

    def _gain(self, than: float) -> str:
        return gained(self.by, than - self.loss, self._places)

    @property
    def _places(self) -> int:
        """Three decimals of a log loss; four digits of an error, whatever the label's unit."""
        if self.metric == "log_loss" or not self.loss:
            return 3
        return max(0, 3 - math.floor(math.log10(self.loss)))


def against_constant(
    state: Measured, *, constant: float | None = None, reference: float | None = None
) -> AgainstConstant | None:
    """Return a model's loss on the labelled rows of `state` beside that of the constants; None without a finite loss.

    `constant` is what the constant of the model's training gives every row. `reference` is that constant's own loss on
    these rows, where it was measured; it goes first.
    """
    by = METRICS[LOSSES[TaskType.REGRESSION if isinstance(state, Residuals) else TaskType.CLASSIFICATION]]
    loss, mean = by.function(state), _mean(state)
    if loss is None or mean is None or not math.isfinite(loss):
        return None
    own = constant_loss(state, mean)
    if reference is None and constant is not None:
        reference = constant_loss(state, constant)
    return None if own is None else AgainstConstant(by.name, loss, reference, own, mean, state.rows)


def constant_loss(state: Measured, value: float) -> float | None:
    """Return the loss of a model that gives every labelled row of `state` the same `value`; None without such rows.

    It follows from counts alone: of P positives and N negatives, -(P ln v + N ln(1 - v)) / (P + N); of a number, the
    root of its variance plus the squared distance of its mean from v.
    """
    if not state.rows:
        return None
    if isinstance(state, Residuals):
        squares, mean = label_squares(state), label_mean(state)
        if squares is None or mean is None or not math.isfinite(value):
            return None
        return math.sqrt(squares / state.rows + (mean - Fraction(value)) ** 2)
    counts, rate = Counts.of(state), min(max(value, MIN_RATE), 1 - MIN_RATE)
    return -(counts.positive * math.log(rate) + counts.negative * math.log1p(-rate)) / counts.rows


def baseline_finding(name: str, comparison: AgainstConstant, severity: Severity = Severity.WARNING) -> Finding:
    """Return the comparison as a finding of `baseline.log_loss` or `baseline.rmse`: a warning where the model is worse
    than the best constant of these rows. It never fails: a worse model is seen here, and vetoed nowhere."""
    status = Status.WARN if comparison.worse else Status.PASS
    details: dict[str, Any] = {"model": name, "gain": comparison.gain, **asdict(comparison)}
    expected = f"at most {comparison.own:,.6g}, that of the rows' own constant"
    return Finding(
        f"{CHECK}.{comparison.metric}",
        status,
        comparison.sentence(name),
        severity,
        None,
        comparison.loss,
        expected,
        details,
    )


def baselines_in(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that compare a model with a constant."""
    return [finding for finding in findings if finding.check.startswith(f"{CHECK}.")]


def noted(finding: Finding) -> Finding:
    """Return the finding for information alone: of a model that does not move on."""
    return replace(finding, severity=Severity.INFO)


def _mean(state: Measured) -> float | None:
    if isinstance(state, Residuals):
        mean = label_mean(state)
        return None if mean is None else float(mean)
    return base_rate(state)
