"""Features as of the instant of scoring: the framework cuts the inputs, and checks the function's result."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DataType, DateType, DecimalType, NumericType, StringType, TimestampType

from assay.core.interval import Interval, as_of_instant
from assay.errors import InputError
from assay.spark.expressions import column, day_literal, micros
from assay.spark.session.errors import explain
from assay.spec.user_code.calls import call_user, kind_of, name_of, refuse_result

OBSERVED = "observed_date"
"""The column of a cut input that keeps the row's own date; its partition column holds the date that sees the row."""

_OFFSET = "_assay_offset"

Features = Callable[..., DataFrame]


@dataclass(frozen=True, slots=True)
class AsOfPolicy:
    """The settings that decide which rows a date may see.

    - `partition` and `key` are the partition column and the key of the rows.
    - `lookbacks` has the days before a date, and `available_at` the column of that name, of each input.
    - `at` and `zone` are the local time and zone at which a date is scored.
    """

    partition: str
    key: Sequence[str]
    lookbacks: Mapping[str, int]
    available_at: Mapping[str, str]
    at: time
    zone: ZoneInfo

    @property
    def identity(self) -> list[str]:
        """The columns that identify a row: the key, and the partition column where the key does not hold it."""
        return identity_of(self.key, self.partition)


def point_in_time_view(
    frame: DataFrame, *, partition: str, available_at: str, dates: Interval, lookback: int, at: time, zone: ZoneInfo
) -> DataFrame:
    """Return each row of `frame` once for every date of `dates` that may see it; the partition column has that date.

    A date D sees the rows of its own date and of the `lookback` days before it. They must have been known strictly
    before local time `at` of D; a row without `available_at` was never known. The row's own date stays as
    `observed_date`.

    A function that treats the partition column as part of its keys is therefore right for one day and for a year, and
    cannot look ahead. Only partitions of the lookback and the interval are read. Nothing is joined, rows are only
    repeated.

    Raises:
        InputError: `partition` is no DATE or `available_at` no TIMESTAMP, or `frame` has an `observed_date` already.
    """
    _require_type(frame, partition, DateType(), "the partition column")
    _require_type(frame, available_at, TimestampType(), "available_at")
    _refuse_column(frame, OBSERVED)
    start = day_literal(dates.start)
    offset = F.date_diff(column(partition), start)
    # Whole days since `start` and microseconds since the epoch: no time zone of a session or machine has an effect.
    seen_by = F.sequence(F.greatest(offset, F.lit(0)), F.least(offset + F.lit(lookback), F.lit(len(dates) - 1)))
    instants = F.expr("array(" + ", ".join(f"{micros(as_of_instant(day, at, zone))}L" for day in dates) + ")")
    seen = (
        within(frame, partition, dates.back(lookback))
        .select("*", F.explode(seen_by).alias(_OFFSET))
        .where(F.unix_micros(column(available_at)) < F.get(instants, F.col(_OFFSET)))
    )
    kept = [
        F.date_add(start, F.col(_OFFSET)).alias(name) if name == partition else column(name) for name in frame.columns
    ]
    return seen.select(*kept, column(partition).alias(OBSERVED))


def build_features(
    function: Features,
    rows: DataFrame,
    inputs: Mapping[str, DataFrame],
    *,
    seen: AsOfPolicy,
    dates: Interval,
) -> DataFrame:
    """Return the features of `dates`: key and partition columns first, then the features in the function's own order.

    `inputs` are whole tables; each is cut as `point_in_time_view` does before `function(rows, **inputs)` is called. The
    result is lazy; `check_features` proves that it holds one row per key of `rows`. Decimals become doubles.

    Raises:
        InputError: An input has no lookback or no `available_at`, or the function fails. Also where its result breaks
            the contract: it is no DataFrame, a key column is lost, a feature is of another type, or there is no
            feature. The error names the function.
    """
    cut = {}
    for name, frame in inputs.items():
        if name not in seen.lookbacks or name not in seen.available_at:
            raise InputError(
                f"the input '{name}' cannot be cut to what was known: it has no lookback or no available_at",
                code="input-not-cut",
                hint="name its lookback under features.inputs, and available_at under its table",
            )
        cut[name] = point_in_time_view(
            frame,
            partition=seen.partition,
            available_at=seen.available_at[name],
            dates=dates,
            lookback=seen.lookbacks[name],
            at=seen.at,
            zone=seen.zone,
        )
    result = _call(function, within(rows, seen.partition, dates), cut)
    return _hold_to_contract(result, rows, seen.identity, function)


def feature_columns(frame: DataFrame, other: Collection[str]) -> list[str]:
    """The names of the features, in order: every column that is not among the `other` ones (key, partition, label)."""
    return [name for name in frame.columns if name not in other]


def check_features(
    result: DataFrame, rows: DataFrame, *, key: Sequence[str], partition: str, name: str, dates: Interval | None = None
) -> None:
    """Check that `result` has each key of `rows` exactly as often as `rows`: none lost, doubled or invented.

    One small job reads the key columns. `name` is the function that the error names, and `dates` narrows `rows` to the
    dates that `result` is for. Persist `result` first where it is used afterwards.

    Raises:
        InputError: A key is lost, doubled or invented. The error has the number of such keys and one example.
    """
    identity = identity_of(key, partition)
    wanted = rows if dates is None else within(rows, partition, dates)
    both = _tally(wanted, identity, in_rows=1).unionByName(_tally(result, identity, in_rows=0))
    wrong = (
        both.groupBy(*[column(part) for part in identity])
        .agg(F.sum("given").alias("given"), F.sum("made").alias("made"))
        .where("given <> made")
    )
    # Counts and example in one job; the smallest example is null exactly where there is nothing to show.
    example = F.struct(*[column(part).cast("string").alias(part) for part in identity], "given", "made")
    wrong_keys = wrong.agg(
        F.count_if(F.expr("made < given")).alias("lost"),
        F.count_if(F.expr("given = 0")).alias("invented"),
        F.count_if(F.expr("made > given AND given > 0")).alias("doubled"),
        F.min(example).alias("example"),
    ).first()
    if wrong_keys is None or wrong_keys["example"] is None:
        return
    shown = wrong_keys["example"].asDict()
    parts = {part: shown[part] for part in identity}
    raise other_keys(name, wrong_keys.asDict(), parts, in_rows=shown["given"], made=shown["made"])


def other_keys(
    name: str, counts: Mapping[str, int], example: Mapping[str, str], *, in_rows: int, made: int
) -> InputError:
    """The error for features that lack keys of their rows, or hold some too often.

    `counts` has the number of keys that are lost, doubled and invented. The key `example` occurs `in_rows` times in the
    rows and `made` times in the result.
    """
    wrong = ", ".join(f"{counts[kind]} {kind}" for kind in ("lost", "doubled", "invented") if counts[kind])
    where = ", ".join(f"{part}={value}" for part, value in example.items())
    return InputError(
        f"the features function {name} must give one row per key of its rows, but of its keys {wrong}. For example, "
        f"{where} is {in_rows} times in the rows and {made} times in the result",
        code="features-keys",
        hint="join inputs from the left on key and date, and aggregate them to one row per key first",
    )


def within(frame: DataFrame, partition: str, dates: Interval) -> DataFrame:
    """The rows of `dates`, by a filter that prunes partitions."""
    return frame.where((column(partition) >= day_literal(dates.start)) & (column(partition) < day_literal(dates.end)))


def identity_of(key: Sequence[str], partition: str) -> list[str]:
    """The columns that identify a row: the key, and the partition column where the key does not hold it."""
    return list(dict.fromkeys([*key, partition]))


def _call(function: Features, rows: DataFrame, inputs: Mapping[str, DataFrame]) -> DataFrame:
    what = f"the features function {name_of(function)}"
    result = call_user(function, rows, what=what, code="features-failed", explain=explain, keywords=inputs)
    if not isinstance(result, DataFrame):
        hint = "return a Spark DataFrame made from 'rows', such as rows.select(...)"
        message = f"{what} returned {kind_of(result)}, not a Spark DataFrame"
        raise refuse_result(function, message, code="features-contract", hint=hint)
    return result


def _hold_to_contract(result: DataFrame, rows: DataFrame, identity: Sequence[str], function: Features) -> DataFrame:
    def refuse(what: str, hint: str = "") -> InputError:
        message = f"the features function {name_of(function)} {what}"
        return refuse_result(function, message, code="features-contract", hint=hint)

    seen: set[str] = set()
    for made in result.columns:
        if made.lower() in seen:
            raise refuse(f"returns the column '{made}' twice")
        seen.add(made.lower())
    for part in identity:
        if part not in result.columns:
            raise refuse(f"lost the key column '{part}'", _suggest(part, result.columns) or "keep the columns of rows")
        if _type_of(result, part) != _type_of(rows, part):
            was, now = _type_of(rows, part).simpleString(), _type_of(result, part).simpleString()
            raise refuse(f"changed the key column '{part}' from {was} to {now}")
    features = [made for made in result.columns if made not in set(identity)]
    if not features:
        raise refuse("returns no feature, only the key")
    chosen = [column(part) for part in identity]
    for feature in features:
        kind = _type_of(result, feature)
        if not isinstance(kind, NumericType | BooleanType | StringType):
            raise refuse(
                f"returns the feature '{feature}' as {kind.simpleString()}",
                "a feature is a number, a boolean or a text; leave out what is none",
            )
        is_decimal = isinstance(kind, DecimalType)
        chosen.append(column(feature).cast("double").alias(feature) if is_decimal else column(feature))
    return result.select(*chosen)


def _tally(frame: DataFrame, identity: Sequence[str], *, in_rows: int) -> DataFrame:
    counts = (F.lit(in_rows).alias("given"), F.lit(1 - in_rows).alias("made"))
    return frame.select(*[column(part) for part in identity], *counts)


def _type_of(frame: DataFrame, name: str) -> DataType:
    return frame.schema[name].dataType


def _require_type(frame: DataFrame, name: str, wanted: DataType, role: str) -> None:
    if name not in frame.columns:
        raise InputError(
            f"the input has no column '{name}', which is {role}",
            code="unknown-column",
            hint=_suggest(name, frame.columns),
        )
    actual_type = _type_of(frame, name)
    if actual_type != wanted:
        raise InputError(
            f"{role} '{name}' is {actual_type.simpleString()}, but must be {wanted.simpleString()}", code="wrong-type"
        )


def _refuse_column(frame: DataFrame, name: str) -> None:
    if name in frame.columns:
        raise InputError(
            f"the input has a column '{name}' already, a name that Assay gives",
            code="reserved-column",
            hint="rename it in the schema",
        )


def _suggest(name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean '{close[0]}'?" if close else ""
