"""The judgement of a model in service against the gate's result, and the action that follows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import reduce
from typing import Any

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.claims import decimals, gained, too_coarse
from assay.core.evaluation.constant_baseline import against_constant, baseline_finding, baselines_in
from assay.core.evaluation.contender import GatePolicy
from assay.core.evaluation.holdout import unusable_labels
from assay.core.evaluation.jackknife import Insufficient, Jackknife, jackknife, resolved
from assay.core.evaluation.label_maturity import left_out
from assay.core.monitoring.daily.findings import DRIFT_CHECKS
from assay.core.monitoring.service.decline import Fall, Reference, fall_of, limit_of, reference_of, windows_of
from assay.core.monitoring.service.freshness import FRESHNESS_CHECKS
from assay.core.monitoring.service.kpi import KPI, KpiLimits, judge_kpi
from assay.core.profiles.outcome_profile import OutcomeProfile, Scored, merge_scores
from assay.core.text import quantity
from assay.core.verdict import Action, Verdict

INFO = Severity.INFO
RECENT_DAYS = 28
"""The newest mature days by which a served version is described: four weeks, so that each weekday counts the same."""

LIMITS = (KPI, *FRESHNESS_CHECKS)
"""The checks of what the spec limits: a person looks where a limit is missed."""

MIN_DAYS = 5
"""The least number of days with outcomes for a judgement: with fewer days the standard error is too uncertain."""


@dataclass(frozen=True, slots=True)
class Served:
    """The outcomes of a served version, and what is needed to judge them.

    The days since its promotion that count are `days`, and the days of the folds by which it was promoted are
    `promised`. The number of days that wait for their labels is `waiting`. The number of days that the version was
    trained, tuned or promoted by is `seen`.

    The number that the constant of its training gives every row is `constant`, None where it is not known.
    """

    version: int
    days: Mapping[date, OutcomeProfile]
    promised: Mapping[date, OutcomeProfile]
    waiting: int = 0
    seen: int = 0
    constant: float | None = None

    @property
    def recent(self) -> dict[date, OutcomeProfile]:
        """The newest RECENT_DAYS of the days, by which the version is described."""
        return dict(sorted(self.days.items())[-RECENT_DAYS:])


def judge_served(served: Served, policy: GatePolicy, kpis: Sequence[KpiLimits] = ()) -> list[Finding]:
    """Return the findings about a version's metric, against the floor and the folds, and about each KPI."""
    days = [profile.overall for profile in served.recent.values() if profile.overall.rows]
    if len(days) < MIN_DAYS:
        return [_insufficient(served, len(days))]
    recent, confidence = RECENT_DAYS, policy.confidence
    shared = {"recent": recent, "limits": max(1, sum(len(kpi.sides) for kpi in kpis))}
    judged = [judge_kpi(kpi, served.days, served.promised, confidence=confidence, **shared) for kpi in kpis]
    measured = _measure(policy, days)
    if isinstance(measured, Insufficient):
        sentence = f"The {policy.by.title} of version {served.version} cannot be computed: {measured.reason}."
        return [Finding("served.metric", Status.FAIL, sentence, Severity.WARNING), *judged]
    promised_days = [p.overall for _, p in sorted(served.promised.items()) if p.overall.rows]
    bounds = _moved_by_bins(policy, days), _moved_by_bins(policy, promised_days)
    promised = _measure(policy, promised_days)
    reference = reference_of(promised if isinstance(promised, Jackknife) else measured, sign=policy.by.sign)
    values = _by_window(served, policy)
    findings = [_floor(served, policy, measured, bounds[0], values, reference)]
    if isinstance(promised, Jackknife):
        findings.append(
            _promise(served, policy, (measured, promised), bounds, fall_of(values, reference, sign=policy.by.sign))
        )
    beside = against_constant(merge_scores(days), constant=served.constant)
    if beside is not None:
        findings.append(baseline_finding(f"Version {served.version}", beside))
    findings += unusable_labels("served.labels", "those served", served.recent.values())
    return findings + judged


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

    - Downgrade: the metric is shown to miss its floor, or an earlier model is shown better on the same days.
    - Retrain: the metric is shown to have declined. Or nothing drifted, and the version is so old that newer models of
      its recipe gained.
    - Look: a statistic of the features or scores drifted, a KPI is shown to miss its limit, or a table, the scores or
      the labels are too old. A training would learn an incident as normal, so a person looks first.
    - None: all other findings. A metric that cannot be computed fails, and is no reason to change models. Too few
      mature days are a warning. A value that the bins of the scores leave open is a warning.

    The comparison with the constant is the end of the sentence. Where the model is worse, a pass becomes a warning, and
    the action does not change. After it come the stages that became dearer or slower, which change nothing.
    """
    verdict, beside = _conclude(findings), baselines_in(findings)[:1]
    warned = any(finding.status is Status.WARN for finding in beside)
    dearer = [f for f in findings if f.check.startswith("cost.") and f.status is Status.WARN and f.severity is not INFO]
    status = Status.WARN if verdict.status is Status.PASS and warned else verdict.status
    sentences = [verdict.sentence, *(finding.sentence for finding in (*beside, *dearer))]
    return replace(verdict, status=status, sentence=" ".join(sentences))


def _conclude(findings: Sequence[Finding]) -> Verdict:
    if not findings:
        return Verdict(Status.FAIL, Action.NONE, "Nothing was judged, so nothing passes.")
    failed = [f for f in findings if f.check in ("served.metric", "served.pair") and f.status is Status.FAIL]
    failed.sort(key=lambda f: f.severity is not Severity.CRITICAL)
    decline = [f for f in findings if f.check == "served.decline" and f.status is Status.FAIL]
    drifted = [f for f in findings if f.check in DRIFT_CHECKS and f.status is Status.WARN]
    drifted += [f for f in findings if f.check == "drift.kind"]
    aged = [f for f in findings if f.check == "served.age" and f.status is Status.WARN]
    served = [f for f in findings if f.check.startswith("served") and f.check != KPI and f not in aged]
    weak = [f for f in served if f.status is Status.WARN and f.severity is not INFO]
    missed = [f for f in findings if f.check in LIMITS and f.status is Status.WARN and f.severity is not INFO]
    more = f" {quantity(len(drifted), 'statistic')} drifted." if drifted else ""
    more += "".join(f" {f.sentence}" for f in missed)
    causes = "".join(f" {f.sentence}" for f in findings if f.check == "served.causes")
    if failed:
        action = Action.LOOK if missed else Action.NONE
        action = Action.DOWNGRADE if failed[0].severity is Severity.CRITICAL else action
        return Verdict(Status.FAIL, action, failed[0].sentence + causes + more, tuple(findings))
    if decline:
        return Verdict(Status.WARN, Action.RETRAIN, decline[0].sentence + causes + more, tuple(findings))
    if drifted or missed:
        others = f" (and {quantity(len(drifted) - 1, 'more statistic')})" if len(drifted) > 1 else ""
        sentences = [*(f.sentence + causes for f in weak[:1]), *(f.sentence for f in (*missed, *drifted[:1]))]
        return Verdict(Status.WARN, Action.LOOK, f"{' '.join(sentences)}{others}", tuple(findings))
    if aged:
        sentence = " ".join([*(f.sentence + causes for f in weak[:1]), aged[0].sentence])
        return Verdict(Status.WARN, Action.RETRAIN, sentence, tuple(findings))
    leading = weak or [f for f in findings if f.check == "served.metric"] or list(findings)
    return Verdict(leading[0].status, Action.NONE, leading[0].sentence + causes, tuple(findings))


def _measure(policy: GatePolicy, days: Sequence[Scored]) -> Jackknife | Insufficient:
    return jackknife(policy.by.function, [policy.by.prepare(day) for day in days])


def _by_window(served: Served, policy: GatePolicy) -> list[tuple[int, float]]:
    """Return the metric over all days since the promotion, and over each shorter window of newest days."""
    days = [profile.overall for _, profile in sorted(served.days.items()) if profile.overall.rows]
    values = [(window, policy.by.over(days[-window:])) for window in windows_of(len(days))]
    return [(window, value) for window, value in values if value is not None]


def _moved_by_bins(policy: GatePolicy, days: Sequence[Scored]) -> float:
    """Return the most by which binning may have moved the metric over all days together."""
    prepared = [policy.by.prepare(day) for day in days]
    return (policy.by.bound(reduce(lambda one, two: one.merge(two), prepared)) if prepared else None) or 0.0


def _unresolved(check: str, sentence: str, observed: float) -> Finding:
    """Return the warning that a value allows no conclusion, because the bins of its scores are too coarse."""
    return Finding(check, Status.WARN, sentence, Severity.WARNING, observed=observed, expected="finer bins")


def _reach(measured: Jackknife, error: float, confidence: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(measured.days - 1, confidence)) * error


def _floor(
    served: Served,
    policy: GatePolicy,
    measured: Jackknife,
    bound: float,
    values: Sequence[tuple[int, float]],
    reference: Reference,
) -> Finding:
    by, reach = policy.by, _reach(measured, measured.error, policy.confidence)
    places = decimals(policy.margin)
    value = f"{by.named} of {measured.estimate:,.{places}f} (± {reach:,.{places}f})"
    measured_clause = f"Version {served.version} has {value} over {quantity(measured.days, 'day')}"
    details: dict[str, Any] = {"value": measured.estimate, "error": measured.error, "days": measured.days}
    if policy.at_least is None:
        return Finding("served.metric", Status.PASS, f"{measured_clause}.", observed=measured.estimate, details=details)
    wanted, limit = f"{by.side} {policy.at_least:g}", f"the {by.limit} of {policy.at_least:g}"
    if not resolved(bound, policy.margin, measured.estimate - policy.at_least):
        sentence = (
            f"{measured_clause}, by up to {bound:.2g} moved by the bins of its scores: insufficient resolution to hold "
            f"it against {limit}."
        )
        return _unresolved("served.metric", sentence, measured.estimate)
    fall = fall_of(values, limit_of(policy.at_least, reference), sign=by.sign)
    if fall.shown:
        over = "" if fall.days == measured.days else f" over {quantity(fall.days, 'day')}"
        status, sentence = Status.FAIL, f"{measured_clause}: shown to miss {limit}{over}."
    elif by.sign * measured.estimate < by.sign * policy.at_least:
        status, sentence = Status.WARN, f"{measured_clause}: it misses {limit}, which is not shown yet."
    else:
        status, sentence = Status.PASS, f"{measured_clause}; {wanted} is kept."
    details["fall"] = asdict(fall)
    return Finding("served.metric", status, sentence, observed=measured.estimate, expected=wanted, details=details)


def _promise(
    served: Served, policy: GatePolicy, measured: tuple[Jackknife, Jackknife], bounds: tuple[float, float], fall: Fall
) -> Finding:
    """Return the finding about the change since the folds; a fall is shown by the evidence of all its days."""
    by, places, (now, then) = policy.by, decimals(policy.margin), measured
    change = by.sign * (now.estimate - then.estimate)
    fewer = now if now.days <= then.days else then
    reach = _reach(fewer, math.hypot(now.error, then.error), policy.confidence)
    change_clause = (
        f"Since its folds ({then.estimate:,.{places}f}) the {by.title} of version {served.version} went to "
        f"{now.estimate:,.{places}f}: {gained(by, change, places)} (± {reach:,.{places}f})"
    )
    if not resolved(sum(bounds), policy.margin, change):
        sentence = f"{change_clause}: {too_coarse(('now', 'then'), bounds, policy.margin)}"
        return _unresolved("served.decline", sentence, change)
    if fall.shown:
        status = Status.FAIL
        sentence = f"{change_clause}: shown to have declined, by {quantity(fall.days, 'mature day')}."
    elif change < -policy.margin:
        status, sentence = Status.WARN, f"{change_clause}: a decline that is not shown yet."
    else:
        status, sentence = Status.PASS, f"{change_clause}."
    details = {"now": now.estimate, "then": then.estimate, "reach": reach, "fall": asdict(fall)}
    return Finding("served.decline", status, sentence, Severity.WARNING, observed=change, details=details)
