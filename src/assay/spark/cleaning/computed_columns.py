"""The columns of a clean table that its source does not have: SQL over the columns of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from assay.spark.cleaning.rules import narrow, widen
from assay.spark.expressions import column, lenient
from assay.spark.landing.csv_fields import SPARK_TYPES, in_range, local_instant

if TYPE_CHECKING:
    from assay.spec.schema.table import ColumnSchema, TableSchema

_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_SQL_TYPES = {
    "string": ("string",),
    "int": _INTEGERS,
    "long": _INTEGERS,
    "double": (*_INTEGERS, "float", "double", "decimal"),
    "boolean": ("boolean",),
    "date": ("date",),
    "timestamp": ("timestamp", "timestamp_ntz"),
}
_FIRST_DAY, _LAST_DAY = "0001-01-01", "9999-12-31"


def can_be(column_type: str, sql_type: str) -> bool:
    """Return whether a value of Spark's `sql_type` can be one of a schema's `column_type` without another meaning.

    A whole number that is too large for the type is no value of it.
    """
    return sql_type == "void" or sql_type.partition("(")[0] in _SQL_TYPES[column_type]


def add_computed(frame: DataFrame, schema: TableSchema, zone: str) -> DataFrame:
    """Return the frame with the computed columns of `schema`, each after those that it may use.

    A value is NULL in three cases:

    - The SQL cannot be evaluated.
    - It gives a number beyond the bits of the type, or a year beyond 1 to 9999.
    - It gives a local time that the clocks skipped or showed twice.

    A timestamp without a zone is a local time of the column's time zone, or of `zone`.
    """
    if not schema.computed_columns:
        return frame
    ints = [name for name, kind in frame.dtypes if kind == "int"]
    with lenient(frame.sparkSession):
        wide = widen(frame)
        for computed in schema.computed_columns:
            evaluated = wide.select("*", F.expr(f"({computed.sql})").alias(computed.name))
            value = _as_type(column(computed.name), evaluated.dtypes[-1][1], computed, computed.timezone or zone)
            wide = evaluated.withColumn(computed.name, value)
            ints += [computed.name] if computed.type == "int" else []
    return narrow(wide, ints)


def _as_type(value: Column, sql_type: str, computed: ColumnSchema, zone: str) -> Column:
    if sql_type == "void":
        return F.lit(None).cast(SPARK_TYPES[computed.type])
    match computed.type:
        case "int":  # stays wide for the columns that are computed of it
            return F.when(value.between(-(2**31), 2**31 - 1), value.cast("bigint"))
        case "date":
            return F.when(value.between(F.lit(_FIRST_DAY).cast("date"), F.lit(_LAST_DAY).cast("date")), value)
        case "timestamp":
            instant = local_instant(value.cast("timestamp"), zone) if sql_type == "timestamp_ntz" else value
            return F.when(in_range(instant), instant)
        case _:
            return value.try_cast(SPARK_TYPES[computed.type])
