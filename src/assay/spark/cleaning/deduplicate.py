"""Keep one row per key, the first in a given order, and set the others aside."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from assay.core.expectations.sql.literals import quote_name
from assay.spark.expressions import column, lenient
from assay.spark.landing.row_columns import FILE, QUARANTINE, RAW, REASON

_RANK = "_assay_rank"


def one_per_key(frame: DataFrame, key: Sequence[str], partition: str, order: Sequence[str]) -> DataFrame:
    """The frame with `quarantine:null_key` and `quarantine:duplicate` set among the rows that are still good.

    Of the rows of a partition that share a key, one stays. It is the first by these criteria:

    1. `order`, which is SQL such as `landed_at DESC`.
    2. The name of its file, the last name first, so that a correction that landed later wins.
    3. The line itself, so that every run has the same outcome.
    """
    if not key:
        return frame
    null_key = F.lit(False)
    for name in key:
        null_key = null_key | column(name).isNull()
    keyed = frame.withColumn(REASON, F.coalesce(F.col(REASON), F.when(null_key, f"{QUARANTINE}null_key")))
    # Rows that are refused already get lanes of their own: they neither win nor gather under one key.
    lane = f"CASE WHEN {REASON} IS NULL THEN 0L ELSE xxhash64({RAW}) END"
    group = ", ".join([quote_name(partition), *[quote_name(name) for name in key if name != partition], lane])
    first = ", ".join([*order, f"{FILE} DESC NULLS LAST", f"xxhash64({RAW})", RAW])
    with lenient(frame.sparkSession):
        ranked = keyed.withColumn(_RANK, F.expr(f"row_number() OVER (PARTITION BY {group} ORDER BY {first})"))
    beaten = F.when(F.col(_RANK) > 1, f"{QUARANTINE}duplicate")
    return ranked.withColumn(REASON, F.coalesce(F.col(REASON), beaten)).drop(_RANK)
