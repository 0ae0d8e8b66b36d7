"""A look at one pair: what both models did on the days of the pair, the outcome, and the sentence about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.looks.comparison import PairComparison, compare_pair
from assay.core.decisions.looks.guard import Guard, guard_of
from assay.core.decisions.looks.pair import WEIGHTS, LookOutcome, Pair, take_look
from assay.core.evaluation.contender import CONSTANT, Contender, GatePolicy
from assay.core.evaluation.holdout import Holdout, inspect_holdout, reaches, same_row_days
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.slices import judge_slices
from assay.core.interval import Interval

CHECK = "gate.pair"

VETOES = (LookOutcome.GUARDED, LookOutcome.WORSE_THAN_NAIVE, LookOutcome.BELOW_LIMIT, LookOutcome.SLICE_WORSE)
"""The outcomes of a look that shows a pair better and refuses it."""


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
    """The other side of all looks of a gate: the incumbent, the constant, the policy, and the end of the days.

    The guard compares with the constant and with the `naive` baselines, on the days of the pair that all models share.
    """

    incumbent: Contender
    constant: Contender
    policy: GatePolicy
    end: date
    naive: tuple[Contender, ...] = ()

    def look(self, pair: Pair, rival: Contender) -> Look:
        """Return a look at a pair, on all its days on which both models and the baselines saw the same rows."""
        if not pair.due(self.end, self.policy.fold):
            return self._not_due(pair, rival)
        models = {one.name: one for one in (rival, self.incumbent, self.constant, *self.naive)}
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
        guard = guard_of(rival, (self.constant, *self.naive), holdout)
        after, outcome = take_look(
            pair,
            compared.evidence,
            self.end,
            margin=self.policy.margin,
            guard=guard.gain if guard else 0.0,
            claim=self.policy.claimed_gain,
        )
        slices: list[Finding] = []
        why = ""
        if outcome is LookOutcome.GUARDED and guard:
            outcome, why = guard.veto, guard.clause
        elif outcome is LookOutcome.SHOWN:
            slices = self._slices(rival, holdout)
            outcome, why = self._vetoed(rival, holdout, slices)
            if outcome is LookOutcome.SLICE_UNSURE and after.looks == len(WEIGHTS):
                outcome = LookOutcome.UNDECIDED_TO_THE_END
        finding = self._judged(pair, outcome, compared, guard, why.rstrip("."))
        return Look(after, outcome, finding, compared, tuple(slices))

    def _not_due(self, pair: Pair, rival: Contender) -> Look:
        """Return a pair that stays as it is: it was shown already, has no look left, or has no further fold yet."""
        if pair.shown_against == self.incumbent.recipe:
            outcome = LookOutcome.SHOWN
            sentence = f"{rival.name} was shown better than {self.incumbent.name} by the same folds."
        elif pair.looks >= len(WEIGHTS):
            outcome = LookOutcome.UNDECIDED_TO_THE_END
            sentence = f"{rival.name} is undecided to the end against {self.incumbent.name}, after {_looks(pair)}."
        else:
            outcome = LookOutcome.OPEN
            sentence = f"{rival.name} is undecided after {_looks(pair)}: the next look takes a further fold."
        return Look(pair, outcome, _finding(pair, outcome, sentence))

    def compare(self, rival: Contender, holdout: Holdout) -> PairComparison | Insufficient:
        """Return the comparison of a contender with the incumbent on the days of a holdout."""
        return compare_pair(
            self.policy.by,
            (rival.name, holdout.scores[rival.name]),
            (self.incumbent.name, holdout.scores[self.incumbent.name]),
            margin=self.policy.margin,
            incumbent_is_constant=self.incumbent.kind == CONSTANT,
        )

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

    def _judged(
        self, pair: Pair, outcome: LookOutcome, compared: PairComparison, guard: Guard | None, why: str
    ) -> Finding:
        p = compared.evidence.p_value(self.policy.claimed_gain)
        against = f"p = {p:.2g}, and less than {pair.next_level:.2g} is needed"
        called = {
            LookOutcome.SHOWN: f"it is shown better (p = {p:.2g}, less than {pair.next_level:.2g})",
            LookOutcome.OPEN: f"it is undecided ({against}); the next look takes a further fold",
            **dict.fromkeys(VETOES, f"it is shown better, and refused: {why}"),
            LookOutcome.SLICE_UNSURE: f"it is shown better, and not promoted yet: {why}",
            LookOutcome.PAYS_TOO_LITTLE: "its estimate is below half of that, so it is not worth a change",
            LookOutcome.UNDECIDED_TO_THE_END: f"it is undecided to the end ({why or against})",
        }.get(outcome, "it is shown not to gain that much")
        at = f"At look {pair.looks + 1} of {len(WEIGHTS)}"
        sentence = f"{compared.sentence}; the margin is {self.policy.margin:g}. {at} {called}."
        details = compared.to_json() | {"look": pair.looks + 1, "p": p, "level": pair.next_level}
        if guard is not None:
            details["guard"] = asdict(guard)
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
