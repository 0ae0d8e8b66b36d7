"""The rows of a window, sorted, with its last dates kept back to tune on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assay.core.task_type import TaskType
from assay.core.text import quantity
from assay.errors import InputError, NothingToLearn
from assay.models.estimators.task_scores import Labels, check_labels, labels_of, usable


@dataclass(frozen=True, slots=True)
class Split:
    """The labelled rows of a window in their one order, and which of them lie in the validation block."""

    frame: pa.Table
    labels: Labels
    days: npt.NDArray[np.integer]
    """A number for the date of each row."""

    validation: npt.NDArray[np.bool_]
    first: date
    """The first date of the validation block."""

    unusable: int = 0
    """Rows that were left out, since their label is no finite number."""


def split_by_date(
    frame: pa.Table,
    features: Sequence[str],
    label: str,
    partition: str,
    validation_days: int,
    order: Sequence[str] = (),
    task: TaskType = TaskType.CLASSIFICATION,
    first: date | None = None,
) -> Split:
    """Return the rows of `frame` with a usable label, sorted, and the mask of its validation block.

    The block has the last `validation_days` dates or, where `frame` is a sample, the dates from `first` on.

    Raises:
        InputError: A part is empty or its labels are all alike: nothing could be learned or measured on it.
    """
    wanted = [*features, label, partition, *order]
    for name in wanted:
        if name not in frame.column_names:
            raise InputError(f"the training frame has no column '{name}'", code="unknown-column")
    known = frame.num_rows - frame[label].null_count
    frame = usable(frame, label, task)
    keys = list(dict.fromkeys([partition, *(order or [label, *features])]))
    frame = frame.take(pc.sort_indices(frame, sort_keys=[(key, "ascending") for key in keys])).combine_chunks()
    labels = labels_of(frame[label], label, task)
    dates = sorted(pc.unique(frame[partition]).to_pylist())
    first = first or first_of_validation(dates, validation_days)
    check_labels(labels, label, task, f"the {quantity(len(dates), 'day')} of the window")
    mask = np.asarray(pc.greater_equal(frame[partition], pa.scalar(first, frame[partition].type)))
    check_labels(labels[~mask], label, task, f"the window before its validation block ({dates[0]} to {first})")
    check_labels(labels[mask], label, task, f"the validation block ({first} to {dates[-1]})")
    days = frame[partition].combine_chunks().dictionary_encode().indices.to_numpy()
    return Split(frame, labels, days, mask, first, known - frame.num_rows)


def first_of_validation(dates: Sequence[date], validation_days: int) -> date:
    """Return the first of the last `validation_days` of the sorted `dates`.

    Raises:
        InputError: No date would be left before the validation block.
    """
    if not 0 < validation_days < len(dates):
        raise NothingToLearn(
            f"the window has {len(dates)} labelled dates, of which {validation_days} cannot be the validation block",
            code="short-window",
            hint="train on a longer window, or set train.validation to fewer days",
        )
    return dates[-validation_days]


def unusable_notes(rows: int) -> tuple[str, ...]:
    """A note on the rows whose label is no number to learn from, if there are any."""
    return (f"{rows:,} rows have a label that is NaN, infinite or huge: not trained on",) if rows else ()
