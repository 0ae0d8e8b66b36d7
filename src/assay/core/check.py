"""A check is what must hold of a Profile; a finding is what one check found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from assay.errors import Location


class Severity(StrEnum):
    """How much a failed check weighs: critical blocks, warning is shown, info is noted."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Status(StrEnum):
    """The outcome of a check or of a verdict, from good to bad."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


class CheckCost(StrEnum):
    """What judging a check costs beyond the job that computes and measures the frame."""

    PROFILE = "profile"
    """Nothing: it is judged from the one measurement that is taken anyway."""

    JOB = "job"
    """A job that it shares with all checks of its kind, over all days at once."""

    FALLBACK = "fallback"
    """Great Expectations itself: several jobs for each check and day."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold: its type, the column if it has one, and its parameters as the suite wrote them.

    `type` is a Great Expectations name in snake case (`expect_column_values_to_be_between`) for data quality, or a
    dotted name of Assay's own (`drift.psi`, `gate.superiority`). `predicate` is the SQL that is true for a good row,
    empty for a check that is not row-wise; `applies` is the SQL of the rows that it looks at, empty for all.
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
        """A short digest of what the check measures; thresholds (`mostly`) do not change it, so that a stored
        counter can be judged again under another threshold."""
        measured = {name: value for name, value in self.params.items() if name != "mostly"}
        text = json.dumps([self.type, self.column, self.predicate, self.applies, measured], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: its status, a sentence for people and numbers for machines.

    `observed` is a JSON-ready value (a share, a count, a statistic), `expected` says in words what would have passed.
    """

    check: str
    status: Status
    sentence: str
    severity: Severity = Severity.CRITICAL
    column: str | None = None
    observed: Any = None
    expected: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
