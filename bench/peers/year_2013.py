"""`python -m bench.peers.year_2013 HOME`: the flights of 2013 by Assay's monitor and by the rules of other monitors.

HOME is the home of a finished `make demo` (`.assay`), which is only read. The columns are the features of each version,
from the stored Profiles of its training and of the days that it served. The rules get each day as 1,000 rows: the
values at equal distances of its histogram, missing ones included.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

import assay
from assay.core.interval import Interval
from assay.core.monitoring.daily.judge import judge_daily
from assay.core.monitoring.daily.measure import Measure
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.stages.models.model_versions import reference_days
from assay.stages.monitoring.drift import DailyDrift, daily_drift
from assay.stages.monitoring.monitor import scored_days
from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import CHAMPION_SCORE
from bench.peers.daily_alarms import Alarms, alarm_days, monthly, threshold_at
from bench.peers.drifting_rows import ColumnRows
from bench.peers.own_monitor import FALSE_ALARMS, judged_alarms
from bench.peers.peer_rules import DEFAULTS, Rule, scores
from bench.simulated_days import Floats

SERVED = Interval(date(2013, 5, 1), date(2013, 12, 31))
ROWS = 1_000
ASSAY = "Assay"

FEBRUARY = Interval(date(2013, 2, 1), date(2013, 3, 1))
EVENTS: Mapping[str, tuple[date, date]] = {
    "the snow storm": (date(2013, 2, 8), date(2013, 2, 11)),
    "Memorial Day weekend": (date(2013, 5, 25), date(2013, 5, 27)),
    "storms of 1 July": (date(2013, 7, 1), date(2013, 7, 3)),
    "4 July": (date(2013, 7, 4), date(2013, 7, 5)),
    "Labor Day weekend": (date(2013, 8, 31), date(2013, 9, 2)),
    "Thanksgiving": (date(2013, 11, 27), date(2013, 11, 28)),
    "30 November": (date(2013, 11, 30), date(2013, 12, 1)),
    "24 December": (date(2013, 12, 24), date(2013, 12, 25)),
}
"""What happened in 2013, each with its first and last day."""


@dataclass(frozen=True, slots=True, eq=False)
class YearOfAlarms:
    """The alarms of one monitor on each served day, days x columns."""

    monitor: str
    days: tuple[date, ...]
    alarms: Alarms

    @property
    def new(self) -> tuple[date, ...]:
        """The days with a new alarm, of any column that had none in the week before."""
        return tuple(self.days[n] for n in alarm_days(self.alarms).tolist())

    @property
    def heard(self) -> tuple[str, ...]:
        """The events with a new alarm on one of their days."""
        new = self.new
        return tuple(name for name, (first, last) in EVENTS.items() if any(first <= day <= last for day in new))

    @property
    def line(self) -> str:
        """The alarms a month, the shares of days and of days of columns that alarm, and the events that are heard."""
        rate, days = 30 * len(self.new) / len(self.days), 100 * float(self.alarms.any(axis=1).mean())
        share = f"{days:.0f} % of days, {100 * float(self.alarms.mean()):.1f} % of days of columns"
        return f"{self.monitor}: {rate:.1f} alarms a month, {share}; heard: {', '.join(self.heard) or 'none'}"


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each monitor and return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers.year_2013", description=__doc__)
    parser.add_argument("home", help="the home of a finished `make demo`")
    os.environ["ASSAY_HOME"] = parser.parse_args(argv).home
    context = assay.open("flight_delays").context
    for year in (*years(context), *february(context)):
        print(year.line, flush=True)
        if year.monitor == ASSAY:
            print(f"  {', '.join(map(str, year.new))}")
    return 0


def years(context: Context) -> Iterator[YearOfAlarms]:
    """Yield the served days of all versions by Assay and by each rule at its usual thresholds; scores are left out."""
    versions = sorted({one.version for one in scored_days(context, SERVED).values()})
    drifts = [daily_drift(context, version, SERVED.end) for version in versions]
    names = sorted({one.name.column for drift in drifts for one in drift.series} - {CHAMPION_SCORE})
    assay_alarms = [judged_alarms(drift.judged(FALSE_ALARMS), tuple(drift.served), names) for drift in drifts]
    references = [_with_values(reference_days(context, drift.version), names) for drift in drifts]
    days = tuple(day for drift in drifts for day in drift.served)
    own = YearOfAlarms(ASSAY, days, np.vstack(assay_alarms))
    yield own
    served = _served(context, drifts)
    yield from _by_rules(own, [_by_peers(*one, names) for one in zip(references, served, strict=True)])


def february(context: Context) -> Iterator[YearOfAlarms]:
    """Yield February by each monitor, as though service had begun then: January is the reference."""
    first = min(one.version for one in scored_days(context, SERVED).values())
    drift = daily_drift(context, first, SERVED.end)
    names = sorted({one.name.column for one in drift.series} - {CHAMPION_SCORE})
    known = _with_values(reference_days(context, first), names)
    reference = {day: one for day, one in known.items() if day < FEBRUARY.start}
    served = {day: one for day, one in known.items() if day in FEBRUARY}
    series = []
    for name in names:
        states = {day: one.columns[name] for day, one in (reference | served).items()}
        measure = Measure.of(name, {day: states[day] for day in reference})
        series += measure.series(states) if measure else []
    judged = judge_daily(series, FEBRUARY.start, false_alarms=FALSE_ALARMS)
    own = YearOfAlarms(ASSAY, tuple(served), judged_alarms(judged, tuple(served), names))
    yield own
    yield from _by_rules(own, [_by_peers(reference, served, names)])


def _served(context: Context, drifts: Sequence[DailyDrift]) -> list[dict[date, TableProfile]]:
    name = context.pipeline.name
    return [context.profiles.read_days("features", name, drift.served) for drift in drifts]


def _by_rules(own: YearOfAlarms, parts: Sequence[Mapping[Rule, Floats]]) -> Iterator[YearOfAlarms]:
    """Yield the same days by each rule: at its usual thresholds, and at one that raises as many alarms as Assay."""
    rate = float(monthly([own.alarms])[0])
    for rule, usual in DEFAULTS.items():
        values = np.vstack([part[rule] for part in parts])
        for name, threshold in usual.items():
            yield YearOfAlarms(f"{rule} ({name})", own.days, values >= threshold)
        same = threshold_at([values], rate)
        yield YearOfAlarms(f"{rule} (at Assay's rate: {same:.3g})", own.days, values >= same)


def _with_values(profiles: Mapping[date, TableProfile], names: Sequence[str]) -> dict[date, TableProfile]:
    """Return the days on which every number has values: on the first two days of the year histories have none."""
    return {
        day: profile
        for day, profile in profiles.items()
        if all(profile.columns[name].values or profile.columns[name].kind != "number" for name in names)
    }


def _by_peers(
    reference: Mapping[date, TableProfile], served: Mapping[date, TableProfile], names: Sequence[str]
) -> dict[Rule, Floats]:
    """Return the scores of each rule on the days that a version served, days x columns."""
    by_rule = {rule: np.zeros((len(served), len(names))) for rule in DEFAULTS}
    for n, name in enumerate(names):
        states = [profile.columns[name] for profile in (*reference.values(), *served.values())]
        codes = {one: k for k, one in enumerate(sorted({key for state in states for key in state.categories}))}
        column = ColumnRows(name, bool(codes), np.array([rows_of(state, codes) for state in states]))
        for rule, one in scores(column, len(reference), len(served)).items():
            by_rule[rule][:, n] = one
    return by_rule


def rows_of(state: ColumnState, codes: Mapping[str, int]) -> Floats:
    """Return ROWS values at equal distances of a state's sorted values: of bins their middles, of categories codes.

    Missing values come last, as NaN.
    """
    if state.histogram is not None:
        middle, exponent = 0.5, state.histogram.bin_exponent
        counts = {math.ldexp(index + middle, exponent): count for index, count in sorted(state.histogram.bins.items())}
    else:
        counts = {float(codes[name]): count for name, count in state.categories.items()}
    values = np.array([*counts, np.nan])
    shares = np.cumsum([*counts.values(), max(0, state.rows - sum(counts.values()))])
    place = np.searchsorted(shares, (np.arange(ROWS) + 0.5) / ROWS * shares[-1], "right")
    return np.asarray(values[np.minimum(place, len(values) - 1)])


if __name__ == "__main__":
    sys.exit(main())
