"""A verdict is computed from findings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.core.check import Finding, Severity, Status
from assay.core.verdict import Action, Verdict, judge
from assay.store.ledger.run_documents import VERDICT

from ...expect_errors import missing_data


def finding_with(status: Status, severity: Severity = Severity.CRITICAL, sentence: str = "x") -> Finding:
    return Finding("a", status, sentence, severity)


def test_nothing_judged_never_passes() -> None:
    verdict = judge([], when_good=Action.PUBLISH, when_bad=Action.HOLD)
    assert (verdict.status, verdict.action) == (Status.FAIL, Action.HOLD)


@pytest.mark.parametrize(
    ("findings", "status", "action"),
    [
        ([finding_with(Status.PASS)], Status.PASS, Action.PUBLISH),
        ([finding_with(Status.PASS), finding_with(Status.FAIL)], Status.FAIL, Action.HOLD),
        ([finding_with(Status.FAIL, Severity.WARNING)], Status.WARN, Action.PUBLISH),
        ([finding_with(Status.WARN)], Status.WARN, Action.PUBLISH),
        ([finding_with(Status.FAIL, Severity.INFO), finding_with(Status.PASS)], Status.PASS, Action.PUBLISH),
    ],
)
def test_the_worst_finding_that_counts_decides(findings: list[Finding], status: Status, action: Action) -> None:
    verdict = judge(findings, when_good=Action.PUBLISH, when_bad=Action.HOLD)
    assert (verdict.status, verdict.action) == (status, action)


def test_the_sentence_says_what_failed_and_how_many_more() -> None:
    failed = [finding_with(Status.FAIL, sentence=text) for text in ("first", "second", "third")]
    sentence = judge(failed, when_good=Action.PUBLISH, when_bad=Action.HOLD).sentence
    assert sentence.startswith("first")
    assert missing_data(sentence, "first", 2, "second", "third") == ["second", "third"]


def test_a_failed_information_is_not_counted_among_what_holds() -> None:
    findings = [finding_with(Status.FAIL, Severity.INFO), finding_with(Status.PASS)]
    assert judge(findings, when_good=Action.PUBLISH, when_bad=Action.HOLD).sentence.startswith("1 of 2 ")


def test_a_verdict_survives_json() -> None:
    finding = Finding("a", Status.WARN, "s", Severity.WARNING, "col", 0.5, "less", {"k": [1, 2]})
    verdict = Verdict(Status.WARN, Action.PUBLISH, "one sentence", (finding, finding_with(Status.PASS)))
    stored = json.loads(json.dumps(VERDICT.form.document(verdict)))
    assert VERDICT.form.content(stored, Path("verdict.json")) == verdict
