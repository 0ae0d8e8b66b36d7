"""The places that a DataFrame's plan reads, and its functions that do not give the same result twice."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from assay.spark.jvm_objects import query_execution, scala_context

_PLAIN = {"LocalRelation", "LogicalRDD", "Range", "OneRowRelation", "CTERelationRef"}
"""Leaves that hold their rows themselves, or refer to another part of the plan."""

_UNREPEATABLE = (
    "current_date|current_timestamp|now|localtimestamp|current_time|rand|randn|randstr|uniform|uuid|shuffle|"
    "monotonically_increasing_id|spark_partition_id|input_file_name|input_file_block_start|input_file_block_length"
)


class Jobs:
    """The number of Spark jobs that ran inside a `watching_jobs` block; known when the block has ended."""

    count = 0


@contextmanager
def watching_jobs(spark: SparkSession) -> Iterator[Jobs]:
    """Count the jobs that this thread starts inside the block, and no other thread's."""
    context = spark.sparkContext
    tag = f"assay-watch-{uuid.uuid4().hex}"
    jobs = Jobs()
    context.addJobTag(tag)
    try:
        yield jobs
    finally:
        context.removeJobTag(tag)
        scala = scala_context(context)
        scala.listenerBus().waitUntilEmpty()  # a job is announced by an event, which may still be on its way
        jobs.count = len(list(scala.statusTracker().getJobIdsForTag(tag)))


def foreign_reads(frame: DataFrame, folder: str) -> list[str]:
    """Return what the plan of `frame` reads outside `folder` (a URI): paths, or the name of a source that has none.

    The analysed plan is walked, subqueries included: the optimised one would show a cached table as memory.
    """
    plan = query_execution(frame).analyzed()
    plans = [plan, *_items(plan.subqueriesAll())]
    inside = _path(folder).rstrip("/") + "/"
    outside_places: set[str] = set()
    for leaf in (leaf for each in plans for leaf in _items(each.collectLeaves())):
        outside_places.update(where for where in _places(leaf) if not (_path(where) + "/").startswith(inside))
    return sorted(outside_places)


def unrepeatable_functions(frame: DataFrame) -> list[str]:
    """The functions of clock, chance or place that the plan of `frame` calls, by name."""
    session = frame.sparkSession
    setting = "spark.sql.debug.maxToStringFields"
    before = session.conf.get(setting)
    session.conf.set(setting, "100000")  # or a wide plan would be shown shortened
    try:
        text: str = query_execution(frame).analyzed().toString()
    finally:
        session.conf.set(setting, before or "25")
    return sorted({name.lower() for name in re.findall(rf"(?i)\b({_UNREPEATABLE})\(", text)})


def _places(leaf: Any) -> list[str]:
    kind = leaf.getClass().getSimpleName()
    if kind in _PLAIN:
        return []
    if kind == "LogicalRelation" and leaf.relation().getClass().getSimpleName() == "HadoopFsRelation":
        return [path.toString() for path in _items(leaf.relation().location().rootPaths())]
    return [leaf.simpleString(25)]


def _items(sequence: Any) -> list[Any]:
    return [sequence.apply(index) for index in range(sequence.size())]


def _path(uri: str) -> str:
    # Hadoop writes file:/x where Python writes file:///x.
    return re.sub(r"^file:/+", "/", uri)
