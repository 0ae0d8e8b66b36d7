"""The estimate of the served metric on days whose labels are not known yet, beside its own record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.claims import decimals
from assay.core.evaluation.metrics import METRICS
from assay.core.monitoring.performance_estimate import Calibration, ExpectedCounts, estimate
from assay.core.monitoring.served_model import RECENT_DAYS
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from assay.core.text import quantity
from assay.stages.runtime.context import Context

CHECK = "served.estimate"


def estimate_served(
    ctx: Context,
    folds: Mapping[date, OutcomeProfile],
    served: Mapping[date, Histogram],
    known: Mapping[date, OutcomeProfile],
) -> list[Finding]:
    """Return the finding about the newest served days whose labels are not mature; none for a metric without estimate.

    `folds` has the outcomes by which the version was promoted, `served` the scores of served days, and `known` the
    outcomes of those that count. The estimate's own record is its difference from the truth on the newest known days.
    It warns where the estimate is below the one on the folds by more than the margin; it decides nothing.
    """
    gate = ctx.pipeline.spec.gate
    calibration = Calibration.of(one.overall for one in folds.values() if isinstance(one.overall, LabelledScores))
    waiting = [day for day in served if day > max(known, default=date.min)]
    if calibration is None or not waiting:
        return []
    of_waiting = estimate(_expected(calibration, served, waiting), gate.metric)
    if of_waiting is None:
        return []
    by, places = METRICS[gate.metric], decimals(gate.margin)
    fold_days = [calibration.expected(one.overall.scores) for one in folds.values() if one.overall.rows]
    before = estimate(fold_days, gate.metric)
    recent = [day for day in sorted(known) if day in served][-RECENT_DAYS:]
    then = estimate(_expected(calibration, served, recent), gate.metric)
    truth = by.over([known[day].overall for day in recent])
    days = quantity(len(waiting), "day")
    sentence = f"The {by.title} of {days} that wait for labels is estimated as {of_waiting:,.{places}f}"
    if then is not None and truth is not None:
        on = quantity(len(recent), "known day")
        sentence += f"; on {on} it was estimated as {then:,.{places}f} and is {truth:,.{places}f}"
    fell = before is not None and by.sign * (of_waiting - before) < -gate.margin
    return [
        Finding(
            CHECK,
            Status.WARN if fell else Status.PASS,
            f"{sentence}.",
            Severity.INFO,
            observed=of_waiting,
            expected="" if before is None else f"about {before:,.{places}f}, as on its folds",
            details={"days": len(waiting), "known_days": len(recent), "then": then, "truth": truth, "folds": before},
        )
    ]


def _expected(
    calibration: Calibration, served: Mapping[date, Histogram], days: Collection[date]
) -> list[ExpectedCounts]:
    return [calibration.expected(served[day]) for day in days]
