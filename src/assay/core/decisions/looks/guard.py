"""The guard: a new recipe's loss must be estimated no worse than that of the constant and of each naive baseline.

The loss is log loss where the label is an event, and RMSE where it is a number, over all days of the pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.decisions.looks.pair import LookOutcome
from assay.core.evaluation.claims import gained
from assay.core.evaluation.constant_baseline import against_constant, loss_places
from assay.core.evaluation.contender import CONSTANT, NAIVE, Contender
from assay.core.evaluation.holdout import Holdout
from assay.core.evaluation.metrics import METRICS


@dataclass(frozen=True, slots=True)
class Guard:
    """The loss of a contender beside that of the baseline with the smallest loss on the same rows, of this kind."""

    baseline: str
    kind: str
    metric: str
    loss: float
    limit: float

    @property
    def gain(self) -> float:
        """The gain over the baseline; below 0 the guard vetoes."""
        return self.limit - self.loss

    @property
    def veto(self) -> LookOutcome:
        """The outcome of a look that the guard vetoes."""
        return LookOutcome.WORSE_THAN_NAIVE if self.kind == NAIVE else LookOutcome.GUARDED

    @property
    def clause(self) -> str:
        """The comparison in words, from the contender's view.

        >>> Guard("naive last_week", NAIVE, "rmse", 5.25, 5.0).clause
        'its RMSE of 5.250 is 0.250 worse than that of naive last_week'
        """
        by, places = METRICS[self.metric], loss_places(self.metric, self.loss)
        than = "the constant" if self.kind == CONSTANT else self.baseline
        return f"its {by.title} of {self.loss:,.{places}f} is {gained(by, self.gain, places)} than that of {than}"


def guard_of(rival: Contender, baselines: Sequence[Contender], holdout: Holdout) -> Guard | None:
    """Return a contender beside the best of the other baselines on a holdout; None where there is no loss."""
    beside = against_constant(holdout.pooled(rival.name))
    if beside is None:
        return None
    others = [one for one in baselines if one.recipe != rival.recipe]
    measured = [(one, against_constant(holdout.pooled(one.name))) for one in others]
    losses = [(scored.loss, one) for one, scored in measured if scored is not None]
    if not losses:
        return None
    limit, best = min(losses, key=lambda pair: pair[0])
    return Guard(best.name, best.kind, beside.metric, beside.loss, limit)
