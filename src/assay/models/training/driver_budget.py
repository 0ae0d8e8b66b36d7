"""The bytes that a training frame would take on the driver, known before a row of it is brought there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.models.estimators.encoder import Encoder

VALUE_BYTES = 4


@dataclass(frozen=True, slots=True)
class FrameSize:
    """The encoded training frame: its rows, the columns of its wider encoding, and its bytes, labels included."""

    rows: int
    columns: int
    row_bytes: int

    @property
    def bytes(self) -> int:
        """All rows together."""
        return self.rows * self.row_bytes

    def rows_within(self, budget: int) -> int:
        """Return the number of rows that fit into `budget` bytes."""
        return budget // self.row_bytes


def frame_size(profile: TableProfile, features: Sequence[str], task: TaskType) -> FrameSize:
    """Return the size of the frame that `profile` measured.

    Rows without a label are included: the estimate is a little too large rather than too small.

    Raises:
        InputError: No feature is left to learn from.
    """
    encoders = (Encoder.for_linear(profile, features), Encoder.for_trees(profile, features))
    columns = max(len(encoder.names) for encoder in encoders)
    label = 1 if task is TaskType.CLASSIFICATION else 8
    return FrameSize(profile.rows, columns, columns * VALUE_BYTES + label)


def format_bytes(size: int) -> str:
    """A number of bytes in words.

    >>> format_bytes(1_240_000_000), format_bytes(20_000), format_bytes(999)
    ('1.24 GB', '20 kB', '999 bytes')
    """
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"
