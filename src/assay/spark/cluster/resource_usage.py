"""The resources that a session took from its cluster: bytes to the driver, bytes shuffled, memory of executors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from assay.spark.jvm_objects import empty_double_array, jvm_of, scala_context

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class SessionUse:
    """The resources that a session has used.

    - `collected` are the bytes of the results that came to the driver in stages beyond the one that was known.
    - `newest` is the number of the last stage.
    - `shuffled` are the bytes written for shuffles in all stages so far.
    - `peak_memory` is the largest size in bytes that the heap of one executor was seen at.
    """

    application: str
    newest: int
    collected: int
    shuffled: int
    peak_memory: int


def session_use(spark: SparkSession, after: int = -1) -> SessionUse:
    """Return the resources that Spark has used, from its own status store.

    The status store counts without Spark's web pages too (SPARK-18085). It forgets all but the last thousand stages,
    and each stage costs a call to the JVM. So only the stages beyond the number `after` are read; Spark counts from 0.
    """
    context = spark.sparkContext
    store = scala_context(context).statusStore()
    nothing = jvm_of(spark).java.util.ArrayList()
    stage_list = store.stageList(nothing, False, False, empty_double_array(context), nothing)
    stages = list(takewhile(lambda stage: stage.stageId() > after, map(stage_list.apply, range(stage_list.size()))))
    executors = store.executorList(False)
    return SessionUse(
        application=context.applicationId,
        newest=max((int(stage.stageId()) for stage in stages), default=after),
        collected=sum(int(stage.resultSize()) for stage in stages),
        shuffled=sum(int(executors.apply(i).totalShuffleWrite()) for i in range(executors.size())),
        peak_memory=max((_peak(executors.apply(i)) for i in range(executors.size())), default=0),
    )


def _peak(executor: Any) -> int:
    metrics = executor.peakMemoryMetrics()
    return int(metrics.get().getMetricValue("JVMHeapMemory")) if metrics.isDefined() else 0
