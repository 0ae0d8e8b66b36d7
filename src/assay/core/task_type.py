"""The task type of a pipeline: it predicts an event, or a number."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_MAGNITUDE = 1e150
"""The absolute value from which a number is neither a label nor a score: its square might not be finite."""


class TaskType(StrEnum):
    """The kind of question that a score answers."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"

    @property
    def model(self) -> str:
        """The name of a model of this type, for a sentence."""
        return "classifier" if self is TaskType.CLASSIFICATION else "regressor"

    @property
    def score(self) -> str:
        """The values that a score of this type has, for a sentence."""
        return "probability" if self is TaskType.CLASSIFICATION else f"finite number below {MAX_MAGNITUDE:g}"


def impossible(task: TaskType, scores: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return a mask of the invalid scores: outside [0, 1] for a probability; not finite or huge for a number.

    >>> import numpy as np
    >>> impossible(TaskType.CLASSIFICATION, np.array([0.0, 1.5, np.nan])).tolist()
    [False, True, True]
    >>> impossible(TaskType.REGRESSION, np.array([-40.0, 1e200, np.nan])).tolist()
    [False, True, True]
    """
    possible = (scores >= 0.0) & (scores <= 1.0) if task is TaskType.CLASSIFICATION else abs(scores) < MAX_MAGNITUDE
    return ~possible


def possible_sql(task: TaskType, column: str) -> str:
    """Return Spark SQL that is true for the scores of `column` that are valid, and false for all others and NULL.

    >>> possible_sql(TaskType.CLASSIFICATION, "score")
    'coalesce(`score` >= 0 AND `score` <= 1, false)'
    """
    quoted = f"`{column}`"  # Spark orders NaN above all numbers
    valid = (
        f"{quoted} >= 0 AND {quoted} <= 1" if task is TaskType.CLASSIFICATION else f"abs({quoted}) < {MAX_MAGNITUDE:g}"
    )
    return f"coalesce({valid}, false)"
