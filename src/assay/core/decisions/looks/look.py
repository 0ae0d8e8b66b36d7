"""A look at one pair: what both models did on the days of the pair, the outcome, and the sentence about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.looks.comparison import PairComparison, compare_pair
from assay.core.decisions.looks.pair import WEIGHTS, LookOutcome, Pair, take_look
from assay.core.evaluation.constant_baseline import against_constant
from assay.core.evaluation.contender import CONSTANT, Contender, GatePolicy
from assay.core.evaluation.holdout import Holdout, inspect_holdout, reaches, same_row_days
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.slices import judge_slices
from assay.core.interval import Interval

CHECK = "gate.pair"


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a pair: the pair after it, the outcome, a finding, the comparison, and the findings on slices.

    The comparison is None without a look: none was due, or the pair could not be compared.
    """

    pair: Pair
    outcome: LookOutcome
    finding: Finding
    comparison: PairComparison | None = None
    slices: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class LookSetting:
    """The other side of all looks of a gate: the incumbent, the constant, the policy, and the end of the days."""

    incumbent: Contender
    constant: Contender
    policy: GatePolicy
    end: date

    def look(self, pair: Pair, rival: Contender) -> Look:
        """Return a look at a pair, on all its days on which both models and the constant saw the same rows."""
        if not pair.due(self.end, self.policy.fold):
            if pair.shown_against == self.incumbent.recipe:
                sentence = f"{rival.name} was shown better than {self.incumbent.name} by the same folds."
                return Look(pair, LookOutcome.SHOWN, _finding(pair, LookOutcome.SHOWN, sentence))
            if pair.looks >= len(WEIGHTS):
                sentence = f"{rival.name} is undecided to the end against {self.incumbent.name}, after {_looks(pair)}."
                outcome = LookOutcome.UNDECIDED_TO_THE_END
                return Look(pair, outcome, _finding(pair, outcome, sentence))
            sentence = f"{rival.name} is undecided after {_looks(pair)}: the next look takes a further fold."
            return Look(pair, LookOutcome.OPEN, _finding(pair, LookOutcome.OPEN, sentence))
        models = {one.name: one for one in (rival, self.incumbent, self.constant)}
        same = same_row_days(list(models.values()), Interval(pair.first_day, self.end))
        holdout = Holdout.of(same, self.policy.by)
        problems = inspect_holdout(holdout, self.policy)
        if problems:
            return Look(pair, LookOutcome.OPEN, problems[0])
        compared = self.compare(rival, holdout)
        if isinstance(compared, Insufficient):
            who = f"{rival.name} cannot be compared with {self.incumbent.name} by {self.policy.by.title}"
            sentence = f"{who}: {compared.reason.rstrip('.')}."
            finding = Finding("gate.metric", Status.FAIL, sentence, Severity.WARNING, expected="a gain and its error")
            return Look(pair, LookOutcome.OPEN, finding)
        after, outcome = take_look(
            pair,
            compared.evidence,
            self.end,
            margin=self.policy.margin,
            guard=self._guard(holdout, rival),
            claim=self.policy.claimed_gain,
        )
        if outcome is LookOutcome.SHOWN:
            slices = self._slices(rival, holdout)
            outcome, why = self._vetoed(rival, holdout, slices)
            if outcome is LookOutcome.SLICE_UNSURE and after.looks == len(WEIGHTS):
                outcome = LookOutcome.UNDECIDED_TO_THE_END
            return Look(after, outcome, self._judged(pair, outcome, compared, why), compared, tuple(slices))
        return Look(after, outcome, self._judged(pair, outcome, compared, ""), compared)

    def compare(self, rival: Contender, holdout: Holdout) -> PairComparison | Insufficient:
        """Return the comparison of a contender with the incumbent on the days of a holdout."""
        return compare_pair(
            self.policy.by,
            (rival.name, holdout.scores[rival.name]),
            (self.incumbent.name, holdout.scores[self.incumbent.name]),
            margin=self.policy.margin,
            incumbent_is_constant=self.incumbent.kind == CONSTANT,
        )

    def _guard(self, holdout: Holdout, rival: Contender) -> float:
        """Return the gain in log loss, or RMSE, over the constant on the days of the pair; 0 where there is no loss."""
        scored = against_constant(holdout.pooled(self.constant.name))
        beside = against_constant(holdout.pooled(rival.name), reference=scored.loss if scored else None)
        return beside.gain if beside else 0.0

    def _slices(self, rival: Contender, holdout: Holdout) -> list[Finding]:
        """Return the findings on slices, without the weight to refuse by themselves; none beside the constant."""
        if self.incumbent.kind == CONSTANT:
            return []
        rival_days, incumbent_days = ((one.name, holdout.profiles[one.name]) for one in (rival, self.incumbent))
        judged_slices = judge_slices(rival_days, incumbent_days, self.policy.slice_rule(self.policy.confidence))
        return [replace(one, severity=Severity.INFO) if one.status is Status.FAIL else one for one in judged_slices]

    def _vetoed(self, rival: Contender, holdout: Holdout, slices: list[Finding]) -> tuple[LookOutcome, str]:
        """Return the outcome after the limit of the metric and the slices, with the sentence of a veto."""
        short = [f for f in reaches(rival, holdout, self.policy) if f.status is Status.FAIL]
        if short:
            return LookOutcome.BELOW_LIMIT, short[0].sentence
        worse = [f for f in slices if f.status is Status.FAIL]
        if worse:
            return LookOutcome.SLICE_WORSE, worse[0].sentence
        unsure = [f for f in slices if not f.details.get("safe", True)]
        return (LookOutcome.SLICE_UNSURE, unsure[0].sentence) if unsure else (LookOutcome.SHOWN, "")

    def _judged(self, pair: Pair, outcome: LookOutcome, compared: PairComparison, why: str) -> Finding:
        p = compared.evidence.p_value(self.policy.claimed_gain)
        against = f"p = {p:.2g}, and less than {pair.next_level:.2g} is needed"
        called = {
            LookOutcome.SHOWN: f"it is shown better (p = {p:.2g}, less than {pair.next_level:.2g})",
            LookOutcome.OPEN: f"it is undecided ({against}); the next look takes a further fold",
            LookOutcome.GUARDED: "it is shown better, and refused: its loss is worse than the constant's",
            LookOutcome.BELOW_LIMIT: f"it is shown better, and refused: {why.rstrip('.')}",
            LookOutcome.SLICE_WORSE: f"it is shown better, and refused: {why.rstrip('.')}",
            LookOutcome.SLICE_UNSURE: f"it is shown better, and not promoted yet: {why.rstrip('.')}",
            LookOutcome.PAYS_TOO_LITTLE: "its estimate is below half of that, so it is not worth a change",
            LookOutcome.UNDECIDED_TO_THE_END: f"it is undecided to the end ({why.rstrip('.') or against})",
        }.get(outcome, "it is shown not to gain that much")
        at = f"At look {pair.looks + 1} of {len(WEIGHTS)}"
        sentence = f"{compared.sentence}; the margin is {self.policy.margin:g}. {at} {called}."
        details = compared.to_json() | {"look": pair.looks + 1, "p": p, "level": pair.next_level}
        return _finding(pair, outcome, sentence, details, compared.evidence.estimate)


def unmeasured(pair: Pair) -> Look:
    """Return a pair that stays open without a look: the metric of its recipe cannot be computed on these folds."""
    sentence = f"{pair.name} gets no look: its metric cannot be computed on the newest folds."
    return Look(pair, LookOutcome.OPEN, _finding(pair, LookOutcome.OPEN, sentence))


def gone(pair: Pair) -> Look:
    """Return the end of a pair whose recipe is no longer trained."""
    sentence = f"The pair of {pair.name} is closed after {_looks(pair)}: its recipe is no longer trained."
    return Look(pair, LookOutcome.GONE, _finding(pair, LookOutcome.GONE, sentence))


def _finding(
    pair: Pair, outcome: LookOutcome, sentence: str, details: Mapping[str, Any] | None = None, gain: float | None = None
) -> Finding:
    status = Status.PASS if outcome is LookOutcome.SHOWN else Status.FAIL if outcome.closes else Status.WARN
    whole = {"recipe": pair.recipe, "ours": pair.name, "outcome": outcome.value, **(details or {})}
    return Finding(CHECK, status, sentence, Severity.INFO, None, gain, "a gain that is shown", whole)


def _looks(pair: Pair) -> str:
    return "1 look" if pair.looks == 1 else f"{pair.looks} looks"
