"""The difference of two contenders in a metric on the same days, and its standard error.

Rows of one day share their weather, their news and their bugs, so days are the independent units. The error of a
difference comes from leaving out one day at a time (the delete-one-cluster jackknife; Efron and Stein 1981, Cameron and
Miller 2015). Its quantiles are those of Student's t with days - 1 degrees of freedom. On real flights this error was 3
to 10 times that of DeLong's test, which assumes independent rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import reduce
from typing import Any, Protocol, Self, TypeVar

from assay.core.autocorrelation import variance_factor
from assay.core.evaluation.metrics import METRICS, Metric
from assay.core.text import quantity


class Mergeable(Protocol):
    """A measurement that merges by addition."""

    def merge(self, that: Self, /) -> Self:
        """Return the measurement of both together."""
        ...


class Measured(Mergeable, Protocol):
    """A mergeable measurement of one model on one day, with the number of its rows."""

    @property
    def rows(self) -> int:
        """The number of rows with a label."""
        ...


T = TypeVar("T", bound=Mergeable)

_STORED_KEYS = {"contender_value": "ours", "incumbent_value": "theirs"}
"""The keys in stored verdicts of the fields that have another name there."""


@dataclass(frozen=True, slots=True)
class Insufficient:
    """The reason why a value cannot be computed, as a clause for a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Jackknife:
    """A statistic over all days, its standard error from leaving out one day at a time, and its values without each."""

    estimate: float
    error: float
    days: int
    without: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricDifference:
    """The gain of the contender against the incumbent in a metric; positive is better in either direction.

    The values of the metric itself are `contender_value` and `incumbent_value`. The one-sided bounds of the gain are
    `low` and `high`, each at `confidence`.

    The p-value against "the contender is no better" is `p_better` (small: shown better). The p-value against "the
    contender is no worse" is `p_worse`.

    Binning may have moved the two values by at most `bounds`, and the estimate by at most their sum, `bound`.
    """

    metric: str
    contender_value: float
    incumbent_value: float
    estimate: float
    error: float
    low: float
    high: float
    confidence: float
    p_better: float
    p_worse: float
    days: int
    rows: int
    bound: float
    bounds: tuple[float, float] = (0.0, 0.0)

    def resolves(self, margin: float) -> bool:
        """Return whether the bins are fine enough for a judgement, by the rule of `resolved`."""
        return resolved(self.bound, margin, self.estimate)

    def to_json(self) -> dict[str, Any]:
        """Return the difference as plain JSON types, under the keys that verdicts hold."""
        return {_STORED_KEYS.get(name, name): number for name, number in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class _Pair:
    contender: Any
    incumbent: Any

    def merge(self, that: _Pair) -> _Pair:
        return _Pair(self.contender.merge(that.contender), self.incumbent.merge(that.incumbent))


def jackknife(statistic: Callable[[T], float | None], days: Sequence[T]) -> Jackknife | Insufficient:
    """Return the statistic over all days, and its delete-one-day standard error, sqrt((G-1)/G sum (t_i - mean t)^2).

    It works on any state that merges, with 3 G merges for G days. The result is Insufficient below two days. It is so
    too if the statistic is undefined or not finite over all days, or without one of them.
    """
    if len(days) < 2:
        return Insufficient(f"{quantity(len(days), 'day')} cannot show an error: at least two are needed")
    return jackknife_of(statistic, *leave_one_out(days))


def jackknife_of(statistic: Callable[[T], float | None], whole: T, without: Sequence[T]) -> Jackknife | Insufficient:
    """Return what `jackknife` does, from all days merged and all days but each: for several statistics of the same."""
    estimate = statistic(whole)
    values = [statistic(state) for state in without]
    if estimate is None or not math.isfinite(estimate):
        return Insufficient("it is undefined over all days together")
    finite = [value for value in values if value is not None and math.isfinite(value)]
    if len(finite) < len(values):
        return Insufficient("it rests on one day alone: without that day it is undefined")
    g = len(finite)
    mean = math.fsum(finite) / g
    variance = (g - 1) / g * math.fsum((value - mean) ** 2 for value in finite)
    return Jackknife(estimate, math.sqrt(variance), g, tuple(finite))


def inflated_error(measured: Jackknife) -> float:
    """Return the standard error, inflated for the autocorrelation of days that follow each other."""
    mean = math.fsum(measured.without) / measured.days
    return measured.error * math.sqrt(variance_factor([value - mean for value in measured.without]))


def leave_one_out(days: Sequence[T]) -> tuple[T, list[T]]:
    """Return all days merged, and for each day all days but that one; there are at least two days.

    The days before and the days after a day are merged. So nothing is subtracted, and no sum of floats loses digits.
    """
    before = [days[0]]
    for state in days[1:-1]:
        before.append(before[-1].merge(state))
    without = [before[-1]]
    after = days[-1]
    for i in range(len(days) - 2, 0, -1):
        without.append(before[i - 1].merge(after))
        after = days[i].merge(after)
    without.append(after)
    return before[-1].merge(days[-1]), without[::-1]


@dataclass(frozen=True, slots=True)
class PairedGain:
    """The gain of a contender over an incumbent in a metric, over the days that both have; positive is better.

    `values` are those of the metric, the contender's first, and bins may have moved each by at most `bounds`. `days`
    are in order, and `measured` has the gain over all of them and without each.
    """

    metric: str
    values: tuple[float, float]
    bounds: tuple[float, float]
    measured: Jackknife
    days: tuple[date, ...]
    rows: int


def paired_gain(
    metric: Metric,
    contender: Mapping[date, Measured],
    incumbent: Mapping[date, Measured],
    *,
    incumbent_is_constant: bool = False,
) -> PairedGain | Insufficient:
    """Return the gain in `metric` over the days on which both have labelled rows.

    With `incumbent_is_constant`, the incumbent has one score for all rows: then bins do not change their order. The
    result is Insufficient, with the reason, when the metric or its error cannot be computed.
    """
    shared = common_days(contender, incumbent)
    pairs = [_Pair(metric.prepare(contender[day]), metric.prepare(incumbent[day])) for day in shared]
    if len(pairs) < 2:
        return Insufficient(f"they share {quantity(len(pairs), 'day')} with labels, and at least two are needed")
    whole = reduce(_Pair.merge, pairs)
    values = [_value(metric, state) for state in (whole.contender, whole.incumbent)]
    if values[0] is None or values[1] is None:
        return Insufficient(metric.why_undefined(whole.contender if values[0] is None else whole.incumbent))

    def gain(pair: _Pair) -> float | None:
        one, two = metric.function(pair.contender), metric.function(pair.incumbent)
        return None if one is None or two is None else metric.sign * (one - two)

    measured = jackknife(gain, pairs)
    if isinstance(measured, Insufficient):
        return measured
    incumbent_bound = 0.0 if incumbent_is_constant else metric.bound(whole.incumbent) or 0.0
    bounds, rows = (metric.bound(whole.contender) or 0.0, incumbent_bound), whole.contender.rows
    return PairedGain(metric.name, (values[0], values[1]), bounds, measured, tuple(shared), rows)


def compare(
    metric: Metric | str,
    contender: Mapping[date, Measured],
    incumbent: Mapping[date, Measured],
    confidence: float,
    *,
    incumbent_is_constant: bool = False,
) -> MetricDifference | Insufficient:
    """Return the difference in `metric` over the days on which both have labelled rows, as `paired_gain` measures them.

    The `metric` is a name in METRICS, or a Metric over other states than LabelledScores.

    Raises:
        ValueError: The confidence is not in [0.5, 1).
    """
    if not 0.5 <= confidence < 1:
        raise ValueError(f"a confidence lies between 0.5 and 1, not at {confidence}")
    by = METRICS[metric] if isinstance(metric, str) else metric
    gain = paired_gain(by, contender, incumbent, incumbent_is_constant=incumbent_is_constant)
    return gain if isinstance(gain, Insufficient) else _difference(gain, confidence)


def resolved(bound: float, margin: float, distance: float) -> bool:
    """Return whether a `distance` of two values is clear although bins may have moved it by up to `bound`.

    It is clear if the bound is at most half the margin, or half the distance itself where that is larger. Then a gain
    that reaches the margin is in truth at least half the margin. Values that are equal in truth never seem to differ by
    the margin.

    >>> resolved(0.004, 0.01, 0.0), resolved(0.006, 0.01, 0.011), resolved(0.006, 0.01, 0.3)
    (True, False, True)
    """
    return bound <= max(margin, abs(distance)) / 2


def common_days(*many: Mapping[date, Measured]) -> list[date]:
    """Return the days, in order, on which every mapping has labelled rows."""
    if not many:
        return []
    shared = set(many[0]).intersection(*many[1:])
    return sorted(day for day in shared if all(days[day].rows > 0 for days in many))


def smallest_difference(
    error: float, days: int, *, measured_on: int | None = None, confidence: float = 0.95, power: float = 0.9
) -> float:
    """Return the smallest true difference that a holdout of `days` days shows with probability `power`.

    It is (t_confidence + t_power) x error, and infinite below two days. The `error` is the standard error of an earlier
    difference. An error from another number of days (`measured_on`) is scaled by the square root of the ratio.
    """
    from scipy.special import stdtrit

    if days < 2:
        return math.inf
    scaled = error * math.sqrt((measured_on or days) / days)
    return float(stdtrit(days - 1, confidence) + stdtrit(days - 1, power)) * scaled


def _difference(gain: PairedGain, confidence: float) -> MetricDifference:
    from scipy.special import stdtr, stdtrit

    estimate, error, freedom = gain.measured.estimate, gain.measured.error, gain.measured.days - 1
    reach = float(stdtrit(freedom, confidence)) * error
    if error > 0:
        p_better, p_worse = (float(stdtr(freedom, sign * estimate / error)) for sign in (-1, 1))
    else:  # every day gives the same difference: it is certain, unless it is zero
        p_better, p_worse = (0.0 if estimate > 0 else 1.0), (0.0 if estimate < 0 else 1.0)
    return MetricDifference(
        metric=gain.metric,
        contender_value=gain.values[0],
        incumbent_value=gain.values[1],
        estimate=estimate,
        error=error,
        low=estimate - reach,
        high=estimate + reach,
        confidence=confidence,
        p_better=p_better,
        p_worse=p_worse,
        days=gain.measured.days,
        rows=gain.rows,
        bound=sum(gain.bounds),
        bounds=gain.bounds,
    )


def _value(metric: Metric, state: Any) -> float | None:
    value = metric.function(state)
    return value if value is not None and math.isfinite(value) else None
