"""Measure the outcomes of probabilities: one fused aggregate over all models and slices of a frame."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, IntegralType

from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile, Scored
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT, half_of
from assay.errors import InputError
from assay.spark.expressions import column
from assay.spark.jvm_objects import parse_expression

NO_VALUE = "(none)"
"""The slice of the rows whose slice column is NULL."""

OWN_SUMS = ("log_loss", "brier", "score")
_ADDITIVE = {"count", "count_if", "sum"}
_HALF = half_of(LOG_ODDS_EXPONENT)
_UNIT = float(1 << 30)
_NEGATIVE, _POSITIVE, _UNLABELLED, _NO_LABEL = 0, 1, 2, 3
_NO_BIN = -_HALF - 2
"""The bin of a score that is no probability: below that of the scores under the grid."""


def measure_outcomes(
    frame: DataFrame,
    *,
    partition: str,
    label: str,
    scores: Mapping[str, str],
    slices: Sequence[str],
    kpis: Mapping[str, str],
) -> dict[str, dict[date, OutcomeProfile]]:
    """Return per model and date the outcomes of its scores, overall and per slice, in one Spark job.

    `scores` names each model's score column, `label` is 0, 1 or NULL. Each of `kpis` is one count, count_if or sum in
    SQL, where `score` is the model's own and the label a boolean. Every LabelledScores has the sums of the KPIs beside
    `log_loss` and `brier` (clipped as scikit-learn does) and `score`. A NULL in a slice column is the slice "(none)".
    These three are summed as integers of 2^-30 per row, so the same rows give the same bits in any order. A date
    without rows has no entry.

    Raises:
        InputError: A column is missing, a KPI does not run or does not add up over days, or a label is not 0 or 1. Also
            where a score is NULL, NaN or outside [0, 1]: a row that cannot be counted is never left out.
    """
    columns = OutcomeColumns(partition, label, dict(scores), list(dict.fromkeys(slices)), dict(kpis), OWN_SUMS)
    check_columns(frame, columns)
    kind = frame.schema[label].dataType
    if not isinstance(kind, BooleanType | IntegralType):
        raise InputError(f"the label '{label}' is {kind.simpleString()}, not 0, 1 or NULL", code="wrong-type")
    cells = _cells(frame, columns)
    groups = ["_assay_date", "_assay_model", "_assay_slice", "_assay_value", "_assay_label", "_assay_bin"]
    sums = [F.sum(f"_assay_{name}").alias(name) for name in OWN_SUMS]
    measured = cells.groupBy(*groups).agg(F.count(F.lit(1)).alias("rows"), *sums, *kpi_columns(cells, columns))
    return assemble(_groups(measured.toArrow(), columns), columns)


@dataclass(frozen=True, slots=True)
class OutcomeColumns:
    """The things to measure: the columns of a frame, SQL for each KPI, and the sums that Assay takes itself."""

    partition: str
    label: str
    scores: dict[str, str]
    slices: list[str]
    kpis: dict[str, str]
    own: tuple[str, ...]
    label_says: str = "true, false or NULL"

    @property
    def sums(self) -> list[str]:
        """The names of all sums."""
        return [*self.own, *self.kpis]


def _cells(frame: DataFrame, columns: OutcomeColumns) -> DataFrame:
    """A row per row, model and slice (the first slice is all), with what it is counted under."""
    others = [name for name in frame.columns if name not in {columns.label, "score"}]
    values = [F.coalesce(column(name).cast("string"), F.lit(NO_VALUE)) for name in columns.slices]
    per_row = frame.select(
        *[column(name) for name in others],
        column(columns.partition).alias("_assay_date"),
        column(columns.label).cast("boolean").alias(columns.label),
        _label_code(column(columns.label).cast("int")).alias("_assay_label"),
        F.array(*[column(name).cast("double") for name in columns.scores.values()]).alias("_assay_scores"),
        F.array(F.lit(""), *values).alias("_assay_values"),
    )
    per_model = per_row.select("*", F.posexplode("_assay_scores").alias("_assay_model", "score"))
    score, code = F.col("score"), F.col("_assay_label")
    valid = F.coalesce((score >= 0.0) & (score <= 1.0), F.lit(False))  # NaN is above all numbers here
    bins = F.when(~valid, F.lit(_NO_BIN))
    summed = [
        F.when(valid & (code <= _POSITIVE), F.round(part * _UNIT).cast("long")).otherwise(0).alias(f"_assay_{name}")
        for name, part in zip(OWN_SUMS, (*_losses(score, code), score), strict=True)
    ]
    counted = per_model.select("*", bins.otherwise(_bin(score)).alias("_assay_bin"), *summed)
    return counted.select("*", F.posexplode("_assay_values").alias("_assay_slice", "_assay_value"))


def _label_code(label: Column) -> Column:
    code = F.when(label.isNull(), F.lit(_UNLABELLED)).when(label == 1, F.lit(_POSITIVE))
    return code.when(label == 0, F.lit(_NEGATIVE)).otherwise(F.lit(_NO_LABEL))


def _bin(score: Column) -> Column:
    """The bin of a score on the grid of log-odds; 0 and 1 have infinite log-odds, which Spark does not compute."""
    inside = F.floor(F.log(score / (F.lit(1.0) - score)) * 2.0**-LOG_ODDS_EXPONENT).cast("int")
    clipped = F.greatest(F.least(inside, F.lit(_HALF)), F.lit(-_HALF - 1))
    return F.when(score <= 0.0, F.lit(-_HALF - 1)).when(score >= 1.0, F.lit(_HALF)).otherwise(clipped)


def _losses(score: Column, code: Column) -> tuple[Column, Column]:
    eps = sys.float_info.epsilon
    clipped = F.greatest(F.least(score, F.lit(1.0 - eps)), F.lit(eps))
    log_loss = F.when(code == _POSITIVE, -F.log(clipped)).otherwise(-F.log1p(-clipped))
    return log_loss, (score - code) * (score - code)


def kpi_columns(cells: DataFrame, columns: OutcomeColumns) -> list[Column]:
    """An aggregate per KPI, over cells that have the score as `score`; raises InputError for what does not add up."""
    aggregates = []
    for name, sql in columns.kpis.items():
        try:
            parsed = parse_expression(cells.sparkSession, sql)
            summed = F.coalesce(F.expr(sql).cast("double"), F.lit(0.0)).alias(name)
            is_call = parsed.getClass().getSimpleName() == "UnresolvedFunction"
            if not is_call or parsed.nameParts().last().lower() not in _ADDITIVE or parsed.isDistinct():
                raise InputError(
                    f"the KPI '{name}' ({sql}) does not add up over days",
                    code="kpi-not-additive",
                    hint="write one count_if(...), count(...) or sum(...), without DISTINCT",
                )
            cells.agg(summed)  # analyses; runs nothing
        except (AnalysisException, ParseException) as error:
            reason = str(error).strip().splitlines()[0]
            hint = f"in a KPI, score is the model's score and {columns.label} is {columns.label_says}"
            raise InputError(f"the KPI '{name}' ({sql}) does not run: {reason}", code="kpi", hint=hint) from error
        aggregates.append(summed)
    return aggregates


def check_columns(frame: DataFrame, columns: OutcomeColumns) -> None:
    """Check that the frame has the named columns, that there is a model, and that no KPI has the name of a sum.

    Raises:
        InputError: One of these does not hold.
    """
    for name in (columns.partition, columns.label, *columns.scores.values(), *columns.slices):
        if name not in frame.columns:
            raise InputError(
                f"outcomes cannot be measured without the column '{name}'",
                code="unknown-column",
                hint="add it to the frame",
            )
    if not columns.scores:
        raise InputError(
            "outcomes of no model cannot be measured", code="no-model", hint="name at least one column of scores"
        )
    taken = [name for name in columns.kpis if name in columns.own]
    if taken:
        raise InputError(
            f"a KPI cannot be called '{taken[0]}', which Assay measures itself",
            code="kpi-name",
            hint="give it another 'name'",
        )


def assemble(
    groups: Iterable[tuple[tuple[date, int, int, str], Scored]], columns: OutcomeColumns
) -> dict[str, dict[date, OutcomeProfile]]:
    """Return per model and date a profile, from the state of each group.

    A group is a date, the number of the model, the number of the slice column (0 for all rows), and the slice's value.
    """
    models = list(columns.scores)
    profiles: dict[str, dict[date, OutcomeProfile]] = {model: {} for model in models}
    parts_by_date: dict[tuple[date, int], dict[int, dict[str, Scored]]] = {}
    for (day, model, slice_, value), scores in groups:
        parts_by_date.setdefault((day, model), {}).setdefault(slice_, {})[value] = scores
    for (day, model), parts in sorted(parts_by_date.items()):
        slices = {name: dict(sorted(parts[n].items())) for n, name in enumerate(columns.slices, start=1)}
        profiles[models[model]][day] = OutcomeProfile(parts[0][""], slices)
    return profiles


@dataclass(frozen=True, slots=True)
class _Counted:
    """The columns of the aggregate as arrays: one element per group and bin."""

    date: np.ndarray
    model: np.ndarray
    slice_: np.ndarray
    value: np.ndarray
    label: np.ndarray
    bin: np.ndarray
    rows: np.ndarray


def _groups(table: pa.Table, columns: OutcomeColumns) -> Iterator[tuple[tuple[date, int, int, str], LabelledScores]]:
    if table.num_rows == 0:
        return
    days, values = (table.column(f"_assay_{n}").combine_chunks().dictionary_encode() for n in ("date", "value"))
    model, slice_, label, bins = (table.column(f"_assay_{n}").to_numpy() for n in ("model", "slice", "label", "bin"))
    rows = table.column("rows").to_numpy()
    counted = _Counted(days.indices.to_numpy(), model, slice_, values.indices.to_numpy(), label, bins, rows)
    _refuse_uncountable(counted, columns)
    # Sorted by every part of the group, so that sums of doubles are added in one order only.
    keys = (counted.date, model, slice_, counted.value)
    order = np.lexsort((bins, label, *reversed(keys)))
    starts = np.concatenate([[0], np.flatnonzero(np.any([np.diff(part[order]) for part in keys], axis=0)) + 1])
    sums = {name: np.add.reduceat(table.column(name).to_numpy()[order], starts) for name in columns.sums}
    for n, members in enumerate(np.split(order, starts[1:])):
        first = members[0]
        group = (days.dictionary[int(counted.date[first])].as_py(), int(model[first]), int(slice_[first]))
        totals = {name: float(sums[name][n]) / (_UNIT if name in OWN_SUMS else 1.0) for name in columns.sums}
        yield (*group, values.dictionary[int(counted.value[first])].as_py()), _scores(members, counted, totals)


def _scores(members: np.ndarray, counted: _Counted, sums: Mapping[str, float]) -> LabelledScores:
    label = counted.label[members]
    sides = [_histogram(members[label == code], counted) for code in (_POSITIVE, _NEGATIVE, _UNLABELLED)]
    return LabelledScores(sides[0], sides[1], sides[2].total, sums, sides[2])


def _histogram(members: np.ndarray, counted: _Counted) -> Histogram:
    counts = dict(zip(counted.bin[members].tolist(), counted.rows[members].tolist(), strict=True))
    under, over = counts.pop(-_HALF - 1, 0), counts.pop(_HALF, 0)
    return Histogram(LOG_ODDS_EXPONENT, counts, under, over)


def _refuse_uncountable(counted: _Counted, columns: OutcomeColumns) -> None:
    overall = counted.slice_ == 0
    unknown = overall & (counted.label == _NO_LABEL)
    if unknown.any():
        raise InputError(
            f"the label '{columns.label}' is neither 0, 1 nor NULL in {int(counted.rows[unknown].sum())} rows",
            code="bad-label",
        )
    for n, name in enumerate(columns.scores):
        wrong = overall & (counted.model == n) & (counted.bin == _NO_BIN)
        if wrong.any():
            raise InputError(
                f"the model '{name}' has {int(counted.rows[wrong].sum())} scores that are NULL, NaN or outside [0, 1]",
                code="bad-score",
                hint="let the estimator give a score in that range for every row, also for missing features",
            )
