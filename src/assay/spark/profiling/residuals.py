"""Measure the outcomes of predicted numbers: one fused aggregate over all models and slices of a frame."""

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

from assay.core.profiles.exact_moments import MIN_OCTAVE, PIECE_BITS, joined_moments, summands
from assay.core.profiles.histogram import MAX_BIN, Histogram
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.residuals import ERROR_SUMS, FINER_EXPONENT, Residuals, error_sums
from assay.core.task_type import MAX_MAGNITUDE
from assay.errors import InputError
from assay.spark.expressions import column
from assay.spark.profiling.outcomes import NO_VALUE, OutcomeColumns, assemble, check_columns, kpi_columns

_NO_BIN = -(1 << 30)
_LABELLED, _UNLABELLED, _UNUSABLE = 0, 1, 2
_OF_SCORE, _OF_ERROR = 0, 1
_GROUP = ["_assay_date", "_assay_model", "_assay_slice", "_assay_value", "_assay_label"]
_KEYS = [*_GROUP, "_assay_of", "_assay_bin", "_assay_octave"]
_SUMS = [f"_assay_sum_{n}" for n in range(9)]
_WHOLE = "_assay_whole"


def measure_residuals(
    frame: DataFrame,
    *,
    partition: str,
    label: str,
    scores: Mapping[str, str],
    slices: Sequence[str],
    kpis: Mapping[str, str],
    bin_exponent: int,
) -> dict[str, dict[date, OutcomeProfile]]:
    """Return per model and date the errors of its scores, overall and per slice, in one Spark job.

    `scores` names each model's score column, `label` is a number or NULL, `bin_exponent` the grid of both. As in
    `measure_outcomes` each of `kpis` is one count, count_if or sum. In a KPI the label is a DOUBLE, and NULL where it
    is NaN, infinite or huge: such rows are counted as unusable.

    Labels, errors and their squares are summed as whole numbers, without any rounding. So the same rows give the same
    bits in any order, wherever the labels lie.

    Raises:
        InputError: A column is missing, a KPI does not run or does not add up over days, or the label is no number.
            Also where a score is NULL, NaN, infinite or huge: a row that cannot be counted is never left out.
    """
    columns = OutcomeColumns(
        partition, label, dict(scores), list(dict.fromkeys(slices)), dict(kpis), ERROR_SUMS, "a number or NULL"
    )
    check_columns(frame, columns)
    kind = frame.schema[label].dataType
    if not isinstance(kind, NumericType):
        raise InputError(f"the label '{label}' is {kind.simpleString()}, not a number", code="wrong-type")
    cells = _cells(frame, columns, bin_exponent)
    sums = [F.sum(name).alias(name) for name in _SUMS]
    measured = cells.groupBy(*_KEYS).agg(F.count(F.lit(1)).alias("rows"), *sums, *kpi_columns(cells, columns))
    return assemble(_groups(measured.toArrow(), columns, bin_exponent), columns)


def _cells(frame: DataFrame, columns: OutcomeColumns, bin_exponent: int) -> DataFrame:
    """Two rows per row, model and slice (the first slice is all), one for each histogram.

    The first has the summands of the label, the second those of the error.
    """
    others = [name for name in frame.columns if name not in {columns.label, "score"}]
    values = [F.coalesce(column(name).cast("string"), F.lit(NO_VALUE)) for name in columns.slices]
    label = column(columns.label).cast("double")
    usable = F.abs(label) < MAX_MAGNITUDE  # NaN is above all numbers here
    per_row = frame.select(
        *[column(name) for name in others],
        column(columns.partition).alias("_assay_date"),
        F.when(usable, label).alias(columns.label),
        F.when(label.isNull(), _UNLABELLED).when(usable, _LABELLED).otherwise(_UNUSABLE).alias("_assay_label"),
        F.array(*[column(name).cast("double") for name in columns.scores.values()]).alias("_assay_scores"),
        F.array(F.lit(""), *values).alias("_assay_values"),
    )
    per_model = per_row.select("*", F.posexplode("_assay_scores").alias("_assay_model", "score"))
    score, known = F.col("score"), F.coalesce(column(columns.label), F.col("score"))
    valid = F.coalesce(F.abs(score) < MAX_MAGNITUDE, F.lit(False))
    both = F.array(_bin(score, bin_exponent), _bin(score - known, bin_exponent - FINER_EXPONENT))
    counted = per_model.select(
        "*", F.posexplode(F.when(valid, both).otherwise(F.array(F.lit(_NO_BIN)))).alias("_assay_of", "_assay_bin")
    )
    value = F.when(F.col("_assay_of") == _OF_SCORE, known).otherwise(score - known)
    summed = F.when(valid & (F.col("_assay_label") == _LABELLED), value).otherwise(F.lit(0.0))
    whole = _with_summands(counted.withColumn(_WHOLE, summed))
    return whole.select("*", F.posexplode("_assay_values").alias("_assay_slice", "_assay_value"))


def _with_summands(frame: DataFrame) -> DataFrame:
    """The octave of each row's number, and its summands: the numbers that `exact_moments` adds up of an array."""
    value = F.col(_WHOLE)
    # The logarithm of a number just below a power of two may be that of the power: one octave lower holds all bits.
    octave = F.greatest(F.floor(F.log2(F.abs(value))) - 1, F.lit(MIN_OCTAVE)).cast("int")
    scaled = frame.withColumn("_assay_octave", F.coalesce(octave, F.lit(0)))
    rest = value * F.pow(F.lit(2.0), -F.col("_assay_octave"))
    pieces = []
    for n in range(4):
        scaled = scaled.withColumn(f"_assay_rest_{n}", rest * 2.0**PIECE_BITS)
        last = F.col(f"_assay_rest_{n}")
        pieces.append(F.rint(last).cast("long"))
        rest = last - F.rint(last)
    parts = [f"_assay_piece_{n}" for n in range(4)]
    cut = scaled.select("*", *[piece.alias(name) for piece, name in zip(pieces, parts, strict=True)])
    return cut.select(
        "*", *[each.alias(name) for each, name in zip(summands([F.col(p) for p in parts]), _SUMS, strict=True)]
    )


def _bin(value: Column, bin_exponent: int) -> Column:
    clipped = F.greatest(F.least(value * math.ldexp(1.0, -bin_exponent), F.lit(float(MAX_BIN))), F.lit(-MAX_BIN - 1.0))
    return F.floor(clipped).cast("int")


@dataclass(frozen=True, slots=True)
class _Cells:
    """The columns of the aggregate as arrays: one element per group and bin of either histogram."""

    label: np.ndarray
    of: np.ndarray
    bin: np.ndarray
    octave: np.ndarray
    rows: np.ndarray
    sums: np.ndarray
    kpis: Mapping[str, np.ndarray]


def _groups(
    table: pa.Table, columns: OutcomeColumns, bin_exponent: int
) -> Iterator[tuple[tuple[date, int, int, str], Residuals]]:
    if table.num_rows == 0:
        return
    days, values = (table.column(f"_assay_{n}").combine_chunks().dictionary_encode() for n in ("date", "value"))
    model, slice_ = (table.column(f"_assay_{n}").to_numpy() for n in ("model", "slice"))
    label, of, bins, octave = (table.column(f"_assay_{n}").to_numpy() for n in ("label", "of", "bin", "octave"))
    sums = np.stack([table.column(name).to_numpy() for name in _SUMS], axis=1)
    kpis = {name: table.column(name).to_numpy() for name in columns.kpis}
    cells = _Cells(label, of, bins, octave, table.column("rows").to_numpy(), sums, kpis)
    _refuse_uncountable(cells, model, slice_, columns)
    # Sorted by every part of the group, so that KPIs are added in one order only.
    keys = (days.indices.to_numpy(), model, slice_, values.indices.to_numpy())
    order = np.lexsort((octave, cells.bin, cells.of, cells.label, *reversed(keys)))
    starts = np.flatnonzero(np.any([np.diff(part[order]) for part in keys], axis=0)) + 1
    for members in np.split(order, starts):
        first = members[0]
        group = (days.dictionary[int(keys[0][first])].as_py(), int(model[first]), int(slice_[first]))
        yield (*group, values.dictionary[int(keys[3][first])].as_py()), _state(members, cells, bin_exponent)


def _state(members: np.ndarray, cells: _Cells, bin_exponent: int) -> Residuals:
    label, of, rows = cells.label[members], cells.of[members], cells.rows[members]
    once = of == _OF_SCORE
    labelled, unlabelled, unusable = (int(rows[once & (label == code)].sum()) for code in range(3))
    scored, erred = (members[(of == which) & (label == _LABELLED)] for which in (_OF_SCORE, _OF_ERROR))
    sides = (erred[cells.bin[erred] >= 0], erred[cells.bin[erred] < 0], scored)
    moments = [joined_moments(cells.octave[side], cells.sums[side]) for side in sides]
    kpis = {name: float(column[members[once]].sum()) for name, column in cells.kpis.items()}
    inside = scored[(cells.bin[scored] >= -MAX_BIN) & (cells.bin[scored] < MAX_BIN)]
    return Residuals(
        labelled,
        _histogram(scored, cells, bin_exponent),
        _histogram(erred, cells, bin_exponent - FINER_EXPONENT),
        _label_sums(inside, cells),
        unlabelled,
        unusable,
        error_sums(*moments) | kpis,
    )


def _label_sums(inside: np.ndarray, cells: _Cells) -> dict[int, float]:
    high, low = (cells.sums[inside, which].astype(np.float64) for which in (0, 1))
    totals = np.ldexp(high * 2.0 ** (2 * PIECE_BITS) + low, cells.octave[inside] - 4 * PIECE_BITS)
    bins, place = np.unique(cells.bin[inside], return_inverse=True)
    return dict(zip(bins.tolist(), np.bincount(place, weights=totals, minlength=len(bins)).tolist(), strict=True))


def _histogram(members: np.ndarray, cells: _Cells, bin_exponent: int) -> Histogram:
    bins, starts = np.unique(cells.bin[members], return_index=True)  # sorted: the octaves of a bin are neighbours
    rows = np.add.reduceat(cells.rows[members], starts) if len(starts) else starts
    counts = dict(zip(bins.tolist(), rows.tolist(), strict=True))
    under, over = counts.pop(-MAX_BIN - 1, 0), counts.pop(MAX_BIN, 0)
    return Histogram(bin_exponent, counts, under, over)


def _refuse_uncountable(cells: _Cells, model: np.ndarray, slice_: np.ndarray, columns: OutcomeColumns) -> None:
    for n, name in enumerate(columns.scores):
        wrong = (slice_ == 0) & (model == n) & (cells.bin == _NO_BIN)
        if wrong.any():
            raise InputError(
                f"the model '{name}' has {int(cells.rows[wrong].sum())} scores that are NULL, NaN, infinite or huge",
                code="bad-score",
                hint="let the estimator give a score in that range for every row, also for missing features",
            )
