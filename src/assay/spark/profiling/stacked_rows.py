"""The rows of a frame stacked: one small row for each row and each thing that is measured of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from assay.core.expectations.catalog import find_type
from assay.core.profiles.required_stats import Selection
from assay.core.profiles.table_profile import CUT, DIGEST, LONGEST
from assay.spark.expressions import column, lenient
from assay.spark.profiling.collect import CHECKS_PER_BIN, OUTCOMES, Slot

if TYPE_CHECKING:
    from assay.core.check import Check

TEXTS = ("text", "boolean")
"""The kinds that are counted by their values and not in bins."""


def _distinct(checks: Iterable[Check]) -> list[Check]:
    return list({check.id: check for check in checks if check.predicate}.values())


def selections_of(checks: Iterable[Check]) -> list[Selection]:
    """The states that checks need over the rows of their conditions, each once."""
    return list(dict.fromkeys(selection for check in checks if (selection := find_type(check.type).selection(check))))


def packs_of(checks: Iterable[Check]) -> list[list[Check]]:
    """The checks that are counted, each once, in packs of which one number holds the outcomes of a row."""
    distinct = _distinct(checks)
    return [distinct[at : at + CHECKS_PER_BIN] for at in range(0, len(distinct), CHECKS_PER_BIN)]


def stack(
    frame: DataFrame,
    partition: Column,
    columns: Sequence[tuple[str, str]],
    checks: Sequence[Check],
    reason: Column | None,
    slots: Sequence[Slot],
) -> DataFrame:
    """One row per row and slot: `day`, `slot`, and the value as a number or as a text.

    `columns` are names with the kinds of their states. A row with a `reason` has one slot alone, with that reason as
    its text.

    An array of numbers is exploded. Texts are looked up by their slot afterwards: within the array they would make each
    entry an object. Longs, where there are any, are looked up in the same way as `whole`: beyond 2^53 two of them may
    be the same double.
    """
    with lenient(frame.sparkSession):
        measured = [(column(name), kind) for name, kind in columns]
        packs = [(_pack(pack), "number") for pack in packs_of(checks)]
        selected = [(F.when(F.expr(f"({s.applies})"), column(s.column)), s.kind) for s in selections_of(checks)]
        values = [(F.lit(0.0), "number"), *measured, *packs, *selected]
        numbers = F.array(*[_number(value, kind) for value, kind in values])
        texts = {slot: _text(value).alias(f"_{slot}") for slot, (value, kind) in enumerate(values) if kind in TEXTS}
        if reason is not None:
            numbers = F.when(reason.isNull(), numbers).otherwise(F.array(F.lit(None).cast("double")))
            texts[0] = reason.alias("_0")
        wholes = {at: values[at][0].cast("bigint").alias(f"_{at}") for at, slot in enumerate(slots) if slot.whole}
        exploded = frame.select(
            partition.alias("day"), *texts.values(), *wholes.values(), F.posexplode(numbers).alias("slot", "number")
        )
        whole = [_by_slot(wholes, "bigint").alias("whole")] if wholes else []
        return exploded.select("day", "slot", "number", _by_slot(texts).alias("text"), *whole)


def _number(value: Column, kind: str) -> Column:
    """The value as a double: instants and dates in seconds since 1970, null for a text."""
    match kind:
        case "text" | "boolean":
            return F.lit(None).cast("double")
        case "date":
            return F.unix_date(value).cast("double") * 86_400.0
        case "timestamp":
            return F.unix_micros(value) / F.lit(1e6)
        case _:
            return value.cast("double")


def _text(value: Column) -> Column:
    """The name of a value's category, as `category_name` has it."""
    text = value.cast("string")
    cut = F.concat(F.substring(text, 1, LONGEST), F.lit(CUT), F.substring(F.sha2(text, 256), 1, DIGEST))
    return F.when(F.length(text) > LONGEST, cut).otherwise(text)


def _by_slot(slots: Iterable[int], kind: str = "string") -> Column:
    """The value that the row's slot is looked up by, a text by default; null where the slot has none."""
    looked_up = F.lit(None).cast(kind)
    for slot in slots:
        looked_up = F.when(F.col("slot") == slot, F.col(f"_{slot}")).otherwise(looked_up)
    return looked_up


def _pack(checks: Sequence[Check]) -> Column:
    """The row's outcomes for all checks of a pack, as one number with a digit for each check.

    Few of all combinations of outcomes occur.
    """
    return reduce(add, [_outcome(check) * float(OUTCOMES**place) for place, check in enumerate(checks)])


def _outcome(check: Check) -> Column:
    failed = F.expr(f"2.0D - CAST(({check.predicate}) AS DOUBLE)")
    seen = F.when(F.expr(f"({check.applies})"), failed) if check.applies else failed
    return F.coalesce(seen, F.lit(0.0))
