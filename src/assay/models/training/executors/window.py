"""The labelled rows of a training window where they lie: encoded, counted, sampled and measured on executors."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from assay.core.expectations.sql.literals import quote_name
from assay.core.profiles.from_arrays import scores_by_day
from assay.core.profiles.outcome_profile import Scored, merge_two
from assay.core.task_type import MAX_MAGNITUDE, TaskType, impossible
from assay.core.text import quantity
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.serialization import from_bytes
from assay.models.estimators.task_scores import check_range
from assay.models.training.date_split import first_of_validation

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

LATE, DAY, PLACE, LABEL, MATRIX = "late", "day", "place", "label", "matrix"
"""The columns of an encoded frame.

- `late`: true where the row lies in the validation block.
- `day`: its date.
- `place`: its place among all rows, a hash of its key.
- `label`: its label as a double.
- `matrix`: its row of the encoder's matrix.
"""

_OWN = (LATE, DAY, PLACE, LABEL)
_ENCODED = f"{LATE} boolean, {DAY} date, {PLACE} bigint, {LABEL} double, {MATRIX} array<float>"


@dataclass(frozen=True, slots=True)
class Window:
    """The rows with a usable label, still on executors, and their counts.

    `early` and `all` are the rows before the validation block and altogether, each with the mean label.
    """

    rows: DataFrame
    key: tuple[str, ...]
    partition: str
    label: str
    task: TaskType
    first: date
    early: tuple[int, float]
    all: tuple[int, float]
    unusable: int

    def encoded(self, encoder: Encoder) -> DataFrame:
        """The encoded frame, one row per labelled row; lazy. The encoder is the one that scores later."""
        from pyspark.sql import functions as F

        day = F.col(quote_name(self.partition)).cast("date")
        label = F.col(quote_name(self.label)).cast("double")
        own = {LATE: day >= F.lit(self.first), DAY: day, PLACE: self._place(), LABEL: label}
        named = [column.alias(f"_assay_{name}") for name, column in own.items()]
        encoder_input = self.rows.select(*named, *[F.col(quote_name(name)) for name in encoder.features])
        return encoder_input.mapInArrow(_encode_with(encoder), _ENCODED)

    def sample(self, rows: int) -> pa.Table:
        """Return about `rows` rows, never many more, the same for the same keys: those with the lowest hashes."""
        # Three standard deviations of the count below what fits.
        share = max(0.0, rows - 3 * rows**0.5) / self.all[0]
        least, steps = -(2**63), 2**64
        place = self._place()
        return self.rows.where(place <= least + int(share * (steps - 1))).toArrow()

    def _place(self) -> Column:
        from pyspark.sql import functions as F

        return F.xxhash64(*[F.col(quote_name(name)) for name in self.key])


def open_window(
    frame: DataFrame, *, key: Sequence[str], partition: str, label: str, task: TaskType, validation_days: int
) -> Window:
    """Return the rows of `frame` that have a usable label, counted in one job.

    Raises:
        InputError: As `split_by_date` raises it: a part is empty or its labels are all alike.
    """
    from pyspark.sql import functions as F

    value = F.col(quote_name(label)).cast("double")
    known = frame.where(value.isNotNull())
    good = F.abs(value) < MAX_MAGNITUDE  # NaN is greater than all numbers to Spark
    counted = known.groupBy(F.col(quote_name(partition)).alias("day")).agg(
        F.count_if(good).alias("rows"),
        F.count("*").alias("known"),
        F.min(F.when(good, value)).alias("low"),
        F.max(F.when(good, value)).alias("high"),
        F.sum(F.when(good, value)).alias("total"),
    )
    everything = sorted(counted.collect(), key=lambda row: row["day"])
    days = [_Day(row["day"], row["rows"], row["low"], row["high"], row["total"]) for row in everything if row["rows"]]
    first = _check(days, label, task, validation_days)
    early = [day for day in days if day.day < first]
    unusable = sum(row["known"] for row in everything) - sum(day.rows for day in days)
    return Window(known.where(good), tuple(key), partition, label, task, first, _mean(early), _mean(days), unusable)


def late_outcomes(encoded: DataFrame, model: tuple[str, bytes], task: TaskType) -> list[Scored] | None:
    """Return the outcomes of a model (its file's name and bytes) on each day of the validation block, in one job.

    None where a score is impossible. They are the sums and histograms that the gate uses too. So log loss, Brier score
    and the errors of a regressor are exact, and areas under curves have the error that bins of the score cause.
    """
    late = encoded.where(LATE).select(LABEL, DAY, MATRIX)
    states = late.mapInArrow(_measure_with(model, task), "state binary").collect()
    # Our own function on our own executors has written this.
    task_states: list[dict[date, Scored] | None] = [pickle.loads(row["state"]) for row in states]
    good = [state for state in task_states if state is not None]
    if len(good) < len(task_states) or not good:
        return None
    return list(_merge_days(good).values())


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    rows: int
    low: float
    high: float
    total: float


def _check(days: Sequence[_Day], label: str, task: TaskType, validation_days: int) -> date:
    dates = [day.day for day in days]
    first = first_of_validation(dates, validation_days)
    early, late = ([day for day in days if (day.day >= first) is part] for part in (False, True))
    for part, where in (
        (days, f"the {quantity(len(dates), 'day')} of the window"),
        (early, f"the window before its validation block ({dates[0]} to {first})"),
        (late, f"the validation block ({first} to {dates[-1]})"),
    ):
        low, high = min(day.low for day in part), max(day.high for day in part)
        check_range(sum(day.rows for day in part), low, high, label, task, where)
    return first


def _mean(days: Sequence[_Day]) -> tuple[int, float]:
    rows = sum(day.rows for day in days)
    return rows, sum(day.total for day in days) / rows


def _encode_with(encoder: Encoder) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def encode(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            matrix = encoder.encode(batch)
            ends = np.arange(batch.num_rows + 1, dtype=np.int32) * np.int32(matrix.shape[1])
            rows = pa.ListArray.from_arrays(pa.array(ends), pa.array(matrix.ravel()))
            own = [batch.column(f"_assay_{name}") for name in _OWN]
            yield pa.RecordBatch.from_arrays([*own, rows], names=[*_OWN, MATRIX])

    return encode


def _measure_with(
    model: tuple[str, bytes], task: TaskType
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def measure(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        score = from_bytes(*model, task=task)
        states = [_state(score(_matrix(batch)), batch, task) for batch in batches]
        if states:
            good = [state for state in states if state is not None]
            state = _merge_days(good) if len(good) == len(states) else None
            yield pa.RecordBatch.from_arrays([pa.array([pickle.dumps(state)], pa.binary())], names=["state"])

    return measure


def _matrix(batch: pa.RecordBatch) -> np.ndarray:
    return np.asarray(batch.column(MATRIX).flatten()).reshape(batch.num_rows, -1)


def _state(scores: np.ndarray, batch: pa.RecordBatch, task: TaskType) -> dict[date, Scored] | None:
    if impossible(task, scores).any():
        return None
    labels, days = np.asarray(batch.column(LABEL)), batch.column(DAY).to_numpy(zero_copy_only=False)
    return scores_by_day(scores, labels, days, 0 if task is TaskType.REGRESSION else None)


def _merge_days(states: Sequence[dict[date, Scored]]) -> dict[date, Scored]:
    merged: dict[date, Scored] = {}
    for state in states:
        for day, scores in state.items():
            merged[day] = merge_two(merged[day], scores) if day in merged else scores
    return merged
