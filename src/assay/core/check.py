"""Checks and findings: a check is a condition on a Profile, a finding is the result of one check."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from assay.errors import Location


class Severity(StrEnum):
    """The weight of a failed check: critical blocks, warning is shown, info is noted."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Status(StrEnum):
    """The outcome of a check or of a verdict, from good to bad."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


class CheckCost(StrEnum):
    """The cost of judging a check, beyond the job that computes and measures the frame."""

    PROFILE = "profile"
    """No further cost: the check is judged from the measurement that every run takes."""

    JOB = "job"
    """One job for all checks of its kind together, over all days at once."""

    FALLBACK = "fallback"
    """Great Expectations judges it, with several jobs for each check and day."""


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that must hold: its type, its column if it has one, and its parameters as in the suite.

    A `type` of data quality has its Great Expectations name in snake case (`expect_column_values_to_be_between`).
    Assay's own types have a dotted name (`drift.jump`, `gate.pair`).

    The SQL `predicate` is true for a good row; it is empty for a check that is not row-wise. The SQL `applies` selects
    the rows that the check looks at; it is empty for all rows.
    """

    type: str
    column: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = Severity.CRITICAL
    predicate: str = ""
    applies: str = ""
    location: Location | None = None

    @property
    def id(self) -> str:
        """A short digest of the measurement that the check needs.

        A threshold (`mostly`) does not change it, so that a stored counter can be judged again under another threshold.
        """
        measured = {name: value for name, value in self.params.items() if name != "mostly"}
        text = json.dumps([self.type, self.column, self.predicate, self.applies, measured], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check: its status, a sentence for people, and numbers for programs.

    The value `observed` (a share, a count, a statistic) is ready for JSON. The text `expected` describes the values
    that pass.
    """

    check: str
    status: Status
    sentence: str
    severity: Severity = Severity.CRITICAL
    column: str | None = None
    observed: Any = None
    expected: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
