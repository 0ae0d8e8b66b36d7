"""The paired evidence for a downgrade: what was served beside an earlier model, frozen, on the same days.

It is looked at once for each 28 new days that both have, 13 times a year at most. Each look has an equal part of 5 %
(union bound), so a year of an equal champion ends in a downgrade at most that often.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.looks.comparison import PairComparison, compare_contenders
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion

CHECK = "served.pair"
LOOK_DAYS, MOST_DAYS = 28, 84
"""A look is taken for each 28 new days in common, on the newest 84 of them at most."""

YEARLY_ERROR, YEARLY_LOOKS = 0.05, 13


def judge_earlier(
    served: Contender, earlier: Contender, version: ModelVersion, policy: GatePolicy, *, models: int = 1
) -> Finding | None:
    """Return the finding about a served model beside an earlier one, `version`; None below 28 days in common.

    It fails where the earlier one is shown better, by an estimate of half a margin at least. The error of a year is
    shared by so many earlier `models`.
    """
    common = sorted(served.days.keys() & earlier.days.keys())
    judged = common[: len(common) // LOOK_DAYS * LOOK_DAYS][-MOST_DAYS:]
    if not judged:
        return None
    compared = compare_contenders(earlier, served, policy, Interval(judged[0], judged[-1] + timedelta(days=1)))
    if not isinstance(compared, PairComparison):
        return Finding(CHECK, Status.WARN, f"{earlier.name}: {compared.reason}.", Severity.INFO)
    level = YEARLY_ERROR / YEARLY_LOOKS / models
    better = compared.evidence.p_value() < level and compared.evidence.estimate >= policy.margin / 2
    called = "it is shown better than what was served" if better else "it is not shown better than what was served"
    details = compared.to_json() | {"version": version, "level": level}
    return Finding(
        CHECK,
        Status.FAIL if better else Status.PASS,
        f"{compared.sentence}: {called}.",
        Severity.CRITICAL if better else Severity.INFO,
        observed=compared.evidence.estimate,
        expected="no earlier model that is shown better",
        details=details,
    )


def better_version(findings: Iterable[Finding]) -> ModelVersion | None:
    """Return the earlier version that is shown better by the most; None without one."""
    shown = [one for one in findings if one.check == CHECK and one.status is Status.FAIL]
    return max(shown, key=lambda one: float(one.observed)).details["version"] if shown else None
