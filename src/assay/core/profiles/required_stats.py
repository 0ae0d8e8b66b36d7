"""The measurements that a check needs beyond the states of columns and its own counter.

The id of a measurement depends only on the rows and columns that it measures. So checks with the same need share it,
and a stored one can be judged again under another threshold.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

StateKind = Literal["number", "text", "date", "timestamp"]
MeasurementKind = Literal["duplicates", "quantiles", "median", "order"]


def _digest(kind: str, fields: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps([kind, fields], sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Selection:
    """The state of one column over the rows for which the SQL of `applies` is true; it merges as any state does.

    The `kind` is that of the state, such as number; text gives the categories of a column of any type.
    """

    column: str
    applies: str
    kind: StateKind

    @property
    def id(self) -> str:
        """The key under which a Profile keeps the state."""
        return _digest("selection", asdict(self))


@dataclass(frozen=True, slots=True)
class Measurement:
    """A holistic measurement of the rows for which `applies` is true: it needs all rows of a partition at once.

    - `duplicates` groups the rows by `columns`.
    - `quantiles` and `median` rank one column.
    - `order` compares each value of a column with the value before it, in the order of the table's key. The expected
      comparison is `direction`.
    """

    kind: MeasurementKind
    columns: tuple[str, ...]
    applies: str
    probabilities: tuple[float, ...] = ()
    direction: Literal["", ">", ">=", "<", "<="] = ""

    @property
    def id(self) -> str:
        """The key under which a Profile keeps the result."""
        return _digest("measurement", asdict(self))
