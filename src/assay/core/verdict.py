"""A verdict is computed from findings, never written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.check import Finding, Severity, Status


@dataclass(frozen=True, slots=True)
class Verdict:
    """Pass, warn or fail, the action that follows, one sentence, and the findings that it rests on.

    `action` is one of: publish, hold (clean); promote, challenge, keep, refuse (gate); promote, refuse, keep, expire (a
    challenge); none, retrain, downgrade (monitor).
    """

    status: Status
    action: str
    sentence: str
    findings: tuple[Finding, ...] = ()

    @property
    def summary(self) -> dict[str, str]:
        """The verdict without its findings, as the ledger holds it."""
        return {"status": self.status.value, "action": self.action, "sentence": self.sentence}


def judge(findings: Sequence[Finding], *, when_good: str, when_bad: str) -> Verdict:
    """The verdict over `findings`: fail if a critical one failed, warn if anything else did, pass otherwise.

    No findings at all is a fail: nothing was judged, and nothing passes on nothing.
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
