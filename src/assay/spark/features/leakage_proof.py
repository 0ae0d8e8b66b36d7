"""The proof that a features function looks neither ahead, nor at other dates, nor past the frames that it gets."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from assay.core.interval import Interval, as_of_instant
from assay.errors import InputError
from assay.spark.expressions import column, day_literal, micros
from assay.spark.features.lineage import foreign_reads, unrepeatable_functions, watching_jobs
from assay.spark.features.perturbation import FeatureDifference, differences, perturb
from assay.spark.features.point_in_time import AsOfPolicy, Features, build_features, within
from assay.spark.features.row_keys import refuse_other_keys
from assay.spec.user_code.calls import name_of

if TYPE_CHECKING:
    import pyarrow as pa

NEIGHBOUR_DAYS = 7
"""How many dates before and after a sample date are computed together with it."""

PAST = "changes when earlier dates are computed together with it"
LATER = "changes when later dates are computed together with it"
AROUND = "changes when earlier and later dates are computed together with it"
LATER_KNOWN = "changes with rows that it may not see"
NOT_REPEATABLE = "is not the same when it is computed again"


@dataclass(frozen=True, slots=True)
class Leak:
    """One way in which a function uses what its features must not know, with an example; `str` is a sentence.

    `column` and `date` are None where the leak does not show in a feature of one date. `together` are the dates that
    were computed with it.
    """

    how: str
    column: str | None = None
    date: date | None = None
    key: str = ""
    before: str = ""
    after: str = ""
    together: Interval | None = None

    def __str__(self) -> str:
        if self.column is None:
            return f"The features function {self.how}."
        dates = "" if self.together is None else f" ({self.together})"
        return (
            f"The feature '{self.column}' of {self.date} {self.how}{dates}: of {self.key} it was {self.before}, "
            f"then {self.after}."
        )


def prove_no_lookahead(
    function: Features,
    rows: DataFrame,
    inputs: Mapping[str, DataFrame],
    *,
    seen: AsOfPolicy,
    sample_dates: Sequence[date],
    reach: int = NEIGHBOUR_DAYS,
    scratch: str | None = None,
) -> list[Leak]:
    """Return every leak that shows on `sample_dates`; `[]` means that none of the leaks below was found.

    The proof checks that:

    - Features of a date D stay the same where rows that D may not see, and rows of later dates, are changed, removed
      and doubled.
    - Features of D computed alone are those of D computed together with the `reach` days before it and after it.
    - The plan of the result reads only the frames that were given, here small copies in `scratch`.
    - The function starts no Spark job of its own while it is called, since the reads of such a job cannot be seen.
    - The function uses neither clock nor chance, and gives the same features when it computes them again.

    Doubles are the same within what `differences` allows for rounding. What a Python function on a worker reads for
    itself is not seen. `scratch` is a URI that every worker can write, by default a folder of this machine.

    Raises:
        InputError: As `build_features` raises it, or the features are not one row per key of the rows. Also where a
            sample date has no rows, none before it, or nothing after its instant that could be changed: a proof on
            nothing is none.
    """
    with tempfile.TemporaryDirectory(prefix="assay-proof-") as local:
        folder = scratch or Path(local).resolve().as_uri()
        spans = {day: Interval(day - timedelta(days=reach), day + timedelta(days=1 + reach)) for day in sample_dates}
        copies = {
            name: _copy(
                frame,
                f"{folder}/input/{name}",
                seen.partition,
                [s.back(seen.lookbacks.get(name, 0)) for s in spans.values()],
            )
            for name, frame in inputs.items()
        }
        proof = _Proof(
            function=function,
            rows=_copy(rows, f"{folder}/rows", seen.partition, list(spans.values())),
            inputs=copies,
            seen=seen,
        )
        leaks = proof.leaks_of_the_plan(sample_dates[0], folder)
        for day, together in spans.items():
            leaks += proof.leaks_on(day, together)
    return leaks


def _copy(frame: DataFrame, place: str, partition: str, spans: Sequence[Interval]) -> DataFrame:
    day = column(partition)
    wanted = reduce(or_, [(day >= day_literal(span.start)) & (day < day_literal(span.end)) for span in spans])
    # One file keeps the order of the rows, so that sums of doubles come out the same.
    frame.where(wanted).coalesce(1).write.mode("overwrite").parquet(place)
    return frame.sparkSession.read.schema(frame.schema).parquet(place)


@dataclass(frozen=True, slots=True)
class _Proof:
    function: Features
    rows: DataFrame
    inputs: Mapping[str, DataFrame]
    seen: AsOfPolicy

    def leaks_of_the_plan(self, day: date, folder: str) -> list[Leak]:
        """The leaks that show in the plan of the result, before any feature is computed."""
        with watching_jobs(self.rows.sparkSession) as jobs:
            result = self._features(Interval.of(day), self.rows, self.inputs)
        leaks = [
            Leak(f"reads {place} by itself: it may read only the frames it is given")
            for place in foreign_reads(result, folder)
        ]
        if jobs.count:
            leaks.append(
                Leak(
                    f"starts {jobs.count} Spark job(s) while it is called, and what they read is not seen: "
                    "it may only describe its result"
                )
            )
        clocks = ", ".join(f"{name}()" for name in unrepeatable_functions(result))
        return [*leaks, Leak(f"calls {clocks}: computed again, the features would differ")] if clocks else leaks

    def leaks_on(self, day: date, together: Interval) -> list[Leak]:
        """The leaks of one date, by computing it alone, together with other dates, and among changed rows."""
        hidden = {name: ~self._visible(name, day) for name in self.inputs}
        own = column(self.seen.partition)
        later = own > day_literal(day)
        expected_keys = self._keys(day)
        after = [self.rows.where(later), *(f.where(hidden[n]) for n, f in self.inputs.items())]
        self._refuse_nothing(day, before=self.rows.where(own < day_literal(day)), after=after)
        changed = {
            name: perturb(frame, hidden[name], keep={*self.seen.identity, self.seen.available_at[name]})
            for name, frame in self.inputs.items()
        }
        alone = self._table(day, Interval.of(day), self.rows, self.inputs)
        refuse_other_keys(expected_keys, alone, self.seen.identity, name_of(self.function))
        beside = self._table(day, together, self.rows, self.inputs)
        among = self._table(day, together, perturb(self.rows, later, keep=self.seen.identity), changed)
        neighbours = differences(alone, beside, self.seen.identity)
        hindsight = differences(beside, among, self.seen.identity)
        if not neighbours and not hindsight:
            return []
        again = self._table(day, together, self.rows, self.inputs)
        restless = differences(beside, again, self.seen.identity)
        names = {difference.column for difference in restless}
        leaks = [_leak(NOT_REPEATABLE, day, difference) for difference in restless]
        leaks += self._sides(day, together, alone, [f for f in neighbours if f.column not in names])
        return leaks + [
            _leak(LATER_KNOWN, day, difference) for difference in hindsight if difference.column not in names
        ]

    def _sides(
        self, day: date, together: Interval, alone: pa.Table, neighbour_differences: Sequence[FeatureDifference]
    ) -> list[Leak]:
        """The leaks of features that other dates change: by earlier dates, by later ones, or only by both together."""
        if not neighbour_differences:
            return []
        names, leaks = {each.column for each in neighbour_differences}, []
        sides = {PAST: Interval(together.start, day + timedelta(days=1)), LATER: Interval(day, together.end)}
        for how, dates in sides.items():
            beside = self._table(day, dates, self.rows, self.inputs)
            differing = differences(alone, beside, self.seen.identity)
            leaks += [_leak(how, day, each, dates) for each in differing if each.column in names]
        known = {leak.column for leak in leaks}
        return leaks + [
            _leak(AROUND, day, each, together) for each in neighbour_differences if each.column not in known
        ]

    def _keys(self, day: date) -> pa.Table:
        own = within(self.rows, self.seen.partition, Interval.of(day))
        keys = own.select(*[column(part) for part in self.seen.identity]).toArrow()
        if keys.num_rows == 0:
            raise self._nothing(f"has no rows on {day}")
        return keys

    def _visible(self, name: str, day: date) -> Column:
        own = column(self.seen.partition)
        instant = F.lit(micros(as_of_instant(day, self.seen.at, self.seen.zone))).cast("long")
        seen = (
            (own >= day_literal(day - timedelta(days=self.seen.lookbacks[name])))
            & (own <= day_literal(day))
            & (F.unix_micros(column(self.seen.available_at[name])) < instant)
        )
        return F.coalesce(seen, F.lit(False))

    def _features(self, dates: Interval, rows: DataFrame, inputs: Mapping[str, DataFrame]) -> DataFrame:
        return build_features(self.function, rows, inputs, seen=self.seen, dates=dates)

    def _table(self, day: date, dates: Interval, rows: DataFrame, inputs: Mapping[str, DataFrame]) -> pa.Table:
        return within(self._features(dates, rows, inputs), self.seen.partition, Interval.of(day)).toArrow()

    def _refuse_nothing(self, day: date, *, before: DataFrame, after: Sequence[DataFrame]) -> None:
        wanted = [("before", before), *(("after", frame) for frame in after)]
        ones = [frame.select(F.lit(side).alias("side")).limit(1) for side, frame in wanted]
        sides = {row["side"] for row in reduce(DataFrame.unionAll, ones).collect()}
        for side, what in (("after", f"has no row after the instant of {day}"), ("before", f"has no row before {day}")):
            if side not in sides:
                raise self._nothing(what)

    def _nothing(self, what: str) -> InputError:
        return InputError(
            f"nothing can be proved of {name_of(self.function)}: the data {what}",
            code="nothing-to-prove",
            hint="choose a sample date in the middle of the data",
        )


def _leak(how: str, day: date, difference: FeatureDifference, together: Interval | None = None) -> Leak:
    return Leak(how, difference.column, day, difference.key, difference.before, difference.after, together)
