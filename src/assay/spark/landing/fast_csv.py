"""Plain lines: those that Spark's own CSV parser types exactly as Assay does, in a fifth of the time."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from pyspark.sql import Column
from pyspark.sql import functions as F

from assay.spark.landing.csv_fields import CORRUPT, SPARK_TYPES, columns_of, field_name, parser_options

if TYPE_CHECKING:
    from assay.core.landing.csv_layout import CsvLayout
    from assay.spec.schema.table import ColumnSchema, TableSchema

NATIVE = ("int", "long", "double", "boolean")
"""The types for which Spark's parser, where it gives a value for a plain line, gives the one that Assay gives."""

# A 'd' or 'f' behind a digit ends a number in Java ('12D', '.5f'), an 'x' begins a hexadecimal one; what is no
# printable ASCII could be a digit of another script, or a control character that Java trims.
_PLAIN = r"^(?:[\t -CEG-WYZ\[-ceg-wyz{-~]++|(?<![0-9.])[dDfFxX])*+$"
_TINY = r"[eE]-|0{300}"


def read_plain(raw: Column, schema: TableSchema, layout: CsvLayout) -> Column:
    """A struct with a field per column of the file, typed where its type is in `NATIVE` and else a text, and `CORRUPT`.

    `CORRUPT` is not null where the line has more or fewer fields, or a field is not of its native type. What comes
    back for a line that is not plain may be wrong.
    """
    fields = [f"{field_name(c, n)} {_plain_type(c)}" for n, c in enumerate(columns_of(schema, layout))]
    token = next((token for token in schema.nulls if token), "")
    # An empty text, quoted or not, then reads as the token, and that as null.
    options = parser_options(schema) | {"nullValue": token, "emptyValue": token}
    return F.from_csv(raw, ", ".join([*fields, f"{CORRUPT} string"]), options)


def _plain_type(column: ColumnSchema | None) -> str:
    return SPARK_TYPES[column.type] if column is not None and column.type in NATIVE else "string"


def is_plain(raw: Column, read: Column, schema: TableSchema) -> Column:
    """True where the line `raw` is plain, given what `read_plain` made of it; never null.

    Assay's own rules read every other line, field by field. These are all lines with a field that is refused, and a few
    unusual ones.
    """
    if "" not in schema.nulls or not any(column.type in NATIVE for column in schema.source_columns):
        return F.lit(False)
    conditions = [read[CORRUPT].isNull()]
    doubles = [column.name for column in schema.source_columns if column.type == "double"]
    if doubles or any(column.type in ("int", "long") for column in schema.source_columns):
        conditions.append(raw.rlike(_PLAIN))
    # '1e999' reads as an infinity, '1e-999' as zero.
    tiny = raw.rlike(_TINY)
    conditions += [
        F.coalesce((F.abs(read[n]) != float("inf")) & ((read[n] != 0) | ~tiny), F.lit(True)) for n in doubles
    ]
    return reduce(and_, conditions)
