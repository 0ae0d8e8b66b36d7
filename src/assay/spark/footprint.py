"""What a session took from its cluster: bytes brought to the driver, bytes shuffled, the memory of its executors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def footprint(spark: SparkSession) -> dict[str, int | str]:
    """Bytes in all so far: `collected` (results of tasks that came to the driver), `shuffled` (written for shuffles),
    `peak_memory` (the largest that one executor's heap was seen at), beside the `application`.

    From Spark's own status store, which counts without its web pages too (SPARK-18085).
    """
    context = spark.sparkContext
    jvm: Any = spark._jvm
    store: Any = context._jsc.sc().statusStore()
    nothing = jvm.java.util.ArrayList()
    stages = store.stageList(nothing, False, False, _no_doubles(context), nothing)
    executors = store.executorList(False)
    return {
        "application": context.applicationId,
        "collected": sum(int(stages.apply(i).resultSize()) for i in range(stages.size())),
        "shuffled": sum(int(executors.apply(i).totalShuffleWrite()) for i in range(executors.size())),
        "peak_memory": max((_peak(executors.apply(i)) for i in range(executors.size())), default=0),
    }


def _peak(executor: Any) -> int:
    metrics = executor.peakMemoryMetrics()
    return int(metrics.get().getMetricValue("JVMHeapMemory")) if metrics.isDefined() else 0


def _no_doubles(context: Any) -> Any:
    return context._gateway.new_array(context._jvm.double, 0)
