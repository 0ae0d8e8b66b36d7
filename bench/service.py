"""`python -m bench.service`: the false alarms of the rules for KPIs and for costs, and how soon they hear a change.

The rules are the project's own. A year has 365 nights. An alarm is a warning with weight after a week without one, so
that a warning that stays is one alarm. Brackets hold exact 99 % bounds of a share of years.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from assay.core.check import Finding, Severity, Status
from assay.core.monitoring.service.kpi import KpiLimits, judge_kpi
from assay.core.monitoring.service.run_cost import StageRun, judge_stage_cost
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT
from bench.simulated_days import Floats, bounds, smooth

NIGHTS, FOLD_DAYS, RECENT, SILENT, MONTH = 365, 56, 28, 7, 30.4
CHANGED_AT, HEARD_WITHIN = 60, 90
KPI_ROWS, KPI_EVENTS, COST_ROWS, SECONDS = 1_000, 20.0, 100_000, 60.0
FIRST = date(2024, 1, 1)
NEVER = 10_000


@dataclass(frozen=True, slots=True)
class ServiceWorld:
    """Days of service: the deviation of their effects, its autocorrelation, weekends with half the rows, tails.

    Without `folds` no day before the service has measured the KPI. With heavy `tails` an event of a KPI is an amount of
    Pareto's distribution with index 2.5, and one run in twenty takes three times as long. On weekends a KPI is more
    frequent by half.
    """

    name: str
    deviation: float
    autocorrelation: float = 0.0
    weekends: bool = False
    tails: bool = False
    folds: bool = True

    def effects(self, days: int, rng: np.random.Generator) -> Floats:
        """Return a factor for each day, 1 in the mean."""
        return np.asarray(np.exp(self.deviation * smooth(days, self.autocorrelation, rng) - self.deviation**2 / 2))


KPI_WORLDS = (
    ServiceWorld("independent events", 0.0),
    ServiceWorld("day effects of .3", 0.3),
    ServiceWorld("day effects of .3, AR .5", 0.3, 0.5),
    ServiceWorld("day effects of .3, AR .3, not measured on folds", 0.3, 0.3, folds=False),
    ServiceWorld("day effects of .3, AR .3, weekends", 0.3, 0.3, weekends=True),
    ServiceWorld("day effects of .3, AR .3, weekends, heavy tails", 0.3, 0.3, weekends=True, tails=True),
)
COST_WORLDS = (
    ServiceWorld("spread of .1", 0.1),
    ServiceWorld("spread of .2, AR .5", 0.2, 0.5),
    ServiceWorld("spread of .2, weekends", 0.2, weekends=True),
    ServiceWorld("spread of .2, AR .3, weekends, heavy tails", 0.2, 0.3, weekends=True, tails=True),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each world and return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.service", description=__doc__)
    parser.add_argument(
        "--years", type=int, default=10, help="years for each world of a KPI; four times as many for a cost"
    )
    options = parser.parse_args(argv)
    for world in KPI_WORLDS:
        for line in judged(kpi_nights, world, (1.25, 1.5), options.years):
            print(line, flush=True)
    for world in COST_WORLDS:
        for line in judged(cost_nights, world, (1.5, 2.0), 4 * options.years):
            print(line, flush=True)
    return 0


Nights = Callable[[ServiceWorld, int, int, float], list[bool]]
"""A rule on a world: for a seed, a number of nights and a factor of the change, whether each night has a warning."""


def judged(rule: Nights, world: ServiceWorld, factors: Sequence[float], years: int) -> Iterator[str]:
    """Yield the false alarms of a rule without a change, and how soon it hears each change."""
    name = f"{rule.__name__.removesuffix('_nights')}, {world.name}"
    alarms = [alarms_of(rule(world, seed, NIGHTS, 1.0)) for seed in range(years)]
    rate = sum(alarms) / years / (NIGHTS / MONTH)
    yield f"{name}: {rate:.2f} false alarms a month, some in {bounds(sum(n > 0 for n in alarms), years)} of years"
    for factor in factors:
        changed_nights = [rule(world, seed, CHANGED_AT + HEARD_WITHIN, factor) for seed in range(years)]
        delays = sorted(delay_of(nights) for nights in changed_nights)
        middle = delays[len(delays) // 2]
        shown = f"{middle} days (median)" if middle < NEVER else f"more than {HEARD_WITHIN} days (median)"
        share = sum(delay < NEVER for delay in delays)
        yield f"{name}, x {factor:g}: heard after {shown}; within {HEARD_WITHIN} days {bounds(share, years)}"


def alarms_of(nights: Sequence[bool]) -> int:
    """Return the number of warnings that have no warning in the SILENT nights before."""
    return sum(night and not any(nights[max(0, n - SILENT) : n]) for n, night in enumerate(nights))


def delay_of(nights: Sequence[bool]) -> int:
    """Return the days from the change to the first warning, 1 for its own night; NEVER without one."""
    return next((n + 1 for n, night in enumerate(nights[CHANGED_AT:]) if night), NEVER)


def kpi_nights(world: ServiceWorld, seed: int, nights: int, factor: float) -> list[bool]:
    """Return whether a KPI is shown to miss its limit on each night; without a change it is at its limit all the time.

    It has 20 events per 1,000 rows, and 1,000 rows a day.
    """
    days = kpi_days(world, FOLD_DAYS + nights, np.random.default_rng([seed, 1]), factor)
    limits = KpiLimits("kpi", at_most=KPI_EVENTS)
    folds, served = dict(days[:FOLD_DAYS] if world.folds else ()), days[FOLD_DAYS:]
    return [
        is_loud(judge_kpi(limits, dict(served[: n + 1]), folds, recent=RECENT, confidence=0.95)) for n in range(nights)
    ]


def kpi_days(
    world: ServiceWorld, days: int, rng: np.random.Generator, factor: float = 1.0
) -> list[tuple[date, OutcomeProfile]]:
    """Return days of folds and service; from day CHANGED_AT of service on the KPI is larger by the factor."""
    effects = world.effects(days, rng)
    weekend = np.array([world.weekends and (FIRST + timedelta(days=n)).weekday() > 4 for n in range(days)])
    rows = np.where(weekend, KPI_ROWS // 2, KPI_ROWS)
    frequency = effects * np.where(weekend, 1.5, 1.0)
    frequency /= (rows * np.where(weekend, 1.5, 1.0)).sum() / rows.sum()
    frequency[FOLD_DAYS + CHANGED_AT :] *= factor
    made = []
    for n in range(days):
        events = int(rng.poisson(KPI_EVENTS * frequency[n] * rows[n] / 1_000))
        # Pareto's amounts from .6 on have a mean of 1.
        total = float(0.6 * (1 + rng.pareto(2.5, events)).sum()) if world.tails else float(events)
        state = LabelledScores(Histogram(LOG_ODDS_EXPONENT, {0: int(rows[n])}), Histogram(LOG_ODDS_EXPONENT))
        made.append((FIRST + timedelta(days=n), OutcomeProfile(replace(state, sums={"kpi": total}))))
    return made


def cost_nights(world: ServiceWorld, seed: int, nights: int, factor: float) -> list[bool]:
    """Return whether the newest run of a stage is a warning with weight on each night; one run is of one day."""
    runs = stage_runs(world, nights, np.random.default_rng([seed, 2]), factor)
    return [is_loud(judge_stage_cost("score", "bench", runs[: n + 1])) for n in range(nights)]


def stage_runs(world: ServiceWorld, nights: int, rng: np.random.Generator, factor: float = 1.0) -> list[StageRun]:
    """Return runs whose time grows with the square root of their rows; from CHANGED_AT on it has the factor."""
    times, cpu = SECONDS * world.effects(nights, rng), rng.normal(2.0, 0.05, nights)
    runs = []
    for n in range(nights):
        day = FIRST + timedelta(days=n)
        usual = COST_ROWS // 2 if world.weekends and day.weekday() > 4 else COST_ROWS
        rows = int(usual * np.exp(rng.normal(0, 0.1)))
        slow = 3.0 if world.tails and rng.random() < 0.05 else 1.0
        seconds = float(times[n] * slow * (factor if n >= CHANGED_AT else 1.0) * np.sqrt(rows / COST_ROWS))
        runs.append(StageRun(str(n), 1, rows, seconds, float(seconds * cpu[n]), int(1e9)))
    return runs


def is_loud(finding: Finding | None) -> bool:
    """Return whether a finding is a warning with weight."""
    return finding is not None and finding.status is Status.WARN and finding.severity is not Severity.INFO


if __name__ == "__main__":
    sys.exit(main())
