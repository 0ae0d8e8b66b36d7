"""The judgement of a model in service against the gate's result, and the action that follows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.claims import decimals, gained, too_coarse
from assay.core.evaluation.constant_baseline import against_constant, baseline_finding, baselines_in
from assay.core.evaluation.contender import GatePolicy
from assay.core.evaluation.holdout import unusable_labels
from assay.core.evaluation.jackknife import Insufficient, Jackknife, jackknife, resolved
from assay.core.evaluation.label_maturity import left_out
from assay.core.profiles.outcome_profile import OutcomeProfile, Scored, merge_scores
from assay.core.text import quantity
from assay.core.verdict import Action, Verdict

INFO = Severity.INFO
MIN_DAYS = 5
"""The least number of days with outcomes for a judgement: with fewer days the standard error is too uncertain."""


@dataclass(frozen=True, slots=True)
class Served:
    """The outcomes of a served version, and what is needed to judge them.

    The days that count are `recent`, and the days of the holdout on which the version was promoted are `promised`. The
    number of days that wait for their labels is `waiting`. The number of days that the version was trained, tuned or
    promoted by is `seen`.

    The number that the constant of its training gives every row is `constant`, None where it is not known.
    """

    version: int
    recent: Mapping[date, OutcomeProfile]
    promised: Mapping[date, OutcomeProfile]
    waiting: int = 0
    seen: int = 0
    constant: float | None = None


def judge_served(served: Served, policy: GatePolicy, kpis: Sequence[str] = ()) -> list[Finding]:
    """Return the findings about a version's metric, against the floor and the holdout, and about each KPI."""
    days = [profile.overall for profile in served.recent.values() if profile.overall.rows]
    if len(days) < MIN_DAYS:
        return [_insufficient(served, len(days))]
    measured = _measure(policy, days)
    if isinstance(measured, Insufficient):
        sentence = f"The {policy.by.title} of version {served.version} cannot be computed: {measured.reason}."
        return [Finding("served.metric", Status.FAIL, sentence, Severity.WARNING)]
    promised_days = [p.overall for p in served.promised.values() if p.overall.rows]
    bounds = _moved_by_bins(policy, days), _moved_by_bins(policy, promised_days)
    findings = [_floor(served, policy, measured, bounds[0])]
    promised = _measure(policy, promised_days)
    if isinstance(promised, Jackknife):
        findings.append(_promise(served, policy, measured, promised, bounds))
    beside = against_constant(merge_scores(days), constant=served.constant)
    if beside is not None:
        findings.append(baseline_finding(f"Version {served.version}", beside))
    findings += unusable_labels("served.labels", "those served", served.recent.values())
    return findings + [_kpi(name, served) for name in kpis]


def _insufficient(served: Served, days: int) -> Finding:
    sentence = (
        f"Version {served.version} has mature outcomes of {quantity(days, 'day')}, and it takes "
        f"{MIN_DAYS} to say anything: insufficient{left_out(served.waiting, served.seen)}."
    )
    return Finding(
        "served.metric",
        Status.WARN,
        sentence,
        Severity.INFO,
        observed=days,
        expected=f"{MIN_DAYS} days",
        details={"waiting": served.waiting, "seen": served.seen},
    )


def decide_action(findings: Sequence[Finding]) -> Verdict:
    """Return the verdict with the action that follows from the findings.

    - Downgrade: the metric is shown to miss its floor.
    - Retrain: the metric is shown to have declined, or the scores drifted for longer than a day.
    - None: all other findings. A metric that cannot be computed fails, and is no reason to change models. Too few
      mature days are a warning. A value that the bins of the scores leave open is a warning.

    The comparison with the constant is the end of the sentence. Where the model is worse, a pass becomes a warning, and
    the action does not change.
    """
    verdict, beside = _conclude(findings), baselines_in(findings)
    if not beside:
        return verdict
    warned = verdict.status is Status.PASS and beside[0].status is Status.WARN
    status = Status.WARN if warned else verdict.status
    return replace(verdict, status=status, sentence=f"{verdict.sentence} {beside[0].sentence}")


def _conclude(findings: Sequence[Finding]) -> Verdict:
    failed = [f for f in findings if f.check == "served.metric" and f.status is Status.FAIL]
    decline = [f for f in findings if f.check == "served.decline" and f.status is Status.FAIL]
    drifted = [f for f in findings if f.check == "drift.psi" and f.status is not Status.PASS]
    drifted.sort(key=lambda f: -float(f.observed or 0))
    weak = [f for f in findings if f.check.startswith("served") and f.status is Status.WARN and f.severity is not INFO]
    scores = [f for f in drifted if f.column == "score" and f.details.get("lasts")]
    if failed:
        action = Action.DOWNGRADE if failed[0].severity is Severity.CRITICAL else Action.NONE
        return Verdict(Status.FAIL, action, failed[0].sentence, tuple(findings))
    if decline or scores:
        return Verdict(Status.WARN, Action.RETRAIN, (decline or scores)[0].sentence, tuple(findings))
    if weak:
        return Verdict(
            Status.WARN, Action.NONE, f"{weak[0].sentence} {quantity(len(drifted), 'column')} drifted.", tuple(findings)
        )
    if drifted:
        more = f" (and {quantity(len(drifted) - 1, 'more column')})" if len(drifted) > 1 else ""
        one_day = any(f.column == "score" for f in drifted)
        why = "One day is no reason to act." if one_day else "The scores have not drifted, so nothing is to be done."
        sentence = f"{drifted[0].sentence}{more} {why}"
        return Verdict(Status.WARN, Action.NONE, sentence, tuple(findings))
    if not findings:
        return Verdict(Status.FAIL, Action.NONE, "Nothing was judged, so nothing passes.")
    leading_findings = [f for f in findings if f.check == "served.metric"] or list(findings)
    return Verdict(leading_findings[0].status, Action.NONE, leading_findings[0].sentence, tuple(findings))


def _measure(policy: GatePolicy, days: Sequence[Scored]) -> Jackknife | Insufficient:
    return jackknife(policy.by.function, [policy.by.prepare(day) for day in days])


def _moved_by_bins(policy: GatePolicy, days: Sequence[Scored]) -> float:
    """Return the most by which binning may have moved the metric over all days together."""
    prepared = [policy.by.prepare(day) for day in days]
    return (policy.by.bound(reduce(lambda one, two: one.merge(two), prepared)) if prepared else None) or 0.0


def _unresolved(check: str, sentence: str, observed: float) -> Finding:
    """Return the warning that a value allows no conclusion, because the bins of its scores are too coarse."""
    return Finding(check, Status.WARN, sentence, Severity.WARNING, observed=observed, expected="finer bins")


def _bounds(measured: Jackknife, error: float, confidence: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(measured.days - 1, confidence)) * error


def _floor(served: Served, policy: GatePolicy, measured: Jackknife, bound: float) -> Finding:
    by, reach = policy.by, _bounds(measured, measured.error, policy.confidence)
    places = decimals(policy.margin)
    value = f"{by.named} of {measured.estimate:,.{places}f} (± {reach:,.{places}f})"
    measured_clause = f"Version {served.version} has {value} over {quantity(measured.days, 'day')}"
    details = {"value": measured.estimate, "error": measured.error, "days": measured.days}
    if policy.at_least is None:
        return Finding("served.metric", Status.PASS, f"{measured_clause}.", observed=measured.estimate, details=details)
    wanted = f"{by.side} {policy.at_least:g}"
    best = by.sign * measured.estimate + reach
    floor = by.sign * policy.at_least
    if not resolved(bound, policy.margin, measured.estimate - policy.at_least):
        sentence = (
            f"{measured_clause}, by up to {bound:.2g} moved by the bins of its scores: insufficient resolution to hold "
            f"it against the {by.limit} of {policy.at_least:g}."
        )
        return _unresolved("served.metric", sentence, measured.estimate)
    if best < floor:
        status, sentence = Status.FAIL, f"{measured_clause}: shown to miss the {by.limit} of {policy.at_least:g}."
    elif by.sign * measured.estimate < floor:
        status, sentence = (
            Status.WARN,
            f"{measured_clause}: it misses the {by.limit} of {policy.at_least:g}, which is not shown yet.",
        )
    else:
        status, sentence = Status.PASS, f"{measured_clause}; {wanted} is kept."
    return Finding("served.metric", status, sentence, observed=measured.estimate, expected=wanted, details=details)


def _promise(
    served: Served, policy: GatePolicy, now: Jackknife, then: Jackknife, bounds: tuple[float, float]
) -> Finding:
    """Return the finding about the change since the holdout.

    The days of service and those of the holdout are different days. So the two errors are independent, and their
    squares add.
    """
    by, places = policy.by, decimals(policy.margin)
    change = by.sign * (now.estimate - then.estimate)
    fewer = now if now.days <= then.days else then
    reach = _bounds(fewer, math.hypot(now.error, then.error), policy.confidence)
    change_clause = (
        f"Since its folds ({then.estimate:,.{places}f}) the {by.title} of version {served.version} went to "
        f"{now.estimate:,.{places}f}: {gained(by, change, places)} (± {reach:,.{places}f})"
    )
    if not resolved(sum(bounds), policy.margin, change):
        sentence = f"{change_clause}: {too_coarse(('now', 'then'), bounds, policy.margin)}"
        return _unresolved("served.decline", sentence, change)
    if change + reach < -policy.margin:
        status = Status.FAIL
        sentence = f"{change_clause}: shown to have declined by more than the margin of {policy.margin:g}."
    elif change < -policy.margin:
        status, sentence = Status.WARN, f"{change_clause}: a decline that is not shown yet."
    else:
        status, sentence = Status.PASS, f"{change_clause}."
    details = {"now": now.estimate, "then": then.estimate, "reach": reach}
    return Finding("served.decline", status, sentence, Severity.WARNING, observed=change, details=details)


def _kpi(name: str, served: Served) -> Finding:
    now, then = _rate(name, served.recent), _rate(name, served.promised)
    if now is None:
        sentence = f"The KPI {name} was not measured."
        return Finding("served.kpi", Status.WARN, sentence, Severity.INFO, column=name)
    before = "" if then is None else f", {then:.2f} on its holdout"
    sentence = f"The KPI {name} is {now:.2f} per 1,000 rows{before}."
    return Finding(
        "served.kpi", Status.PASS, sentence, Severity.INFO, column=name, observed=now, details={"then": then}
    )


def _rate(name: str, days: Mapping[date, OutcomeProfile]) -> float | None:
    """Return the KPI per 1,000 rows with a label, over the days that measured it; None without such a day."""
    measured = [p.overall for p in days.values() if name in p.overall.sums]
    rows = sum(scores.rows for scores in measured)
    return 1_000 * math.fsum(scores.sums[name] for scores in measured) / rows if rows else None
