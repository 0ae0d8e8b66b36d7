"""The sentences of notifications, made of names, counts, dates and versions alone.

The sentence of a finding may quote a value: an extreme, a category, a slice. So it is used only for checks whose
sentences hold metrics and dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from assay.core.check import Finding, Severity, Status
from assay.core.interval import days_in_words
from assay.core.text import quantity

QUOTED_CHECKS = frozenset(
    {"served.metric", "served.decline", "freshness.landing", "freshness.scores", "freshness.labels"}
)
"""The checks whose sentences hold metrics and dates, and no value of a row."""

MAX_NAMED = 5
"""The checks that a sentence names."""


def failed_checks(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that did not pass and that count, the critical ones first."""
    counted = [one for one in findings if one.status is not Status.PASS and one.severity is not Severity.INFO]
    return sorted(counted, key=lambda one: (one.status is not Status.FAIL, one.severity is not Severity.CRITICAL))


def check_names(findings: Iterable[Finding]) -> list[str]:
    """Return the names of checks with their columns, each once, in their order.

    >>> check_names([Finding("drift.jump", Status.WARN, "", column="weight"), Finding("kpi", Status.WARN, "")])
    ['drift.jump of weight', 'kpi']
    """
    return list(dict.fromkeys(f"{one.check} of {one.column}" if one.column else one.check for one in findings))


def checks_clause(findings: Sequence[Finding]) -> str:
    """Return the first `MAX_NAMED` names of checks, and how many more there are; empty without any.

    >>> checks_clause([Finding("drift.jump", Status.WARN, "", column="weight"), Finding("kpi", Status.WARN, "")])
    'drift.jump of weight, kpi'
    """
    names = check_names(findings)
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def held_sentence(what: str, days: Sequence[date], findings: Sequence[Finding]) -> str:
    """Return the sentence about held days of a table, or of the scores.

    >>> held_sentence("parcels", [date(2024, 3, 1)], [Finding("volume", Status.FAIL, "")])
    '1 day of parcels is held (2024-03-01). Not passed: volume.'
    """
    verb = "is" if len(days) == 1 else "are"
    clause = checks_clause(findings)
    reason = f" Not passed: {clause}." if clause else ""
    return f"{quantity(len(days), 'day')} of {what} {verb} held ({days_in_words(days)}).{reason}"


def alarm_sentence(action: str, version: int, findings: Sequence[Finding]) -> str:
    """Return the sentence about what a monitoring requests, with the sentences of metrics and ages.

    >>> alarm_sentence("retrain", 3, [Finding("drift.jump", Status.WARN, "", column="weight")])
    "The monitor requests 'retrain' for version 3. Not passed: drift.jump of weight."
    """
    clause = checks_clause(findings)
    reason = f" Not passed: {clause}." if clause else ""
    quoted = "".join(f" {one.sentence}" for one in findings if one.check in QUOTED_CHECKS)
    return f"The monitor requests '{action}' for version {version}.{reason}{quoted}"


def proposal_sentence(contender: str, claim: str, champion: int | None) -> str:
    """Return the sentence about a promotion that waits for an answer.

    >>> proposal_sentence("boosted", "better", 3)
    "The gate proposes 'boosted' (better) in place of version 3. It waits for an answer."
    """
    place = "as the first champion" if champion is None else f"in place of version {champion}"
    return f"The gate proposes '{contender}' ({claim}) {place}. It waits for an answer."


def training_sentence(due: date, newest: date | None) -> str:
    """Return the sentence about a training that is due and was not run.

    >>> training_sentence(date(2024, 3, 4), None)
    'The training that was due on 2024-03-04 was not run. There is no earlier one.'
    """
    last = "There is no earlier one." if newest is None else f"The newest one is that of {newest}."
    return f"The training that was due on {due} was not run. {last}"


def reason_clause(why: str) -> str:
    r"""Return the reason that a person gave, on one line; empty without one.

    >>> reason_clause("odd scores\nsince noon")
    ' Reason: odd scores since noon'
    """
    text = " ".join(why.split())
    return f" Reason: {text}" if text else ""
