"""The gate: it decides from outcomes alone whether a contender of a training may serve.

A new recipe has to be shown better than the champion, within an account of error for the whole year. A refresh, the
champion's recipe on newer data, serves unless it is shown worse than what was served, or than the anchor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.judge_refresh import RefreshJudged, judge_refresh
from assay.core.decisions.looks.comparison import PairComparison
from assay.core.decisions.looks.error_account import ErrorAccount
from assay.core.decisions.looks.gate_state import GateState
from assay.core.decisions.looks.judge_pairs import JudgedTraining, PairsJudged, judge_pairs
from assay.core.decisions.looks.look import Look, LookSetting
from assay.core.decisions.promotion_claim import PromotionClaim
from assay.core.evaluation.constant_baseline import noted
from assay.core.evaluation.contender import CONSTANT, NAIVE, Contender, GatePolicy
from assay.core.evaluation.holdout import (
    Holdout,
    beside_the_constant,
    inspect_holdout,
    resolves,
    unusable_labels,
)
from assay.core.verdict import Action, Verdict


@dataclass(frozen=True, slots=True)
class GateDecision:
    """The verdict, whose action is promote, keep or refuse, and all that it rests on.

    - `forward` is the contender to be promoted, by its `claim`; both are None without a promotion.
    - `state` is the memory of the gate from here on; None where nothing was judged.
    - `looks` are those at pairs of recipes, and `beside` are the comparisons of a refresh.
    """

    verdict: Verdict
    forward: str | None = None
    claim: PromotionClaim | None = None
    state: GateState | None = None
    looks: tuple[Look, ...] = ()
    beside: tuple[PairComparison, ...] = ()

    @property
    def challengers(self) -> tuple[str, ...]:
        """The contenders whose pairs stay open, without the one that is to be promoted."""
        open_pairs = {pair.recipe for pair in self.state.pairs} if self.state else set()
        names = [look.pair.name for look in self.looks if look.pair.recipe in open_pairs]
        return tuple(name for name in names if name != self.forward)


@dataclass(slots=True)
class _Judging:
    """The state of one decision, with the findings so far."""

    policy: GatePolicy
    holdout: Holdout
    findings: list[Finding] = field(default_factory=list)
    losses: Mapping[str, Finding] = field(default_factory=dict)
    """The comparison of each model with the constant; it changes no decision."""

    def decide(self, action: Action, sentence: str, forward: str | None = None) -> Verdict:
        for name, finding in self.losses.items():
            self.findings.append(finding if name == forward else noted(finding))
            sentence += f" {finding.sentence}" if name == forward else ""
        weak = any(f.status is not Status.PASS and f.severity is not Severity.INFO for f in self.findings)
        good = Status.WARN if weak or action is Action.KEEP else Status.PASS
        status = Status.FAIL if action is Action.REFUSE else good
        return Verdict(status, action, sentence, tuple(self.findings))

    def refuse(self, check: str, sentence: str) -> Verdict:
        self.findings.append(Finding(check, Status.FAIL, sentence))
        return self.decide(Action.REFUSE, f"Refused: {sentence}")


def judge_gate(
    contenders: Sequence[Contender],
    champion: Contender | None,
    policy: GatePolicy,
    training: JudgedTraining,
    state: GateState | None = None,
    beside: Sequence[Contender] = (),
) -> GateDecision:
    """Return the decision about a training: promote, keep (pairs stay open, so measure on) or refuse.

    - `champion` is the champion's recipe on its folds. Without one, the constant is the incumbent of all pairs.
    - `state` is that before the training, None for the first gate of a pipeline.
    - `beside` are what a refresh must not be shown worse than: the scores that were served, and those of the anchor.

    If pairs are shown better, the simplest of those within a margin of the best is promoted. If none is, a refresh is
    promoted unless it is shown worse. A metric that cannot be computed fails, with its reason.

    Raises:
        ValueError: Two of the models have the same name.
    """
    models = [*contenders, *([champion] if champion else [])]
    names = [one.name for one in models]
    if len(set(names)) < len(names):
        raise ValueError(f"contenders and champion need different names, not {', '.join(names)}")
    newest = [_within(one, training) for one in models]
    judging = _Judging(policy, Holdout.of(newest, policy.by))
    ladder = _admitted(judging, contenders, champion)
    stopped = _inspect(judging, ladder, champion)
    if stopped is not None:
        return GateDecision(stopped)
    incumbent = champion or ladder[0]
    before = state or GateState(ErrorAccount.opened(training.day, policy.yearly_error))
    before = before.on(training.day, training.folds.end, policy.fold * policy.folds, policy.yearly_error)
    usable = _measurable(judging, ladder)
    naive = tuple(one for one in usable if one.kind == NAIVE)
    setting = LookSetting(incumbent, ladder[0], policy, training.folds.end, naive)
    pairs = judge_pairs(usable, setting, training, before)
    judging.findings += [finding for look in pairs.looks for finding in (look.finding, *look.slices)]
    return _decide(judging, pairs, usable, champion, training, beside)


def _within(one: Contender, training: JudgedTraining) -> Contender:
    days = {day: outcomes for day, outcomes in one.days.items() if day in training.folds}
    return Contender(one.name, one.kind, one.complexity, one.recipe, days, one.identity, one.constant)


def _inspect(judging: _Judging, ladder: Sequence[Contender], champion: Contender | None) -> Verdict | None:
    """Return the refusal of a training that cannot be judged on its newest folds, None for a good one."""
    if not ladder or ladder[0].kind != CONSTANT:
        return judging.refuse("gate.constant", "There is no constant to be beaten.")
    problems = inspect_holdout(judging.holdout, judging.policy)
    judging.findings += problems
    if problems:
        return judging.decide(Action.REFUSE, f"Refused: {problems[0].sentence}")
    same = next(iter(judging.holdout.profiles.values())).values()  # all models have the same rows
    judging.findings += unusable_labels("gate.labels", "the folds", same)
    judging.losses = beside_the_constant(judging.holdout, ladder, champion)
    if champion is not None:
        judging.findings += resolves(champion, judging.holdout, judging.policy)
    for vital in (ladder[0], champion):
        if vital is not None and (sentence := _undefined(judging, vital)):
            return judging.refuse("gate.metric", sentence)
    return None


def _admitted(judging: _Judging, contenders: Sequence[Contender], champion: Contender | None) -> list[Contender]:
    """Return the contenders, the constant first and then by complexity, without any that is the champion itself."""
    ladder = []
    for each in sorted(contenders, key=lambda c: (c.kind != CONSTANT, c.complexity)):
        if champion is not None and each.identity and each.identity == champion.identity:
            sentence = f"{each.name} is the champion {champion.name} itself: a contender never meets itself."
            judging.findings.append(Finding("gate.itself", Status.FAIL, sentence, Severity.WARNING))
        else:
            ladder.append(each)
    return ladder


def _undefined(judging: _Judging, model: Contender) -> str:
    """Return the reason why the metric of a model cannot be computed on the newest folds, "" where it can."""
    by, whole = judging.policy.by, judging.holdout.whole(model.name)
    if by.function(whole) is not None:
        return ""
    return f"The {by.title} of {model.name} cannot be computed: {by.why_undefined(whole)}."


def _measurable(judging: _Judging, ladder: Sequence[Contender]) -> list[Contender]:
    """Return the contenders whose metric can be computed, and add a failed finding for each other one."""
    kept = []
    for each in ladder:
        if sentence := _undefined(judging, each):
            expected = "a finite number"
            judging.findings.append(Finding("gate.metric", Status.FAIL, sentence, Severity.WARNING, expected=expected))
        else:
            kept.append(each)
            judging.findings += resolves(each, judging.holdout, judging.policy)
    return kept


def _decide(
    judging: _Judging,
    pairs: PairsJudged,
    ladder: Sequence[Contender],
    champion: Contender | None,
    training: JudgedTraining,
    beside: Sequence[Contender],
) -> GateDecision:
    if pairs.shown is not None:
        name = pairs.shown.pair.name
        verdict = judging.decide(Action.PROMOTE, f"Accepted: {pairs.shown.finding.sentence}", name)
        return GateDecision(verdict, name, PromotionClaim.BETTER, pairs.state, pairs.looks)
    fresh = None if champion is None or training.side else _recipe_in(ladder, champion.recipe)
    if fresh is not None:
        refreshed = judge_refresh(fresh, beside, judging.holdout, judging.policy, training.folds, pairs.state)
        return _decide_refresh(judging, pairs, refreshed, fresh)
    going_on = [look for look in pairs.looks if pairs.state.pair_of(look.pair.recipe) is not None]
    if going_on:
        verdict = judging.decide(Action.KEEP, f"Undecided: {_best(going_on).finding.sentence}")
    else:
        verdict = judging.refuse("gate.nothing_shown", _nothing_shown(pairs, champion))
    return GateDecision(verdict, None, None, pairs.state, pairs.looks)


def _recipe_in(ladder: Sequence[Contender], recipe: str) -> Contender | None:
    return next((one for one in ladder if one.recipe == recipe), None)


def _decide_refresh(judging: _Judging, pairs: PairsJudged, refreshed: RefreshJudged, fresh: Contender) -> GateDecision:
    judging.findings += refreshed.findings
    if refreshed.refused:
        verdict = judging.decide(Action.REFUSE, f"Refused: {refreshed.sentence}")
        return GateDecision(verdict, None, None, refreshed.state, pairs.looks, refreshed.comparisons)
    verdict = judging.decide(Action.PROMOTE, f"Accepted: {refreshed.sentence}", fresh.name)
    claim = PromotionClaim.REFRESH
    return GateDecision(verdict, fresh.name, claim, refreshed.state, pairs.looks, refreshed.comparisons)


def _nothing_shown(pairs: PairsJudged, champion: Contender | None) -> str:
    than = champion.name if champion else "the constant"
    if pairs.looks:
        return f"nothing was shown better than {than}. {_best(pairs.looks).finding.sentence}"
    rest = ", ".join(f"{pair.name} ({pair.outcome})" for pair in pairs.state.closed)
    known = f" Closed pairs rest until there are enough new days: {rest}." if rest else ""
    return f"there is no new contender to compare with {than}.{known}"


def _best(looks: Sequence[Look]) -> Look:
    """Return the look with the largest gain, of those that compared anything if there is one."""
    return max(looks, key=lambda look: (look.comparison is not None, look.pair.estimate))
