"""Rows that break a check, each with its key: a few of them, so that a finding can be looked into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from assay.core.check import Check, Finding, Status
from assay.core.expectations.catalog import find_type
from assay.spark.expressions import column, lenient
from assay.spark.profiling.partition_checks import broken_rows

MAX_TEXT_CHARACTERS = 100
"""A text is cut to this many characters."""

Findings = Mapping[date, Sequence[Finding]]


def with_examples(
    frame: DataFrame, partition: str, key: Sequence[str], checks: Sequence[Check], findings: Findings, *, limit: int
) -> dict[date, list[Finding]]:
    """Return the findings, where each one of a failed row-wise check has example rows in its details.

    A check gets up to `limit` rows, over all days together. They are the first in the order of partition and key, so
    that the same data gives the same rows. One job takes them all from `frame`, which should be persisted. No job runs
    where nothing failed.
    """
    failed = _failed(checks, findings) if limit else []
    taken = _taken(frame, partition, key, failed, limit) if failed else {}
    return {
        day: [_shown(finding, taken.get((finding.details.get("check_id"), day))) for finding in of_day]
        for day, of_day in findings.items()
    }


def _failed(checks: Sequence[Check], findings: Findings) -> list[tuple[Check, list[date]]]:
    """The checks that rows can break, each with the days on which too many do."""
    days: dict[Any, list[date]] = {}
    for day, of_day in findings.items():
        for finding in of_day:
            if finding.status is Status.FAIL:
                days.setdefault(finding.details.get("check_id"), []).append(day)
    known = {check.id: check for check in checks if find_type(check.type).examples_of(check)}
    return [(check, days[check_id]) for check_id, check in known.items() if check_id in days]


def _taken(
    frame: DataFrame, partition: str, key: Sequence[str], failed: Sequence[tuple[Check, list[date]]], limit: int
) -> dict[tuple[Any, date], list[dict[str, Any]]]:
    names = list(dict.fromkeys([partition, *key]))
    with lenient(frame.sparkSession):
        day, keys = column(partition), [column(name).alias(f"key{i}") for i, name in enumerate(names)]
        values = [_texts(_columns_of(check, frame)).alias(f"values{i}") for i, (check, _) in enumerate(failed)]
        broken = [
            (day.isin(days) & _broken(frame, day, key, check)).alias(f"broken{i}")
            for i, (check, days) in enumerate(failed)
        ]
        marked = frame.select(day.alias("day"), _texts(names).alias("key"), *keys, *values, *broken)
    entries = [F.when(F.col(f"broken{i}"), F.struct(F.col(f"values{i}").alias("values"))) for i in range(len(failed))]
    stacked = marked.select("day", "key", *[f"key{i}" for i in range(len(names))], F.posexplode(F.array(*entries)))
    failing_rows = stacked.where(F.col("col").isNotNull()).withColumnRenamed("pos", "slot")
    order = Window.partitionBy("slot").orderBy(*[f"key{i}" for i in range(len(names))], "col")
    first = failing_rows.withColumn("rank", F.row_number().over(order)).where(F.col("rank") <= limit)
    taken: dict[tuple[Any, date], list[dict[str, Any]]] = {}
    for row in sorted(first.select("day", "slot", "rank", "key", "col.values").collect(), key=lambda row: row["rank"]):
        check, _ = failed[row["slot"]]
        example = {
            "key": dict(zip(names, row["key"], strict=True)),
            "values": dict(zip(_columns_of(check, frame), row["values"], strict=True)),
        }
        taken.setdefault((check.id, row["day"]), []).append(example)
    return taken


def _broken(frame: DataFrame, day: Column, key: Sequence[str], check: Check) -> Column:
    measurement = find_type(check.type).measurement(check)
    if measurement is not None:
        return broken_rows(frame, day, key, measurement)
    return F.expr(f"({check.applies or 'TRUE'})") & ~F.expr(f"({check.predicate})")


def _columns_of(check: Check, frame: DataFrame) -> list[str]:
    return [name for name in find_type(check.type).examples_of(check) if name in frame.columns]


def _texts(names: Sequence[str]) -> Column:
    """The values of columns as texts; long ones are cut, since a document is for reading, not for holding the data."""
    texts = [column(name).cast("string") for name in names]
    cut = [F.concat(F.substring(text, 1, MAX_TEXT_CHARACTERS), F.lit("...")) for text in texts]
    shown = [F.when(F.length(t) > MAX_TEXT_CHARACTERS, c).otherwise(t) for t, c in zip(texts, cut, strict=True)]
    return F.array(*shown).cast("array<string>")


def _shown(finding: Finding, examples: list[dict[str, Any]] | None) -> Finding:
    return replace(finding, details={**finding.details, "examples": examples}) if examples else finding
