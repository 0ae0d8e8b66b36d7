"""Score a frame with any number of models in one scan, where the data lies."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pyarrow as pa
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql.pandas.functions import arrow_udf
from pyspark.sql.types import DoubleType, StructField, StructType

from assay.core.task_type import TaskType, impossible
from assay.errors import InputError, VerdictFailed
from assay.spark.executor_files import find_folder, ship_folder
from assay.spark.expressions import column
from assay.spark.jvm_objects import estimated_bytes

Predict = Callable[[pa.RecordBatch], np.ndarray]

_SCORES = "_assay_scores"
MAX_PARTITIONS = 1_000_000

TASK_BYTES = 32_000_000
"""Bytes that are worth a task: a quarter of what Spark reads at once, since scoring takes longer than reading."""

_LOADED: dict[tuple[str, str], Predict] = {}


class ModelFaultError(ValueError):
    """A model that cannot be loaded or whose scores are impossible; raised on a worker, so it pickles."""


@dataclass(frozen=True, slots=True)
class ScoringModel:
    """A model as a worker needs it: the column's `name`, the function that loads it, and the `source` to load.

    - `load` names a function as "module:function". It takes the source and returns a function. That function takes a
      record batch of the feature columns and returns float64 scores, one per row.
    - `digest` names the content, so that a worker process loads each content once.
    - `task` is what the model predicts, by the name of a TaskType: it decides which scores are possible.
    """

    name: str
    digest: str
    load: str
    source: str
    task: str = TaskType.CLASSIFICATION.value


def score_frame(
    features: DataFrame,
    *,
    keep: Sequence[str],
    columns: Sequence[str],
    models: Sequence[ScoringModel],
    strict: bool = True,
) -> DataFrame:
    """Return the `keep` columns of `features` and a DOUBLE column per model, all from one scan; lazy.

    A worker process loads a model once, however many tasks it runs, and none for a partition without rows. With
    `strict`, a score that its task cannot give (missing, NaN, no probability) stops the job. Use `scoring_faults`
    around the action to turn that failure into an error that names the model.

    Raises:
        InputError: No model, two columns of one name, or a column that `features` does not have.
    """
    if not models:
        raise InputError("there is no model to score with", code="no-model", hint="name at least one")
    names = [*keep, *(model.name for model in models)]
    doubled = sorted({name for name in names if names.count(name) > 1})
    missing = [name for name in (*keep, *columns) if name not in features.columns]
    if doubled or missing:
        what = f"two columns would be called '{doubled[0]}'" if doubled else f"there is no column '{missing[0]}'"
        raise InputError(
            f"the frame cannot be scored: {what}", code="score-columns", hint="rename the column, or keep other ones"
        )
    context = features.sparkSession.sparkContext
    near = tuple(replace(model, source=ship_folder(context, model.source, model.digest)) for model in models)
    scored = _in_few_tasks(features).select(*map(column, keep), _scores(tuple(columns), near, strict).alias(_SCORES))
    return scored.select(*map(column, keep), *[column(_SCORES)[model.name].alias(model.name) for model in models])


@contextmanager
def scoring_faults() -> Iterator[None]:
    """Turn a model's failure on a worker into VerdictFailed that names the model; other failures pass as they are."""
    try:
        yield
    except (PySparkException, Py4JJavaError) as error:  # a write to Delta fails with the bare Java error
        match = re.search(rf"{ModelFaultError.__name__}: (.*)", str(error))
        if match is None:
            raise
        raise VerdictFailed(
            match.group(1).strip(),
            code="model-fault",
            hint="nothing was written; the model cannot be trusted with these rows",
        ) from error


def _in_few_tasks(frame: DataFrame) -> DataFrame:
    """The frame in no more partitions than its size and the cores have use for.

    Each task that goes to Python costs some 90 ms, however few its rows are (measured with Spark 4.2).

    The size is the optimizer's estimate. After joins it is too large, never too small: then nothing is merged. The
    cores alone are no measure: a cluster that allocates them on demand has hardly any before a job needs them.
    """
    context = frame.sparkSession.sparkContext
    by_size = estimated_bytes(frame) // TASK_BYTES
    return frame.coalesce(max(4 * context.defaultParallelism, min(by_size, MAX_PARTITIONS)))


def _scores(columns: Sequence[str], models: Sequence[ScoringModel], strict: bool) -> Column:
    """A struct with the score of each model; of all ways to Python this one takes the fewest columns there."""

    # The closure holds plain values; the cache is this module's own, which each worker imports once.
    def score(*arrays: pa.Array) -> pa.Array:
        batch = pa.RecordBatch.from_arrays(list(arrays), names=list(columns))
        scores = [pa.array(scores_of(model, batch, strict=strict), type=pa.float64()) for model in models]
        return pa.StructArray.from_arrays(scores, names=[model.name for model in models])

    score_type = StructType([StructField(model.name, DoubleType()) for model in models])
    # pyspark reads the kind of function from its type hints, which its own stubs do not know.
    return cast("Column", arrow_udf(score, score_type)(*map(column, columns)))  # type: ignore[call-overload]


def scores_of(model: ScoringModel, batch: pa.RecordBatch, *, strict: bool = True) -> np.ndarray:
    """Return the float64 scores of `batch`, one per row; each is possible where it is `strict`.

    Raises:
        ModelFaultError: The model failed, or gave impossible scores where it is strict; the error names the model.
    """
    predict = _load(model)
    try:
        scores = np.asarray(predict(batch), dtype=np.float64)
    except MemoryError:
        raise  # too little memory is no fault of the model
    except Exception as error:
        raise ModelFaultError(f"the model '{model.name}' failed: {type(error).__name__}: {_line(error)}") from error
    if scores.shape != (batch.num_rows,):
        raise ModelFaultError(f"the model '{model.name}' gave scores of shape {scores.shape} for {batch.num_rows} rows")
    task = TaskType(model.task)
    wrong = impossible(task, scores)
    if strict and wrong.any():
        first = int(np.argmax(wrong))
        raise ModelFaultError(
            f"the model '{model.name}' gave {int(wrong.sum())} of {batch.num_rows} scores that are no {task.score}, "
            f"the first {scores[first]}"
        )
    return scores


def _load(model: ScoringModel) -> Predict:
    known = (model.load, model.digest)
    if known not in _LOADED:
        module, _, function = model.load.partition(":")
        try:
            _LOADED[known] = getattr(importlib.import_module(module), function)(find_folder(model.source))
        except MemoryError:
            raise
        except Exception as error:
            raise ModelFaultError(
                f"the model '{model.name}' does not load on a worker: {type(error).__name__}: {_line(error)}"
            ) from error
    return _LOADED[known]


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
