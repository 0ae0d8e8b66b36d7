"""A verdict is computed from findings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.core.check import Finding, Severity, Status
from assay.core.verdict import Verdict, judge
from assay.store.ledger.run_documents import VERDICT


def found(status: Status, severity: Severity = Severity.CRITICAL, sentence: str = "x") -> Finding:
    return Finding("a", status, sentence, severity)


def test_nothing_judged_never_passes() -> None:
    verdict = judge([], when_good="publish", when_bad="hold")
    assert (verdict.status, verdict.action) == (Status.FAIL, "hold")


@pytest.mark.parametrize(
    ("findings", "status", "action"),
    [
        ([found(Status.PASS)], Status.PASS, "publish"),
        ([found(Status.PASS), found(Status.FAIL)], Status.FAIL, "hold"),
        ([found(Status.FAIL, Severity.WARNING)], Status.WARN, "publish"),
        ([found(Status.WARN)], Status.WARN, "publish"),
        ([found(Status.FAIL, Severity.INFO), found(Status.PASS)], Status.PASS, "publish"),
    ],
)
def test_the_worst_finding_that_counts_decides(findings: list[Finding], status: Status, action: str) -> None:
    verdict = judge(findings, when_good="publish", when_bad="hold")
    assert (verdict.status, verdict.action) == (status, action)


def test_the_sentence_says_what_failed_and_how_many_more() -> None:
    failed = [found(Status.FAIL, sentence=text) for text in ("first", "second", "third")]
    assert judge(failed, when_good="publish", when_bad="hold").sentence == "first (and 2 more)"


def test_a_failed_information_is_not_counted_among_what_holds() -> None:
    findings = [found(Status.FAIL, Severity.INFO), found(Status.PASS)]
    assert judge(findings, when_good="", when_bad="").sentence.startswith("1 of 2 ")


def test_a_verdict_survives_json() -> None:
    finding = Finding("a", Status.WARN, "s", Severity.WARNING, "col", 0.5, "less", {"k": [1, 2]})
    verdict = Verdict(Status.WARN, "publish", "one sentence", (finding, found(Status.PASS)))
    stored = json.loads(json.dumps(VERDICT.form.document(verdict)))
    assert VERDICT.form.content(stored, Path("verdict.json")) == verdict
