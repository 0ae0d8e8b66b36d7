"""The gate: it selects a contender, and decides whether it may replace the champion, from outcomes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.challenger_tenure import Standing
from assay.core.evaluation.claims import ClaimOutcome, ClaimRule, Comparison, evaluate_claim
from assay.core.evaluation.constant_baseline import noted
from assay.core.evaluation.contender import CONSTANT, Contender, GatePolicy
from assay.core.evaluation.holdout import (
    Holdout,
    beside_the_constant,
    inspect_holdout,
    reaches,
    resolves,
    unusable_labels,
)
from assay.core.evaluation.slices import judge_slices
from assay.core.verdict import Action, Verdict


@dataclass(frozen=True, slots=True)
class GateDecision:
    """The verdict, whose action is promote, challenge, keep or refuse, and the claims that it rests on.

    The contender that the ladder selected is `forward`; the action promote is about it. It is None when no contender
    beat the constant. An undecided contender is the `challenger`, to be scored in the shadow. It is `waits` instead
    while another challenger is judged.
    """

    verdict: Verdict
    forward: str | None = None
    challenger: str | None = None
    comparisons: tuple[Comparison, ...] = ()
    waits: str | None = None


@dataclass(slots=True)
class _Judging:
    """The state of one decision, with the findings so far."""

    policy: GatePolicy
    holdout: Holdout
    standing: Standing | None = None
    findings: list[Finding] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    beside: dict[str, Finding] = field(default_factory=dict)
    """The comparison of each model with the constant; it changes no decision."""

    def evaluate_claim(
        self, contender: Contender, incumbent: Contender, rule: ClaimRule, severity: Severity
    ) -> Comparison:
        policy = self.policy
        comparison = evaluate_claim(
            policy.by,
            (contender.name, self.holdout.scores[contender.name]),
            (incumbent.name, self.holdout.scores[incumbent.name]),
            rule=rule,
            margin=policy.margin,
            confidence=policy.confidence,
            incumbent_is_constant=incumbent.kind == CONSTANT,
        )
        self.comparisons.append(comparison)
        self.findings.append(comparison.finding(severity))
        return comparison

    def decide(
        self, action: Action, sentence: str, forward: Contender | None = None, challenger: Contender | None = None
    ) -> GateDecision:
        moving = {Action.PROMOTE: forward, Action.CHALLENGE: challenger}.get(action)
        for name, finding in self.beside.items():
            moves = moving is not None and name == moving.name
            self.findings.append(finding if moves else noted(finding))
            sentence += f" {finding.sentence}" if moves else ""
        weak = any(f.status is not Status.PASS and f.severity is not Severity.INFO for f in self.findings)
        good = Status.WARN if weak else Status.PASS
        status = {Action.PROMOTE: good, Action.CHALLENGE: Status.WARN, Action.KEEP: Status.WARN}.get(
            action, Status.FAIL
        )
        names = [None if one is None else one.name for one in (forward, challenger)]
        verdict = Verdict(status, action, sentence, tuple(self.findings))
        return GateDecision(verdict, names[0], names[1], tuple(self.comparisons))

    def challenge(
        self, challenger: Contender, champion: Contender, comparison: Comparison, forward: Contender
    ) -> GateDecision:
        """Return the decision about an undecided contender: it becomes the challenger, unless there is one already."""
        more = "" if challenger is forward else f" {forward.name} is refused."
        if self.standing is None:
            sentence = f"{challenger.name} becomes the challenger of {champion.name}: {comparison.sentence}{more}"
            return self.decide(Action.CHALLENGE, sentence, forward, challenger)
        waits = self.standing.finding(challenger.name)
        self.findings.append(waits)
        decision = self.decide(Action.KEEP, f"Undecided: {comparison.sentence}{more} {waits.sentence}", forward)
        return replace(decision, waits=challenger.name)


def judge_gate(
    contenders: Sequence[Contender], champion: Contender | None, policy: GatePolicy, standing: Standing | None = None
) -> GateDecision:
    """Return the decision about a training: promote, challenge (undecided, so measure on), keep or refuse.

    First, the ladder selects a contender. The simplest contender is the incumbent, and each more complex one replaces
    it only when it is shown better.

    Then the selected contender has to pass every test:

    - It is shown better than the constant.
    - It reaches `at_least`.
    - Against the champion it is shown better (a new recipe), or no worse (a refresh of the champion's recipe).
    - No slice is shown worse than the champion's.

    All tests use the days that all models have. A metric that cannot be computed fails, with its reason. While another
    challenger is `standing`, an undecided contender does not replace it: the action is keep instead of challenge.

    Raises:
        ValueError: Two of the models have the same name.
    """
    names = [c.name for c in (*contenders, *([champion] if champion else []))]
    if len(set(names)) < len(names):
        raise ValueError(f"contenders and champion need different names, not {', '.join(names)}")
    judging = _Judging(policy, Holdout.of([*contenders, *([champion] if champion else [])], policy.by), standing)
    ladder = _admitted(judging, contenders, champion)
    if not ladder or ladder[0].kind != CONSTANT:
        sentence = "There is no constant to be beaten."
        judging.findings.append(Finding("gate.constant", Status.FAIL, sentence))
        return judging.decide(Action.REFUSE, f"Refused: {sentence}")
    problems = inspect_holdout(judging.holdout, policy)
    judging.findings += problems
    if problems:
        return judging.decide(Action.REFUSE, f"Refused: {problems[0].sentence}")
    same = next(iter(judging.holdout.profiles.values())).values()  # all models have the same rows
    judging.findings += unusable_labels("gate.labels", "the holdout", same)
    judging.beside = beside_the_constant(judging.holdout, ladder, champion)
    ladder = _measurable(judging, ladder, champion)
    if any(f.check == "gate.metric" and f.severity is Severity.CRITICAL for f in judging.findings):
        return judging.decide(Action.REFUSE, _refusal(judging))
    forward, undecided = _climb(judging, ladder)
    if forward.kind == CONSTANT:
        sentence = _nothing_beats_the_constant(judging)
        judging.findings.append(Finding("gate.constant", Status.FAIL, "Nothing was shown better than the constant."))
        return judging.decide(Action.REFUSE, sentence)
    return _judge_forward(judging, ladder[0], forward, undecided, champion)


def rule_against(champion: Contender, contender: Contender) -> ClaimRule:
    """Return non-inferiority for a refresh, the champion's own recipe on newer data; superiority for a new recipe."""
    return ClaimRule.NON_INFERIORITY if contender.recipe == champion.recipe else ClaimRule.SUPERIORITY


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


def _measurable(judging: _Judging, ladder: list[Contender], champion: Contender | None) -> list[Contender]:
    """Return the contenders whose metric can be computed, and add a failed finding for each other model.

    The finding is critical for the champion and the constant, which every decision needs.
    """
    kept = []
    for each in [*ladder, *([champion] if champion else [])]:
        by, whole = judging.policy.by, judging.holdout.whole(each.name)
        if by.function(whole) is None:
            vital = each is champion or each.kind == CONSTANT
            sentence = f"The {by.title} of {each.name} cannot be computed: {by.why_undefined(whole)}."
            severity = Severity.CRITICAL if vital else Severity.WARNING
            judging.findings.append(Finding("gate.metric", Status.FAIL, sentence, severity, expected="a finite number"))
        else:
            kept += [] if each is champion else [each]
            judging.findings += resolves(each, judging.holdout, judging.policy)
    return kept


def _climb(judging: _Judging, ladder: Sequence[Contender]) -> tuple[Contender, list[tuple[Contender, Comparison]]]:
    """Return the contender that the ladder selects, and those that are undecided against it."""
    incumbent, undecided = ladder[0], []
    for each in ladder[1:]:
        comparison = judging.evaluate_claim(each, incumbent, ClaimRule.SUPERIORITY, Severity.INFO)
        if comparison.outcome is ClaimOutcome.SHOWN:
            incumbent = each
        elif comparison.outcome is ClaimOutcome.UNDECIDED and incumbent.kind != CONSTANT:
            undecided.append((each, comparison))
    return incumbent, [(each, comparison) for each, comparison in undecided if comparison.incumbent == incumbent.name]


def _judge_forward(
    judging: _Judging,
    constant: Contender,
    forward: Contender,
    undecided: Sequence[tuple[Contender, Comparison]],
    champion: Contender | None,
) -> GateDecision:
    beaten = _beats(judging, forward, constant)
    if beaten.outcome is not ClaimOutcome.SHOWN:
        return judging.decide(Action.REFUSE, f"Refused: {beaten.sentence}", forward)
    floor = reaches(forward, judging.holdout, judging.policy)
    judging.findings += floor
    if any(f.status is Status.FAIL for f in floor):
        return judging.decide(Action.REFUSE, f"Refused: {floor[0].sentence}", forward)
    challenger, behind = max(undecided, key=lambda pair: _estimate(pair[1]), default=(None, None))
    if champion is None:
        return _promote(judging, forward, beaten, challenger, behind)
    met = judging.evaluate_claim(forward, champion, rule_against(champion, forward), Severity.CRITICAL)
    if met.outcome in (ClaimOutcome.REFUTED, ClaimOutcome.UNKNOWN):
        return _keep_champion(judging, forward, met, challenger, champion)
    profiles = [(c.name, judging.holdout.profiles[c.name]) for c in (forward, champion)]
    slices = judge_slices(profiles[0], profiles[1], judging.policy.slice_rule(judging.policy.confidence))
    judging.findings += slices
    worse = [f for f in slices if f.status is Status.FAIL]
    if worse:
        return judging.decide(Action.REFUSE, f"Refused: {worse[0].sentence}", forward)
    if met.outcome is ClaimOutcome.UNDECIDED:
        return judging.challenge(forward, champion, met, forward)
    return _promote(judging, forward, met, challenger, behind)


def _beats(judging: _Judging, forward: Contender, constant: Contender) -> Comparison:
    """Return the comparison of `forward` with the constant: that of the ladder, or else a new one."""
    for comparison in judging.comparisons:
        if (comparison.contender, comparison.incumbent) == (forward.name, constant.name):
            return comparison
    return judging.evaluate_claim(forward, constant, ClaimRule.SUPERIORITY, Severity.CRITICAL)


def _promote(
    judging: _Judging, forward: Contender, met: Comparison, challenger: Contender | None, behind: Comparison | None
) -> GateDecision:
    more, standing = "", judging.standing
    if challenger is not None and behind is not None:
        if standing is None or standing.ended_by(forward.recipe):
            more = f" {challenger.name} becomes its challenger: {behind.sentence}"
        else:
            waits, challenger = standing.finding(challenger.name), None
            judging.findings.append(waits)
            more = f" {waits.sentence}"
    return judging.decide(Action.PROMOTE, f"Promoted: {met.sentence}{more}", forward, challenger)


def _keep_champion(
    judging: _Judging, forward: Contender, met: Comparison, challenger: Contender | None, champion: Contender
) -> GateDecision:
    """Refuse `forward`, and let a more complex contender challenge the champion if the ladder left it undecided.

    The comparison with the champion must not refute that contender. A champion that is better than `forward` is no
    reason to stop measuring it.
    """
    if challenger is not None:
        comparison = judging.evaluate_claim(challenger, champion, rule_against(champion, challenger), Severity.WARNING)
        if comparison.outcome in (ClaimOutcome.SHOWN, ClaimOutcome.UNDECIDED):
            lost = judging.findings.index(met.finding())  # it no longer decides: another one goes on
            judging.findings[lost] = met.finding(Severity.WARNING)
            return judging.challenge(challenger, champion, comparison, forward)
    return judging.decide(Action.REFUSE, f"Refused, {champion.name} stays: {met.sentence}", forward)


def _nothing_beats_the_constant(judging: _Judging) -> str:
    tried = sorted(judging.comparisons, key=_estimate)
    if tried:
        return f"Refused, nothing was shown better than the constant: {tried[-1].sentence}"
    return "Refused: there is no contender but the constant."


def _refusal(judging: _Judging) -> str:
    failed = (f for f in judging.findings if f.status is Status.FAIL and f.severity is Severity.CRITICAL)
    return f"Refused: {next(failed).sentence}"


def _estimate(comparison: Comparison) -> float:
    return float("-inf") if comparison.difference is None else comparison.difference.estimate
