"""Measure what became of predicted numbers: one fused aggregate over all models and slices of a frame."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import NumericType

from assay.core.grid import LIMIT, Histogram
from assay.core.outcome import OutcomeProfile
from assay.core.residual import ERROR_SUMS, FINER, Residuals
from assay.core.task import HUGE
from assay.errors import InputError
from assay.spark.asof import column
from assay.spark.outcomes import NO_VALUE, Asked, assemble, check_columns, kpi_columns

_NO_BIN = -(1 << 30)
_LABELLED, _UNLABELLED, _UNUSABLE = 0, 1, 2
_OF_SCORE, _OF_ERROR = 0, 1
_KEYS = ["_assay_date", "_assay_model", "_assay_slice", "_assay_value", "_assay_label", "_assay_of", "_assay_bin"]
_DIGITS = 30
"""Errors are rounded to 2^-30 of a bin, and squares to 2^-30 of a bin squared, so that their sums can be exact."""

_LOW = 26
"""How many bits of such a whole number are summed apart from the rest: either sum then stays below 2^53."""


def measure_residuals(
    frame: DataFrame,
    *,
    partition: str,
    label: str,
    scores: Mapping[str, str],
    slices: Sequence[str],
    kpis: Mapping[str, str],
    k: int,
) -> dict[str, dict[date, OutcomeProfile]]:
    """Per model and date, the errors of its scores, overall and per slice, in one Spark job.

    `scores` names each model's score column, `label` is a number or NULL, `k` the grid of both. As in
    `measure_outcomes` each of `kpis` is one count, count_if or sum, with the label as a DOUBLE that is NULL where it is
    NaN, infinite or huge: such rows are counted as unusable. Sums are those of whole numbers, so the same rows give
    the same bits in any order (up to a total of 2^79 quanta, 2^33 rows whose labels fill the grid).

    Raises:
        InputError: A column is missing, a KPI does not run or does not add up over days, the label is no number, or a
            score is NULL, NaN, infinite or huge: what cannot be counted is never left out.
    """
    asked = Asked(
        partition, label, dict(scores), list(dict.fromkeys(slices)), dict(kpis), ERROR_SUMS, "a number or NULL"
    )
    check_columns(frame, asked)
    kind = frame.schema[label].dataType
    if not isinstance(kind, NumericType):
        raise InputError(f"the label '{label}' is {kind.simpleString()}, not a number", code="wrong-type")
    cells = _cells(frame, asked, k)
    sums = [F.sum(name).alias(name) for name in _halves(asked)]
    measured = cells.groupBy(*_KEYS).agg(F.count(F.lit(1)).alias("rows"), *sums, *kpi_columns(cells, asked))
    return assemble(_groups(measured.toArrow(), asked, k), asked)


def _halves(asked: Asked) -> list[str]:
    return [f"_assay_{name}_{half}" for name in asked.own for half in ("high", "low")]


def _cells(frame: DataFrame, asked: Asked, k: int) -> DataFrame:
    """Two rows per row, model and slice (the first slice is all), one for each histogram; the first has the sums."""
    others = [name for name in frame.columns if name not in {asked.label, "score"}]
    values = [F.coalesce(column(name).cast("string"), F.lit(NO_VALUE)) for name in asked.slices]
    label = column(asked.label).cast("double")
    usable = F.abs(label) < HUGE  # NaN is above all numbers here
    per_row = frame.select(
        *[column(name) for name in others],
        column(asked.partition).alias("_assay_date"),
        F.when(usable, label).alias(asked.label),
        F.when(label.isNull(), _UNLABELLED).when(usable, _LABELLED).otherwise(_UNUSABLE).alias("_assay_label"),
        F.array(*[column(name).cast("double") for name in asked.scores.values()]).alias("_assay_scores"),
        F.array(F.lit(""), *values).alias("_assay_values"),
    )
    per_model = per_row.select("*", F.posexplode("_assay_scores").alias("_assay_model", "score"))
    score, known = F.col("score"), F.coalesce(column(asked.label), F.col("score"))
    valid = F.coalesce(F.abs(score) < HUGE, F.lit(False))
    both = F.array(_bin(score, k), _bin(score - known, k - FINER))
    counted = per_model.select(
        "*", F.posexplode(F.when(valid, both).otherwise(F.array(F.lit(_NO_BIN)))).alias("_assay_of", "_assay_bin")
    )
    summed = valid & (F.col("_assay_label") == _LABELLED) & (F.col("_assay_of") == _OF_SCORE)
    halves = [part for name, value in _errors(score, known) for part in _split(name, value, summed, k)]
    return counted.select("*", *halves).select("*", F.posexplode("_assay_values").alias("_assay_slice", "_assay_value"))


def _bin(value: Column, k: int) -> Column:
    clipped = F.greatest(F.least(value * math.ldexp(1.0, -k), F.lit(float(LIMIT))), F.lit(-LIMIT - 1.0))
    return F.floor(clipped).cast("int")


def _errors(score: Column, label: Column) -> list[tuple[str, Column]]:
    error = score - label
    values = (error, F.abs(error), error * error, label, label * label)
    return list(zip(ERROR_SUMS, values, strict=True))


def _exponent(name: str, k: int) -> int:
    return max(-1000, 2 * k - _DIGITS if name.startswith("squared") else k - _DIGITS)


def _split(name: str, value: Column, summed: Column, k: int) -> list[Column]:
    """The value as a whole number of quanta, high and low bits apart; both 0 where it is not `summed`."""
    quanta = F.rint(value * math.ldexp(1.0, -_exponent(name, k)))
    high = F.rint(quanta * 2.0**-_LOW)
    low = quanta - high * 2.0**_LOW
    return [
        F.when(summed, half).otherwise(0.0).alias(f"_assay_{name}_{which}")
        for which, half in (("high", high), ("low", low))
    ]


@dataclass(frozen=True, slots=True)
class _Cells:
    """The columns of the aggregate as arrays: one element per group and bin of either histogram."""

    label: np.ndarray
    of: np.ndarray
    bin: np.ndarray
    rows: np.ndarray
    sums: Mapping[str, np.ndarray]


def _groups(table: pa.Table, asked: Asked, k: int) -> Iterator[tuple[tuple[date, int, int, str], Residuals]]:
    if table.num_rows == 0:
        return
    days, values = (table.column(f"_assay_{n}").combine_chunks().dictionary_encode() for n in ("date", "value"))
    model, slice_ = (table.column(f"_assay_{n}").to_numpy() for n in ("model", "slice"))
    label, of, bins = (table.column(f"_assay_{n}").to_numpy() for n in ("label", "of", "bin"))
    sums = {name: table.column(name).to_numpy() for name in [*_halves(asked), *asked.kpis]}
    cells = _Cells(label, of, bins, table.column("rows").to_numpy(), sums)
    _refuse_uncountable(cells, model, slice_, asked)
    # Sorted by every part of the group, so that KPIs are added in one order only.
    keys = (days.indices.to_numpy(), model, slice_, values.indices.to_numpy())
    order = np.lexsort((cells.bin, cells.of, cells.label, *reversed(keys)))
    starts = np.flatnonzero(np.any([np.diff(part[order]) for part in keys], axis=0)) + 1
    for members in np.split(order, starts):
        first = members[0]
        group = (days.dictionary[int(keys[0][first])].as_py(), int(model[first]), int(slice_[first]))
        yield (*group, values.dictionary[int(keys[3][first])].as_py()), _state(members, cells, asked, k)


def _state(members: np.ndarray, cells: _Cells, asked: Asked, k: int) -> Residuals:
    label, of, rows = cells.label[members], cells.of[members], cells.rows[members]
    once = of == _OF_SCORE
    labelled, unlabelled, unusable = (int(rows[once & (label == code)].sum()) for code in range(3))
    scored = members[once & (label == _LABELLED)]
    sums = {name: _total(members[once], cells, name, k) for name in asked.own}
    sums |= {name: float(cells.sums[name][members[once]].sum()) for name in asked.kpis}
    inside = scored[(cells.bin[scored] >= -LIMIT) & (cells.bin[scored] < LIMIT)]
    high, low = (cells.sums[f"_assay_label_{half}"][inside] for half in ("high", "low"))
    label_sums = np.ldexp(high * 2.0**_LOW + low, _exponent("label", k))
    return Residuals(
        labelled,
        _histogram(scored, cells, k),
        _histogram(members[(of == _OF_ERROR) & (label == _LABELLED)], cells, k - FINER),
        dict(zip(cells.bin[inside].tolist(), label_sums.tolist(), strict=True)),
        unlabelled,
        unusable,
        sums,
    )


def _total(members: np.ndarray, cells: _Cells, name: str, k: int) -> float:
    high, low = (float(cells.sums[f"_assay_{name}_{half}"][members].sum()) for half in ("high", "low"))
    if not math.isfinite(high + low):
        return math.inf
    return math.ldexp(float((int(high) << _LOW) + int(low)), _exponent(name, k))


def _histogram(members: np.ndarray, cells: _Cells, k: int) -> Histogram:
    counts = dict(zip(cells.bin[members].tolist(), cells.rows[members].tolist(), strict=True))
    under, over = counts.pop(-LIMIT - 1, 0), counts.pop(LIMIT, 0)
    return Histogram(k, counts, under, over)


def _refuse_uncountable(cells: _Cells, model: np.ndarray, slice_: np.ndarray, asked: Asked) -> None:
    for n, name in enumerate(asked.scores):
        wrong = (slice_ == 0) & (model == n) & (cells.bin == _NO_BIN)
        if wrong.any():
            raise InputError(
                f"the model '{name}' has {int(cells.rows[wrong].sum())} scores that are NULL, NaN, infinite or huge",
                code="bad-score",
            )
