"""The estimate of the served metric on days whose labels are not known yet, in all and by slice, beside its record."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from itertools import groupby
from operator import attrgetter

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.claims import decimals
from assay.core.evaluation.label_maturity import Counted
from assay.core.evaluation.metrics import METRICS
from assay.core.monitoring.performance_estimate import ESTIMATED, Calibration, ExpectedCounts, estimate
from assay.core.monitoring.served_model import RECENT_DAYS
from assay.core.monitoring.slice_estimates import SlicedFolds, SliceEstimate, level_of
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from assay.core.text import quantity
from assay.stages.runtime.context import Context

CHECK = "served.estimate"
SLICES = "served.estimate_slices"
MOST_NAMED = 3
"""The number of fallen slices of a column that its sentence names."""


def estimate_served(
    ctx: Context,
    folds: Mapping[date, OutcomeProfile],
    served: Mapping[date, Histogram],
    counted: Counted,
) -> list[Finding]:
    """Return the finding about the newest served days whose labels are not mature; none for a metric without estimate.

    `folds` has the outcomes by which the version was promoted, and `served` the scores of served days. `counted` has
    the outcomes of those that count, and the days that wait. The estimate's own record is its difference from the truth
    on the newest known days. It warns where the estimate is worse than the one on the folds by more than the margin; it
    decides nothing.
    """
    gate, known = ctx.pipeline.spec.gate, counted.days
    calibration = Calibration.of(one.overall for one in folds.values() if isinstance(one.overall, LabelledScores))
    waiting = [day for day in counted.waiting if day in served]
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


def estimate_served_slices(
    ctx: Context,
    folds: Mapping[date, OutcomeProfile],
    fresh: Mapping[date, OutcomeProfile],
    counted: Counted,
) -> list[Finding]:
    """Return a finding for each slice column, with the estimate of each slice on the days that wait for labels.

    `fresh` are the outcomes that were measured tonight, with the scores of rows without a label. `counted` has the days
    that wait. A slice is named as fallen where its expected metric is worse than that of its folds by the margin, and
    by more than days differ. Such a name is a warning without weight: it decides nothing.
    """
    spec = ctx.pipeline.spec
    gate, recent = spec.gate, dict(sorted(counted.days.items())[-RECENT_DAYS:])
    waiting = {day: fresh[day] for day in counted.waiting if day in fresh}
    if gate.metric not in ESTIMATED or not waiting:
        return []
    sliced = SlicedFolds.of(METRICS[gate.metric], folds, columns=gate.slices, min_rows=gate.min_slice_rows)
    level = level_of(len(sliced.slices), spec.monitor.max_false_alarms_per_month)
    by_column = groupby(sliced.estimates(waiting, recent), attrgetter("column"))
    return [_of_column(ctx, column, list(slices), level) for column, slices in by_column]


def _of_column(ctx: Context, column: str, slices: Sequence[SliceEstimate], level: float) -> Finding:
    gate = ctx.pipeline.spec.gate
    ordered = sorted(slices, key=attrgetter("shift"))
    fallen = [one for one in ordered if one.fell(gate.margin, level)]
    places, named = decimals(gate.margin), fallen or ordered[:1]
    clauses = [
        f"{one.value} with {one.waiting.value:,.{places}f} (± {one.waiting.reach:,.{places}f}, {one.folds:,.{places}f} "
        "on its folds)"
        for one in named[:MOST_NAMED]
    ]
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    worst = "worse than on its folds for" if fallen else "worst beside its folds for"
    days = quantity(max(one.waiting.days for one in slices), "day")
    title = METRICS[gate.metric].title
    return Finding(
        SLICES,
        Status.WARN if fallen else Status.PASS,
        f"The {title} by {column} of {days} that wait for labels is estimated {worst} {', '.join(clauses)}{more}"
        f"{_record_of(slices, places)}.",
        Severity.INFO,
        column,
        len(fallen),
        "no slice worse than on its folds by more than its days differ",
        {"slices": [asdict(one) for one in ordered], "fallen": [one.value for one in fallen], "level": level},
    )


def _record_of(slices: Sequence[SliceEstimate], places: int) -> str:
    """Return a clause about the known days of the slices: how far their estimates were from the truth."""
    known = [(one.then, off) for one in slices if one.then is not None and (off := one.missed_by) is not None]
    if not known:
        return ""
    days = quantity(max(then.days for then, _ in known), "known day")
    mean, held = sum(off for _, off in known) / len(known), sum(off <= then.reach for then, off in known)
    return (
        f"; on {days} the estimates of {quantity(len(known), 'slice')} missed by {mean:,.{places}f} on average, "
        f"and {quantity(held, 'interval')} held the truth"
    )


def _expected(
    calibration: Calibration, served: Mapping[date, Histogram], days: Collection[date]
) -> list[ExpectedCounts]:
    return [calibration.expected(served[day]) for day in days]
