"""The judgement of a refresh: the newest fold of the champion's recipe beside older scores on the same days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.looks.comparison import PairComparison, compare_contenders
from assay.core.decisions.looks.gate_state import GateState, JudgedRefresh
from assay.core.decisions.looks.refresh import shown_worse
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.evaluation.holdout import Holdout, reaches
from assay.core.interval import Interval

CHECK = "gate.refresh"


@dataclass(frozen=True, slots=True)
class RefreshJudged:
    """The verdict on a refresh: whether it is `refused`, a sentence, and all that the verdict rests on."""

    refused: bool
    sentence: str
    state: GateState
    findings: tuple[Finding, ...]
    comparisons: tuple[PairComparison, ...] = ()


def judge_refresh(
    fresh: Contender,
    beside: Sequence[Contender],
    holdout: Holdout,
    policy: GatePolicy,
    folds: Interval,
    state: GateState,
) -> RefreshJudged:
    """Return the verdict on `fresh`, the contender of the champion's recipe.

    It is compared with each of `beside` on the days that both have. Without 20 such days a comparison refuses nothing.
    The verdict holds until there is a new fold: judged every night, an equal refresh would be refused in most months.
    """
    limit = reaches(fresh, holdout, policy)
    short = [finding for finding in limit if finding.status is Status.FAIL]
    if short:
        return RefreshJudged(True, short[0].sentence, state, tuple(limit))
    last = state.refresh
    if last is not None and (last.recipe, last.until) == (fresh.recipe, folds.end):
        return _stands(fresh, last, state, limit)
    each = [compare_contenders(fresh, other, policy, folds) for other in beside]
    compared = [one for one in each if isinstance(one, PairComparison)]
    findings = [*limit, *(_finding(one, policy) for one in compared)]
    worse = next((one for one in compared if shown_worse(one.evidence, policy.margin)), None)
    judged = JudgedRefresh(fresh.recipe, folds.end, worse.incumbent if worse else "")
    if not compared:
        sentence = f"{fresh.name} is a refresh of the champion's recipe, and there are too few days to compare it on."
        findings.append(Finding(CHECK, Status.WARN, sentence, Severity.INFO, expected="20 days"))
    else:
        sentence = _sentence(worse or compared[0], worse=worse is not None)
    after = replace(state, refresh=judged) if compared else state
    return RefreshJudged(worse is not None, sentence, after, tuple(findings), tuple(compared))


def _stands(fresh: Contender, last: JudgedRefresh, state: GateState, limit: Sequence[Finding]) -> RefreshJudged:
    """Return the last verdict again: there is no new fold since."""
    refused = bool(last.worse_than)
    outcome = f"shown worse than {last.worse_than}" if refused else "not shown worse"
    sentence = f"{fresh.name} is a refresh of the champion's recipe, which was {outcome} by the same folds."
    finding = Finding(CHECK, Status.FAIL if refused else Status.PASS, sentence, expected="a refresh that is no worse")
    return RefreshJudged(refused, sentence, state, (*limit, finding))


def _finding(compared: PairComparison, policy: GatePolicy) -> Finding:
    worse = shown_worse(compared.evidence, policy.margin)
    sentence = _sentence(compared, worse=worse)
    status, wanted = Status.FAIL if worse else Status.PASS, "a refresh that is not shown worse"
    return Finding(
        CHECK, status, sentence, Severity.CRITICAL, None, compared.evidence.estimate, wanted, compared.to_json()
    )


def _sentence(compared: PairComparison, *, worse: bool) -> str:
    called = "it is shown worse by more than half the margin" if worse else "it is not shown worse"
    return f"{compared.sentence}; as a refresh it serves unless it is shown worse, and {called}."
