"""The comparison of a model's loss with that of a constant, one number for every row, on the same rows.

A metric of ranks, such as ROC AUC, does not show it: a model can order rows well and still give 33 % where 17 % happen.
The loss is log loss where the label is an event, and RMSE, in the label's unit, where it is a number.

There are two constants. The constant of the training (its base rate, or mean label) was known before, and could have
been served instead. The constant of the judged rows is the best of all, and is known only afterwards.
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
"""The metric for the comparison with a constant, by the task of the model."""

CONSTANT_TITLES = {TaskType.CLASSIFICATION: "base rate", TaskType.REGRESSION: "mean"}
"""The name of the best constant of some rows, by the task of the model."""

CHECK = "baseline"
"""The first part of the names of these checks; the loss is the second."""

MIN_RATE = sys.float_info.epsilon
"""A rate is moved to at least this distance from 0 and 1 before its logarithm is taken, as scores are."""

ADVICE = "If its order is good and its level is not, 'train.recalibrate' corrects the level."
"""The sentence after a warning on probabilities."""

NEGLIGIBLE_LOSS_SHARE = 1e-9
"""Losses that differ by a smaller share are equal: rounding alone can cause such a difference."""


@dataclass(frozen=True, slots=True)
class AgainstConstant:
    """A model's loss on some rows, and the losses of two constants on the same rows.

    The loss of the training's constant, `training`, is None where that constant is not known. The mean label of the
    rows, `mean`, is a share for events. All numbers but `rows` and `mean` are in the unit of the loss `metric`.
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
        """The gain of the model against the training's constant, below 0 for a worse model.

        Where the training's constant is not known, it is the gain against the rows' own constant.
        """
        return (self.own if self.training is None else self.training) - self.loss

    @property
    def worse(self) -> bool:
        """True if the rows' own constant is better; no other constant can be better unless this one is."""
        return self.loss > self.own * (1 + NEGLIGIBLE_LOSS_SHARE)

    @property
    def worse_than_training(self) -> bool:
        """True if the constant of the training, which was known before, would have been better."""
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
        places = loss_places(self.metric, self.loss)
        return f"{name} has {self.by.named} of {self.loss:,.{places}f}: {', '.join(clauses)}."

    def _gain(self, than: float) -> str:
        return gained(self.by, than - self.loss, loss_places(self.metric, self.loss))


def loss_places(metric: str, loss: float) -> int:
    """Return the decimals to show: three of a log loss; of an error as many as show four digits, in any unit."""
    if metric == "log_loss" or not loss:
        return 3
    return max(0, 3 - math.floor(math.log10(loss)))


def against_constant(
    state: Measured, *, constant: float | None = None, reference: float | None = None
) -> AgainstConstant | None:
    """Return a model's loss on the labelled rows of `state` beside that of the constants; None without a finite loss.

    The number that the training's constant gives every row is `constant`. The loss of that constant on these rows is
    `reference`; where it was measured, it is used and not computed from `constant`.
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

    It follows from counts alone. For P positives and N negatives it is -(P ln v + N ln(1 - v)) / (P + N). For a number
    it is the root of the labels' variance plus the squared distance of their mean from v.
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
    """Return the comparison as a finding of the check `baseline.log_loss` or `baseline.rmse`.

    It is a warning where the model is worse than the best constant of these rows. It never fails: the comparison
    informs, and refuses no model. A warning on probabilities names the setting that corrects their level.
    """
    status = Status.WARN if comparison.worse else Status.PASS
    advice = f" {ADVICE}" if comparison.worse and comparison.by.task is TaskType.CLASSIFICATION else ""
    details: dict[str, Any] = {"model": name, "gain": comparison.gain, **asdict(comparison)}
    expected = f"at most {comparison.own:,.6g}, that of the rows' own constant"
    return Finding(
        f"{CHECK}.{comparison.metric}",
        status,
        comparison.sentence(name) + advice,
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
    """Return the finding with the severity info, for a model that is not promoted."""
    return replace(finding, severity=Severity.INFO)


def _mean(state: Measured) -> float | None:
    if isinstance(state, Residuals):
        mean = label_mean(state)
        return None if mean is None else float(mean)
    return base_rate(state)
