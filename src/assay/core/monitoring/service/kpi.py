"""The judgement of business KPIs against their limits, by days.

A KPI is a ratio of sums: 1,000 times its sum over the labelled rows. Its interval comes from leaving out one day at a
time (Efron and Stein 1981). A limit is held to by the sequence of the metric (`decline.py`), which may be looked at
every night.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import reduce
from typing import Any

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.jackknife import Jackknife, jackknife
from assay.core.monitoring.service.decline import Fall, fall_of, limit_of, reference_of, windows_of
from assay.core.profiles.exact_sums import Exact, plus
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.text import quantity

KPI = "served.kpi"
"""The check of a KPI's finding."""

MIN_DAYS = 5
"""The least number of served days that show a limit to be missed."""

SPREAD_DAYS = 28
"""The least number of days, served ones or those of the folds, that show the spread of a KPI.

With fewer days a KPI of rare events has a spread of zero by chance, and any value beyond the limit would be shown."""

ROWS = 1_000
"""The number of labelled rows that a KPI and its limits are given for."""


@dataclass(frozen=True, slots=True)
class KpiLimits:
    """The name of a KPI, and the values per 1,000 labelled rows that it has to keep; None without a limit."""

    name: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def sides(self) -> list[tuple[int, float]]:
        """Each limit with the sign of what is better: 1 where the KPI has to be large."""
        sides = ((1, self.at_least), (-1, self.at_most))
        return [(sign, limit) for sign, limit in sides if limit is not None]


@dataclass(frozen=True, slots=True)
class _Ratio:
    """The sum of a KPI over the labelled rows of a day, or of many, and their number, at least one."""

    total: Exact
    rows: int

    def merge(self, that: _Ratio) -> _Ratio:
        return _Ratio(plus(self.total, that.total), self.rows + that.rows)

    @property
    def rate(self) -> float:
        return float(ROWS * self.total / self.rows)


def judge_kpi(
    kpi: KpiLimits,
    days: Mapping[date, OutcomeProfile],
    promised: Mapping[date, OutcomeProfile],
    *,
    recent: int,
    confidence: float,
    limits: int = 1,
) -> Finding:
    """Return the finding about a KPI: its newest value with an interval, that of the folds, and its limits.

    The served `days` that measured the KPI count, and the newest `recent` of them describe it. The `promised` days are
    those of the folds. `confidence` is that of each bound of the interval. The error of showing a miss is shared by so
    many `limits`, of all KPIs.

    - A limit that is shown to be missed is a warning of severity WARNING.
    - A limit that is missed and not shown to be, or a KPI without a value, is a warning of severity INFO.
    """
    served, folds = _ratios(kpi.name, days), _ratios(kpi.name, promised)
    now, then = _rate(served[-recent:]), _rate(folds)
    if now is None:
        sentence = f"The KPI {kpi.name} was not measured."
        return Finding(KPI, Status.WARN, sentence, Severity.INFO, column=kpi.name)
    reach = _reach(served[-recent:], confidence)
    value = f"{now:,.2f}" + ("" if reach is None else f" (± {reach:,.2f})")
    before = "" if then is None else f", {then:,.2f} on its folds"
    details: dict[str, Any] = {"then": then, "reach": reach, "days": len(served[-recent:])}
    clause = f"The KPI {kpi.name} is {value} per 1,000 rows{before}"
    finding = Finding(KPI, Status.PASS, f"{clause}.", Severity.INFO, column=kpi.name, observed=now, details=details)
    return _against_limits(finding, clause, kpi, (served, folds), limits) if kpi.sides else finding


def _against_limits(
    finding: Finding, clause: str, kpi: KpiLimits, days: tuple[Sequence[_Ratio], Sequence[_Ratio]], limits: int
) -> Finding:
    """Return the finding with the judgement of the limits; of two that are missed, the one with more evidence."""
    served, folds = days
    values = [(window, rate) for window in windows_of(len(served)) if (rate := _rate(served[-window:])) is not None]
    rows = sum(one.rows for one in served) / len(served)
    falls = _falls(kpi, values, _spreads(served, folds), rows, math.log(limits))
    expected = " and ".join(f"{'at least' if sign > 0 else 'at most'} {limit:g}" for sign, limit in kpi.sides)
    details = {**finding.details, "falls": [{"limit": limit, **asdict(fall)} for limit, fall in falls]}
    judged = replace(finding, expected=expected, details=details)
    shown = [(limit, fall) for limit, fall in falls if fall.shown]
    missed = [limit for sign, limit in kpi.sides if sign * (limit - finding.observed) > 0]
    if shown:
        limit, fall = max(shown, key=lambda one: one[1].evidence)
        over = f"{fall.value:,.2f} over {quantity(fall.days, 'day')}"
        sentence = f"{clause}: shown to miss the limit of {limit:g}, with {over}."
        return replace(judged, status=Status.WARN, severity=Severity.WARNING, sentence=sentence)
    if missed:
        sentence = f"{clause}: it misses the limit of {missed[0]:g}, which is not shown yet."
        return replace(judged, status=Status.WARN, sentence=sentence)
    return replace(judged, sentence=f"{clause}; {expected} is kept.")


def _falls(
    kpi: KpiLimits, values: Sequence[tuple[int, float]], spreads: Sequence[Jackknife], rows: float, shared: float
) -> list[tuple[float, Fall]]:
    """Return each limit with the evidence that it is missed; none where too few days show the KPI's spread.

    The spread is the largest of usual served days, of the folds' days, and of a day of independent events (Poisson).
    The latter has so many `rows`, and events as frequent as the limit: rare events may have no spread by chance.

    The threshold is higher by what is `shared` with other limits: the logarithm of their number (union bound).
    """
    if not spreads:
        return []
    falls = []
    for sign, limit in kpi.sides:
        references = [reference_of(measured, sign=sign) for measured in spreads]
        widest = max(references, key=lambda reference: reference.spread)
        spread = max(widest.spread, math.sqrt(abs(limit) * ROWS / rows))
        threshold = max(reference.threshold for reference in references) + shared
        reference = limit_of(limit, replace(widest, spread=spread, threshold=threshold))
        falls.append((limit, fall_of(values, reference, sign=sign)))
    return falls


def _spreads(served: Sequence[_Ratio], folds: Sequence[_Ratio]) -> list[Jackknife]:
    """Return the KPI of usual served days, and that of the folds' days, with its values without each day.

    The newest SPREAD_DAYS served days are left out, where enough days remain: a change among them is no spread. By it a
    KPI that rose by half was shown after 26 days, and is after 11 (`bench/service.py`, independent events).
    """
    if len(served) < MIN_DAYS or max(len(served), len(folds)) < SPREAD_DAYS:
        return []
    earlier = served[:-SPREAD_DAYS]
    usual = earlier if max(len(earlier), len(folds)) >= SPREAD_DAYS else served
    measured = [jackknife(_rate_of, days) for days in (usual, folds) if len(days) >= MIN_DAYS]
    return [one for one in measured if isinstance(one, Jackknife)]


def _ratios(name: str, days: Mapping[date, OutcomeProfile]) -> list[_Ratio]:
    """Return the KPI's sums of the days that measured it and have labelled rows, in their order."""
    measured = [profile.overall for _, profile in sorted(days.items())]
    return [_Ratio(one.sums[name], one.rows) for one in measured if one.rows and name in one.sums]


def _rate_of(ratio: _Ratio) -> float:
    return ratio.rate


def _rate(ratios: Sequence[_Ratio]) -> float | None:
    """Return the KPI over all of the days, None without a day or where a sum is not finite."""
    rate = reduce(_Ratio.merge, ratios).rate if ratios else math.nan
    return rate if math.isfinite(rate) else None


def _reach(ratios: Sequence[_Ratio], confidence: float) -> float | None:
    from scipy.special import stdtrit

    measured = jackknife(_rate_of, ratios)
    return float(stdtrit(measured.days - 1, confidence)) * measured.error if isinstance(measured, Jackknife) else None
