"""Names and values as Spark expressions, and the lenient mode in which expressions of users are analysed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from assay.core.expectations.sql.literals import quote_name

_ANSI = "spark.sql.ansi.enabled"


def column(name: str) -> Column:
    """The column of exactly that name, whatever characters are in it."""
    return F.col(quote_name(name))


def day_literal(day: date) -> Column:
    """`day` as a DATE that no time zone has touched."""
    return F.lit(day.isoformat()).cast("date")


def micros(instant: datetime) -> int:
    """Microseconds since the epoch of an aware datetime, exactly."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@contextmanager
def lenient(spark: SparkSession) -> Iterator[None]:
    """Let expressions that are analysed inside yield NULL where they would else end the job.

    Examples are a zero divisor and a text that is no number. An expression keeps the mode that it was analysed under,
    whatever happens to its plan later.
    """
    before = spark.conf.get(_ANSI)
    spark.conf.set(_ANSI, "false")
    try:
        yield
    finally:
        spark.conf.set(_ANSI, str(before))


def without_globs(path: str) -> str:
    """Return a path for Spark's readers, which take `*`, `?`, `[` and `{` for patterns."""
    return re.sub(r"([\\\[\]{}*?])", r"\\\1", path)
