"""What a session took from its cluster: bytes brought to the driver, bytes shuffled, the memory of its executors."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

from assay.spark.session.jvm_objects import empty_double_array, jvm_of, scala_context

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def footprint(spark: SparkSession, after: int = -1) -> dict[str, int | str]:
    """`collected`, the bytes of results that came to the driver in Spark's stages with a number beyond `after`, and
    `newest`, the number of the last; `shuffled`, the bytes written for shuffles in all so far; `peak_memory`, the
    largest that one executor's heap was seen at; and the `application`. Spark counts its stages from 0.

    From Spark's own status store, which counts without its web pages too (SPARK-18085). It forgets all but the last
    thousand stages, and each costs a question to the JVM: so only new ones are looked at.
    """
    context = spark.sparkContext
    store = scala_context(context).statusStore()
    nothing = jvm_of(spark).java.util.ArrayList()
    stage_list = store.stageList(nothing, False, False, empty_double_array(context), nothing)
    stages = list(takewhile(lambda stage: stage.stageId() > after, map(stage_list.apply, range(stage_list.size()))))
    executors = store.executorList(False)
    return {
        "application": context.applicationId,
        "newest": max((int(stage.stageId()) for stage in stages), default=after),
        "collected": sum(int(stage.resultSize()) for stage in stages),
        "shuffled": sum(int(executors.apply(i).totalShuffleWrite()) for i in range(executors.size())),
        "peak_memory": max((_peak(executors.apply(i)) for i in range(executors.size())), default=0),
    }


def _peak(executor: Any) -> int:
    metrics = executor.peakMemoryMetrics()
    return int(metrics.get().getMetricValue("JVMHeapMemory")) if metrics.isDefined() else 0
