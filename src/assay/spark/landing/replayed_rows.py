"""Repaired records in the places of the landed ones: read by the same rules, before anything else is done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from assay.spark.expressions import column
from assay.spark.landing.landed_rows import read_split
from assay.spark.landing.row_columns import FILE, RAW, REASON, REPLAYED

if TYPE_CHECKING:
    from assay.core.landing.repaired_records import RepairedRow
    from assay.spec.schema.table import TableSchema

Part = TypeVar("Part")
"""A file or a date of a source."""

_DATE, _TEXT, _OCCURRENCE = "_assay_date", "_assay_text_digest", "_assay_occurrence"
_KEY, _NEW = "_assay_repair", "_assay_new_"


@dataclass(frozen=True, slots=True)
class Replay:
    """Repaired records of some days, at least one, and how their fields become values.

    With `nulls_are_read` a field that means a missing value is None already.
    """

    rows: Sequence[RepairedRow]
    schema: TableSchema
    partition: str
    zone: str
    nulls_are_read: bool

    @property
    def files(self) -> frozenset[str]:
        """The files that a repaired record belongs to."""
        return frozenset(row.file for row in self.rows)

    @property
    def days(self) -> frozenset[date]:
        """The dates that have a repaired record."""
        return frozenset(row.day for row in self.rows)


def read_and_replay(
    read: Callable[[Sequence[Part]], DataFrame], parts: Sequence[Part], repaired: Sequence[Part], replay: Replay
) -> DataFrame:
    """Return the rows of the parts of a source by `read`, with the repaired records in their places.

    Only the `repaired` parts are sorted by the texts of their records. The others are read as without repairs.
    """
    rest = [part for part in parts if part not in set(repaired)]
    frames = [replayed(read(repaired), replay)] if repaired else []
    frames += [read(rest)] if rest else []
    return frames[0] if len(frames) == 1 else frames[0].unionByName(frames[1], allowMissingColumns=True)


def replayed(landed: DataFrame, replay: Replay) -> DataFrame:
    """Return the rows of `landed`, each record that was repaired replaced by its repair, with the column `REPLAYED`.

    There are as many rows as before. A repair whose record is not there has no effect. Among records with one text in
    one file, those that are refused come first.
    """
    repaired = _repaired(landed, replay)
    same = Window.partitionBy(_DATE, FILE, _TEXT).orderBy(F.col(REASON).isNull())
    dated = landed.withColumns({_DATE: column(replay.partition), _TEXT: F.sha2(RAW, 256)})
    numbered = dated.withColumn(_OCCURRENCE, F.row_number().over(same) - 1)
    both = numbered.join(F.broadcast(repaired), [_DATE, FILE, _TEXT, _OCCURRENCE], "left")
    kept = [name for name in landed.columns if name != FILE]
    is_repaired = F.col(REPLAYED).isNotNull()
    values = [F.when(is_repaired, F.col(_NEW + str(n))).otherwise(column(name)) for n, name in enumerate(kept)]
    named = {name: value.alias(name) for name, value in zip(kept, values, strict=True)}
    return both.select(*[named.get(name, F.col(FILE)) for name in landed.columns], REPLAYED)


def _repaired(landed: DataFrame, replay: Replay) -> DataFrame:
    """The repaired records, typed: each column but the file under a name of its own, beside its place."""
    spark, rows = landed.sparkSession, list(enumerate(replay.rows))
    split = spark.createDataFrame(
        [(row.raw, str(key), row.day, row.refusal, list(row.fields)) for key, row in rows],
        "raw string, file string, day date, refusal string, fields array<string>",
    )
    # The column of the file holds the key here: every other column is made by the rules of landed records.
    typed = read_split(split, replay.schema, replay.partition, zone=replay.zone, nulls_are_read=replay.nulls_are_read)
    kept = [column(name).alias(_NEW + str(n)) for n, name in enumerate(n for n in landed.columns if n != FILE)]
    places = spark.createDataFrame(
        [(str(n), row.place.id, row.day, row.file, row.place.text, row.place.occurrence) for n, row in rows],
        f"{_KEY} string, {REPLAYED} string, {_DATE} date, {FILE} string, {_TEXT} string, {_OCCURRENCE} int",
    )
    return typed.select(F.col(FILE).alias(_KEY), *kept).join(places, _KEY)
