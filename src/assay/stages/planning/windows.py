"""The dates of a training and of its holdout: split by time, never by chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from assay.core.evaluation.label_maturity import first_immature
from assay.core.interval import Interval
from assay.spec.schema.pipeline import PipelineSpec


@dataclass(frozen=True, slots=True)
class Windows:
    """The training window and the holdout behind it, both before the day of training."""

    window: Interval
    holdout: Interval

    @property
    def all(self) -> Interval:
        """Both together."""
        return Interval(self.window.start, self.holdout.end)


def windows_for(spec: PipelineSpec, day: date) -> Windows:
    """Return the windows of a training on `day`: the holdout ends at the first immature label, the window before it."""
    end = first_immature(day, spec.label.label_delay)
    start = end - timedelta(days=spec.gate.holdout)
    return Windows(Interval(start - timedelta(days=spec.train.window), start), Interval(start, end))
