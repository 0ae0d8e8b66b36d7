"""A challenge: a model in the shadow of the champion is judged again as its days accumulate, under an error budget.

With a look every week at 95 % confidence, a model that is no better is promoted in nine years of ten. So look number k
spends alpha / 2^k of error. The sum is at most alpha for any number of looks (alpha spending; Lan and DeMets 1983).

A look is taken only when the days have grown by half since the last look. So there are few looks, and each keeps a
useful share of the error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from assay.core.check import Finding, Status
from assay.core.decisions.gate import rule_against
from assay.core.evaluation.claims import ClaimOutcome, Comparison, evaluate_claim, percent
from assay.core.evaluation.constant_baseline import against_constant, baseline_finding
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.evaluation.holdout import Holdout, inspect_holdout, reaches
from assay.core.evaluation.jackknife import common_days
from assay.core.evaluation.label_maturity import left_out
from assay.core.evaluation.slices import judge_slices
from assay.core.profiles.outcome_profile import OutcomeProfile, same_rows
from assay.core.text import quantity
from assay.core.verdict import Action, Verdict

LOOK_GROWTH_FACTOR = 1.5
"""The factor by which the days grow from one look to the next."""


@dataclass(frozen=True, slots=True)
class ChallengeDecision:
    """The decision about a challenge: the action of the verdict is promote, refuse, expire or keep.

    The caller passes `looks`, the number of looks with this one, to the next call. The number of judged days is `days`,
    and `judged` are the first and the last of them, None without a look. The part of the error budget that was used is
    `spent`.
    """

    verdict: Verdict
    looks: int
    days: int
    spent: float
    comparison: Comparison | None = None
    judged: tuple[date, date] | None = None


def judge_challenge(
    challenger: Contender,
    champion: Contender,
    policy: GatePolicy,
    *,
    looks_taken: int,
    last_days: int = 0,
    age: int,
    expires: int,
    waiting: int = 0,
) -> ChallengeDecision:
    """Return the decision about a challenger after `age` of at most `expires` days.

    The last look was at `last_days` days, and `looks_taken` is the number of looks so far.

    The days of both models are those since the challenge began. The days that made the model a challenger are left out,
    or they would be used twice. Days whose labels are not mature are left out too; `waiting` is their number. So are
    days on which the two models were not scored on the same rows.

    A look promotes a challenger under three conditions: it is shown better (a refresh: no worse), it reaches the floor,
    and no slice is shown worse. A look refuses a challenger that is refuted. When no look is due, no error is spent.
    """
    challenger, champion = _same_rows(challenger, champion)
    holdout = Holdout.of([challenger, champion], policy.by)
    days, budget = len(holdout.days), 1 - policy.confidence
    spent = sum(budget / 2**k for k in range(1, looks_taken + 1))
    if not look_due(days, policy.min_days, last_days):
        return _wait(challenger, champion, looks_taken, spent, age=age, expires=expires, waiting=waiting)
    problems = inspect_holdout(holdout, policy)
    if problems:
        why = problems[0].sentence
        return _wait(challenger, champion, looks_taken, spent, age=age, expires=expires, waiting=waiting, why=why)
    look = looks_taken + 1
    confidence = 1 - budget / 2**look
    spent += budget / 2**look
    comparison = evaluate_claim(
        policy.by,
        (challenger.name, holdout.scores[challenger.name]),
        (champion.name, holdout.scores[champion.name]),
        rule=rule_against(champion, challenger),
        margin=policy.margin,
        confidence=confidence,
    )
    findings = [comparison.finding(), *reaches(challenger, holdout, policy)]
    findings += judge_slices(
        (challenger.name, holdout.profiles[challenger.name]),
        (champion.name, holdout.profiles[champion.name]),
        policy.slice_rule(confidence),
    )
    action, sentence = _act(comparison, findings, age=age, expires=expires, look=look)
    beside = against_constant(holdout.pooled(challenger.name), constant=challenger.constant)
    if beside is not None:
        findings.append(baseline_finding(challenger.name, beside))
        sentence = f"{sentence} {findings[-1].sentence}"
    judged = (holdout.days[0], holdout.days[-1])
    status = {Action.PROMOTE: Status.PASS, Action.KEEP: Status.PASS, Action.EXPIRE: Status.WARN}.get(
        action, Status.FAIL
    )
    return ChallengeDecision(Verdict(status, action, sentence, tuple(findings)), look, days, spent, comparison, judged)


def look_due(days: int, first: int, last: int) -> bool:
    """Return whether `days` of a challenge allow a look: the first at `first` days, each next after growth by half.

    The growth is measured from `last`, the days that the last look really had. So after a late look, such as a monthly
    one, the next look brings new days as well.

    >>> [look_due(days, 20, 0) for days in (19, 20)]
    [False, True]
    >>> [look_due(days, 20, 31) for days in (31, 46, 47)]
    [False, False, True]
    """
    return days >= max(1, first, math.ceil(last * LOOK_GROWTH_FACTOR))


def _same_rows(challenger: Contender, champion: Contender) -> tuple[Contender, Contender]:
    overall = [{day: profile.overall for day, profile in model.days.items()} for model in (challenger, champion)]
    days = [day for day in common_days(*overall) if same_rows(overall[0][day], overall[1][day])]
    challenger, champion = (_only(model, days) for model in (challenger, champion))
    return challenger, champion


def _only(model: Contender, days: list[date]) -> Contender:
    kept: Mapping[date, OutcomeProfile] = {day: model.days[day] for day in days}
    return replace(model, days=kept)


def _act(comparison: Comparison, findings: list[Finding], *, age: int, expires: int, look: int) -> tuple[Action, str]:
    failed = [f for f in findings if f.status is Status.FAIL]
    if failed:
        return Action.REFUSE, f"The challenger {comparison.contender} is refused: {failed[0].sentence}"
    if comparison.outcome is ClaimOutcome.SHOWN:
        return Action.PROMOTE, f"The challenger is promoted at look {look}: {comparison.sentence}"
    if age >= expires:
        return Action.EXPIRE, f"The challenge expires after {quantity(age, 'day')}: {comparison.sentence}"
    return Action.KEEP, f"The challenge goes on after look {look}: {comparison.sentence}"


def _wait(
    challenger: Contender,
    champion: Contender,
    looks: int,
    spent: float,
    *,
    age: int,
    expires: int,
    waiting: int,
    why: str = "",
) -> ChallengeDecision:
    days = len(challenger.days)
    about = f"{challenger.name} against {champion.name} has {quantity(days, 'comparable day')}{left_out(waiting)}"
    because = f" {why}" if why else ""
    if age >= expires:
        sentence = f"The challenge expires after {quantity(age, 'day')}, undecided: {about}.{because}"
        finding = Finding("gate.challenge", Status.WARN, sentence, observed=days)
        return ChallengeDecision(Verdict(Status.WARN, Action.EXPIRE, sentence, (finding,)), looks, days, spent)
    left = f"the next look is not due, and {percent(spent)} of error is spent"
    sentence = f"The challenge goes on: {about}; {left}.{because}"
    finding = Finding("gate.challenge", Status.PASS, sentence, observed=days)
    return ChallengeDecision(Verdict(Status.PASS, Action.KEEP, sentence, (finding,)), looks, days, spent)
