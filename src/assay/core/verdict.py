"""Verdicts, which are always computed from findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assay.core.check import Finding, Severity, Status


class Action(StrEnum):
    """The action that follows from a verdict of clean, gate or monitor, or that a person took."""

    PUBLISH = "publish"
    HOLD = "hold"

    PROMOTE = "promote"
    KEEP = "keep"
    REFUSE = "refuse"

    NONE = "none"
    LOOK = "look"
    RETRAIN = "retrain"
    DOWNGRADE = "downgrade"

    ROLLBACK = "rollback"
    DECLINE = "decline"
    PAUSE = "pause"
    RESUME = "resume"
    OWN = "own"
    MAINTAIN = "maintain"


@dataclass(frozen=True, slots=True)
class VerdictSummary:
    """A verdict as the ledger holds it: pass, warn or fail, the action that follows, and one sentence."""

    status: Status
    action: Action
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict(VerdictSummary):
    """A verdict with the findings that it rests on."""

    findings: tuple[Finding, ...] = ()

    @property
    def summary(self) -> VerdictSummary:
        """The verdict without its findings."""
        return VerdictSummary(self.status, self.action, self.sentence)


def judge(findings: Sequence[Finding], *, when_good: Action, when_bad: Action) -> Verdict:
    """Return the verdict over `findings`.

    It is fail if a critical finding failed, warn if another one did not pass, and pass otherwise. Findings for
    information never warn. Without findings it is fail: nothing was judged.
    """
    if not findings:
        return Verdict(Status.FAIL, when_bad, "Nothing was judged, so nothing passes.")
    blocking = [f for f in findings if f.status is Status.FAIL and f.severity is Severity.CRITICAL]
    if blocking:
        more = f" (and {len(blocking) - 1} more)" if len(blocking) > 1 else ""
        return Verdict(Status.FAIL, when_bad, blocking[0].sentence + more, tuple(findings))
    weak = [f for f in findings if f.status is not Status.PASS and f.severity is not Severity.INFO]
    if weak:
        more = f" (and {len(weak) - 1} more)" if len(weak) > 1 else ""
        return Verdict(Status.WARN, when_good, weak[0].sentence + more, tuple(findings))
    noted = sum(f.status is not Status.PASS for f in findings)
    held = f"All {len(findings)}" if not noted else f"{len(findings) - noted} of {len(findings)}"
    tail = "" if not noted else ", the rest is for information"
    return Verdict(Status.PASS, when_good, f"{held} checks hold{tail}.", tuple(findings))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the first of the verdicts with the worst status.

    Raises:
        ValueError: There is none.
    """
    order = list(Status)
    return max(verdicts, key=lambda verdict: order.index(verdict.status))
