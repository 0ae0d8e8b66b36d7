"""The differences between training a classifier and a regressor: the labels and the scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assay.core.task_type import MAX_MAGNITUDE, TaskType
from assay.errors import InputError, NothingToLearn

Labels = npt.NDArray[np.int8] | npt.NDArray[np.float64]
"""0 and 1, or numbers."""


_NUMBER_HINT = "write SQL that gives a number, or a label that is true or false"
_EVENT_HINT = "write SQL that is true or false for each row, such as 'delay > 15'"


def scores_of(estimator: Any, matrix: npt.NDArray[Any], task: TaskType) -> npt.NDArray[np.float64]:
    """Return one score per row of `matrix`: the probability of the positive class, or the predicted number."""
    if task is TaskType.CLASSIFICATION:
        return np.asarray(estimator.predict_proba(matrix)[:, 1], dtype=np.float64)
    return np.asarray(estimator.predict(matrix), dtype=np.float64).reshape(len(matrix))


def check_estimator(estimator: Any, name: str, number: int, task: TaskType) -> None:
    """Check that the estimator of the candidate `name` in trial `number` can be fitted and gives scores of the task.

    A classifier is refused for a regression: with whole numbers as labels it would not be noticed as one.

    Raises:
        InputError: The estimator is of another kind.
    """
    wanted = "predict_proba" if task is TaskType.CLASSIFICATION else "predict"
    decides = any(hasattr(estimator, method) for method in ("predict_proba", "decision_function"))
    if not all(hasattr(estimator, method) for method in ("fit", wanted, "get_params")):
        why = f"which has no {wanted}"
    elif task is TaskType.REGRESSION and decides:
        why = "a classifier, and the label is a number"
    else:
        return
    raise InputError(
        f"the candidate '{name}' gave {type(estimator).__name__} in trial {number}, {why}",
        code="candidate-type",
        hint=f"return an unfitted {task.model} of xgboost or scikit-learn",
    )


def usable(frame: pa.Table, label: str, task: TaskType) -> pa.Table:
    """The rows of `frame` with a label to learn from: one that is there and, where it is a number, finite."""
    frame = frame.filter(pc.is_valid(frame[label]))
    if task is TaskType.CLASSIFICATION or not pa.types.is_floating(frame[label].type):
        return frame
    return frame.filter(pc.less(pc.abs(frame[label]), MAX_MAGNITUDE))  # NaN is less than nothing


def labels_of(column: pa.ChunkedArray, name: str, task: TaskType) -> Labels:
    """Return the labels as an array.

    Raises:
        InputError: The column is of another kind than the task's.
    """
    kind = column.type
    if task is TaskType.REGRESSION:
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            raise InputError(f"the label '{name}' is {kind}, not a number", code="label-type", hint=_NUMBER_HINT)
        return np.asarray(pc.cast(column, pa.float64()).to_numpy())
    if not (pa.types.is_boolean(kind) or pa.types.is_integer(kind)):
        raise InputError(f"the label '{name}' is {kind}, not true or false", code="label-type", hint=_EVENT_HINT)
    labels = np.asarray(pc.cast(column, pa.int64()).to_numpy())
    if len(labels) and not np.isin(labels, (0, 1)).all():
        raise InputError(f"the label '{name}' has other values than 0 and 1", code="label-type", hint=_EVENT_HINT)
    return labels.astype(np.int8)


def check_labels(labels: Labels, name: str, task: TaskType, where: str) -> None:
    """Check that there is something to learn from the labels.

    Raises:
        InputError: There is no label, or all are alike.
    """
    low, high = (float(labels.min()), float(labels.max())) if len(labels) else (0.0, 0.0)
    check_range(len(labels), low, high, name, task, where)


def check_range(rows: int, low: float, high: float, name: str, task: TaskType, where: str) -> None:
    """`check_labels` for labels of which only the count and the extremes are at hand."""
    if not rows:
        raise NothingToLearn(f"no row has a label '{name}' in {where}", code="no-labels")
    if low != high:
        return
    if task is TaskType.REGRESSION:
        message = f"the label '{name}' is always {low:g} in {where}: {rows:,} rows say nothing"
        hint = "check the label's value and the outcomes it is taken from, or choose a longer window"
        raise NothingToLearn(message, code="one-value", hint=hint)
    only, never = ("positive", "negative") if low else ("negative", "positive")
    raise NothingToLearn(
        f"the label '{name}' is never {never} in {where}: all {rows:,} rows are {only}",
        code="one-class",
        hint="check the label's condition and the outcomes it is taken from, or choose a longer window",
    )
