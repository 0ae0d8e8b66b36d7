"""The cost of the age of a model: what was served beside the folds of the same recipe, whose models were newer.

A fold is scored by a model that was made before it began. So on each day that was served and lies in a fold, both
models have the same recipe and differ in their age alone (rolling-origin evaluation; Tashman 2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assay.core.decisions.looks.comparison import PairComparison, compare_pair
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import Metric
from assay.core.profiles.outcome_profile import OutcomeProfile, same_rows

FRESH, SERVED = "a newer model of the recipe", "what was served"


@dataclass(frozen=True, slots=True)
class AgedDay:
    """A day that was served: the age in days of the model that served it, and of that of the fold, and both outcomes.

    The age of a model is the number of days since the end of its training window.
    """

    day: date
    age: int
    fresh_age: int
    served: OutcomeProfile
    fresh: OutcomeProfile


@dataclass(frozen=True, slots=True)
class AgeBand:
    """The days that were served by models of `ages`, half-open, and the gain of newer models on them.

    `fresh_age` is the mean age of these. The comparison is Insufficient on fewer than 20 days.
    """

    ages: tuple[int, int]
    days: int
    fresh_age: float
    compared: PairComparison | Insufficient


@dataclass(frozen=True, slots=True)
class Staleness:
    """The cost of age by bands of ages, youngest first, and the verdict of the newest days alone.

    - `newest` compares a newer model with what was served, on the newest days: would a training help?
    - `cadence` is the age in days from which on a newer model gains half a margin or more, shown above 0; None where
      none does. In all older bands that can be judged, the estimate is half a margin or more as well.
    """

    bands: tuple[AgeBand, ...]
    newest: PairComparison | Insufficient
    cadence: int | None


def staleness(days: Sequence[AgedDay], metric: Metric, *, margin: float, width: int) -> Staleness:
    """Return the cost of age from days that were served, in bands of `width` days of age.

    Days are left out on which the two models did not score the same rows. So are days on which the fold's model was not
    the newer one.
    """
    newer = [one for one in days if one.fresh_age < one.age and same_rows(one.served.overall, one.fresh.overall)]
    usable = sorted(newer, key=lambda one: one.day)
    by_band: dict[int, list[AgedDay]] = {}
    for one in usable:
        by_band.setdefault(one.age // width, []).append(one)
    bands = tuple(
        AgeBand(
            (number * width, (number + 1) * width),
            len(of_band),
            sum(one.fresh_age for one in of_band) / len(of_band),
            _compared(of_band, metric, margin),
        )
        for number, of_band in sorted(by_band.items())
    )
    return Staleness(bands, _compared(usable[-width:], metric, margin), _cadence(bands, margin))


def _cadence(bands: Sequence[AgeBand], margin: float) -> int | None:
    """Return the first age from which on newer models gain in every band that can be judged, and are shown to in it."""
    cadence = None
    for band in reversed(bands):
        if isinstance(band.compared, Insufficient):
            continue
        if band.compared.evidence.estimate < margin / 2:
            break
        if gains(band.compared, margin):
            cadence = band.ages[0]
    return cadence


def gains(compared: PairComparison | Insufficient, margin: float) -> bool:
    """Return whether a newer model gains half a margin or more, and is shown to gain at all, at 95 % one-sided."""
    if isinstance(compared, Insufficient):
        return False
    return compared.evidence.estimate >= margin / 2 and compared.interval[0] > 0


def _compared(days: Sequence[AgedDay], metric: Metric, margin: float) -> PairComparison | Insufficient:
    fresh = {one.day: metric.prepare(one.fresh.overall) for one in days}
    served = {one.day: metric.prepare(one.served.overall) for one in days}
    return compare_pair(metric, (FRESH, fresh), (SERVED, served), margin=margin)
