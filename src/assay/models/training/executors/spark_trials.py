"""Run trials as Spark tasks: each batch is fitted side by side on executors, with the same result as on the driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from assay.errors import InputError, error_from_json
from assay.models.training.tuning import Block, ProposedTrial, RunTrials, Trial, is_trees, run_trial

if TYPE_CHECKING:
    from pyspark import Broadcast
    from pyspark.sql import SparkSession


@contextmanager
def on_executors(spark: SparkSession, block: Block, _batch: int) -> Iterator[RunTrials]:
    """Yield a function that runs trials on the rows of `block`, a task each; the encoded rows are broadcast once.

    A trial is fitted by the same function with the same rows, threads and seed as on the driver, and the sampler gets
    the results in the same order. So on machines of one kind the sampler sees the same numbers. The model that is
    fitted in the end on the driver then has the same bytes. The executors need no user code, since the estimators are
    built on the driver.
    """
    matrices: dict[bool, Broadcast[Any]] = {}
    rest = spark.sparkContext.broadcast(
        (block.labels, block.days, block.validation, block.metric, block.seed, block.recalibrate)
    )

    def run(name: str, proposals: Sequence[ProposedTrial]) -> Iterator[Trial]:
        for one in proposals:
            trees = is_trees(one.estimator)
            if trees not in matrices:
                matrices[trees] = spark.sparkContext.broadcast(block.matrix(trees))
        work = _work(name, dict(matrices), rest)
        for result in spark.sparkContext.parallelize(proposals, len(proposals)).map(work).collect():
            if not isinstance(result, Trial):
                raise error_from_json(result)
            yield result

    try:
        yield run
    finally:
        for broadcast in (rest, *matrices.values()):
            broadcast.destroy()


def _work(name: str, matrices: dict[bool, Broadcast[Any]], rest: Broadcast[Any]) -> Callable[[ProposedTrial], Any]:
    def work(proposal: ProposedTrial) -> Trial | dict[str, Any]:
        block = Block(lambda trees: matrices[trees].value, *rest.value)
        try:
            return run_trial(name, proposal, block)
        except InputError as error:  # what a task raises arrives as text
            return error.to_json()

    return work
