"""The crossings that JUMP has shown for good: they stay while no day before their end changes; a digest shows it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.core.monitoring.daily.jump import JudgedDays, Jump, judge_jumps
from assay.core.monitoring.daily.rules_digest import rules_digest
from assay.core.monitoring.daily.series import DailySeries, StatisticName


@dataclass(frozen=True, slots=True)
class Proven:
    """The crossings of the days of a statistic, and the digest of all that they follow from."""

    digest: str
    judged: JudgedDays


@dataclass(frozen=True, slots=True)
class JumpJudge:
    """The rule JUMP with a budget over a number of statistics; what it has shown before is in `proven`."""

    statistics: int
    budget: float
    proven: Mapping[StatisticName, Proven] = field(default_factory=dict)

    def judge(self, series: DailySeries, first: int) -> tuple[tuple[Jump, ...], Proven | None]:
        """Return the crossings from the index `first` on, and what of them holds for good.

        What was proven of other days, or with another budget, is not used.
        """
        known = self.proven.get(series.name)
        if known is not None and known.digest != self._digest(series, first, known.judged.end):
            known = None
        before = known.judged if known else None
        jumps, after = judge_jumps(series, first, statistics=self.statistics, budget=self.budget, judged=before)
        if after is None or after is before:
            return jumps, known
        return jumps, Proven(self._digest(series, first, after.end), after)

    def _digest(self, series: DailySeries, first: int, end: int) -> str:
        """Return the digest of the days before `end`, and of all else that their crossings follow from."""
        text = f"{rules_digest()} {series.name} {first} {self.statistics} {self.budget!r} {min(end, len(series.days))}"
        digest = hashlib.sha256(text.encode())
        for part in (series.ordinals, series.values, series.errors, series.effects):
            digest.update(part[:end].tobytes())
        return digest.hexdigest()
