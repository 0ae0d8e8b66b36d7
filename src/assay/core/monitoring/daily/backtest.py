"""The alarms that a budget of false alarms would have raised over some days of the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assay.core.monitoring.daily.judge import Alarm, Departure, DriftJudgement
from assay.core.monitoring.daily.series import MONTH

SETTINGS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""The numbers of false alarms a month that are tried beside the pipeline's own."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """The alarms and departures of some judged days at one setting, `false_alarms` a month."""

    false_alarms: float
    judged_days: int
    alarms: tuple[Alarm, ...]
    departures: tuple[Departure, ...]

    @property
    def digests(self) -> int:
        """The number of weekly digests that have a new statistic."""
        return len({one.digest for one in self.departures})

    @property
    def per_month(self) -> float:
        """The alarms and digests in 30 judged days; 0 without a day."""
        return MONTH * (len(self.alarms) + self.digests) / self.judged_days if self.judged_days else 0.0


def replayed(judgements: Sequence[DriftJudgement], days: Sequence[date], false_alarms: float) -> Replayed:
    """Return what the judgements, all at one setting, show on the given days; each has days of its own version."""
    chosen = set(days)
    alarms = [alarm for judgement in judgements for alarm in judgement.alarms if alarm.day in chosen]
    away = [one for judgement in judgements for one in judgement.departures if one.digest in chosen]
    return Replayed(
        false_alarms,
        len(chosen),
        tuple(sorted(alarms, key=lambda one: one.day)),
        tuple(away),
    )


def propose(settings: Sequence[Replayed], promised: float) -> Replayed | None:
    """Return the largest setting at which at most `promised` alarms and digests a month came; None for none.

    Alarms of real changes count too, so the proposal is for days without one.
    """
    quiet = [one for one in settings if one.per_month <= promised]
    return max(quiet, key=lambda one: one.false_alarms, default=None)
