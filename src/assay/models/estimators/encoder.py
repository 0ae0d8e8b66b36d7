"""One encoder for driver and executors: it turns rows of features into the matrix that a model reads."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assay.core.profiles.table_profile import LONGEST, TableProfile, category_name
from assay.errors import InputError
from assay.models.estimators.feature_columns import (
    Category,
    Mode,
    Number,
    column_from_json,
    column_of,
    column_to_json,
)

MAX_MAGNITUDE = 1e150
"""Numbers of this size and beyond are missing values, as in the Profile: their squares would overflow."""

MAX_FLOAT32 = float(np.finfo(np.float32).max)
MAX_STANDARDISED = 1e6
"""Standardised values are cut here, so that no sum of a linear model overflows; training cannot reach it."""

FORMAT = 1

Batch: TypeAlias = pa.RecordBatch | pa.Table


@dataclass(frozen=True, slots=True)
class Routed:
    """The numbers of a batch's rows with a value of a feature that the training rows did not define."""

    unseen: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Encoder:
    """The features as training saw them, and the matrix that they become; it always has the same columns.

    `dropped` holds each feature that carries no information, with the reason why it was left out.
    """

    mode: Mode
    columns: tuple[Number | Category, ...]
    dropped: Mapping[str, str]

    @classmethod
    def for_linear(cls, profile: TableProfile, features: Sequence[str]) -> Encoder:
        """Numbers standardised and missing ones set to the training mean, as a linear model needs them."""
        return _build("linear", profile, features)

    @classmethod
    def for_trees(cls, profile: TableProfile, features: Sequence[str]) -> Encoder:
        """Numbers as they are and missing ones NaN: trees need no scale and learn where missing goes."""
        return _build("trees", profile, features)

    @classmethod
    def for_forecast(cls, feature: str, center: float) -> Encoder:
        """One number as it is but for its `center`, and a missing one NaN."""
        return cls("trees", (Number(feature, center=center),), {})

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each column of the matrix, in order."""
        return tuple(name for column in self.columns for name in column.names)

    @property
    def features(self) -> tuple[str, ...]:
        """The features that the encoder reads, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """A note on each feature that was left out."""
        return tuple(f"the feature '{name}' {why}: left out" for name, why in self.dropped.items())

    def encode(self, batch: Batch) -> npt.NDArray[np.float32]:
        """Return the matrix of `batch`, rows x len(names), finite but for NaN in the `trees` mode.

        Columns are found by name; others are ignored.

        Raises:
            InputError: A feature is not there or has another type than in training; the error names it.
        """
        out = np.zeros((batch.num_rows, len(self.names)), dtype=np.float32)
        at = 0
        for column in self.columns:
            array = _column(batch, column.name)
            if isinstance(column, Number):
                out[:, at] = _scaled(array, column)
            else:
                out[np.arange(batch.num_rows), at + _codes(array, column)] = 1.0
            at += len(column.names)
        return out

    def routed(self, batch: Batch) -> dict[str, Routed]:
        """Per feature, the rows with a category that training did not name, and the rows without a value."""
        counts: dict[str, Routed] = {}
        for column in self.columns:
            array = _column(batch, column.name)
            if isinstance(column, Number):
                counts[column.name] = Routed(missing=int(_missing(_numbers(array, column.name)).sum()))
            else:
                codes = _codes(array, column)
                unseen, missing = (int((codes == len(column.values) + n).sum()) for n in (0, 1))
                counts[column.name] = Routed(unseen, missing)
        return counts

    def to_json(self) -> dict[str, Any]:
        """The encoder in plain JSON types; `from_json` gives back an equal one."""
        return {
            "format": FORMAT,
            "mode": self.mode,
            "columns": [column_to_json(column) for column in self.columns],
            "dropped": dict(self.dropped),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Encoder:
        """Return the encoder that `to_json` wrote.

        Raises:
            InputError: The document has another format.
        """
        if data.get("format") != FORMAT or data.get("mode") not in ("linear", "trees"):
            raise InputError(
                "the encoder's document has a format that this Assay cannot read",
                code="encoder-format",
                hint="use the version of Assay that trained it, or train again",
            )
        columns = tuple(column_from_json(item) for item in data["columns"])
        return cls(data["mode"], columns, dict(data["dropped"]))


def _build(mode: Mode, profile: TableProfile, features: Sequence[str]) -> Encoder:
    columns: list[Number | Category] = []
    dropped: dict[str, str] = {}
    for name in features:
        if name not in profile.columns:
            raise _unknown(name, list(profile.columns), "the training Profile")
        built = column_of(mode, name, profile.columns[name])
        if isinstance(built, str):
            dropped[name] = built
        else:
            columns.append(built)
    if not columns:
        reasons = "; ".join(f"'{name}' {why}" for name, why in dropped.items()) or "none was given"
        raise InputError(
            f"no feature is left to learn from: {reasons}",
            code="no-features",
            hint="give the model a feature that varies",
        )
    return Encoder(mode, tuple(columns), dropped)


def _column(batch: Batch, name: str) -> pa.Array:
    index = batch.schema.get_field_index(name)
    if index < 0:
        raise _unknown(name, batch.schema.names, "the batch")
    array = batch.column(index)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _unknown(name: str, known: Sequence[str], where: str) -> InputError:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean '{close[0]}'?" if close else "it has: " + ", ".join(known[:20])
    return InputError(f"the feature '{name}' is not in {where}", code="unknown-feature", hint=hint)


def _numbers(array: pa.Array, name: str) -> npt.NDArray[np.float64]:
    kind = array.type
    if pa.types.is_null(kind):
        return np.full(len(array), np.nan)
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise _wrong_type(name, "number", kind)
    return np.asarray(pc.cast(array, pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def _missing(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    return ~(np.abs(values) < MAX_MAGNITUDE)  # NaN compares false


def _scaled(array: pa.Array, column: Number) -> npt.NDArray[np.float64]:
    values = _numbers(array, column.name)
    missing = _missing(values)
    if column.fill is None:
        values = np.clip((values - column.center) / column.scale, -MAX_FLOAT32, MAX_FLOAT32)
        values[missing] = np.nan
        return values
    values = np.clip(np.where(missing, column.fill, values), column.low, column.high)
    return np.clip((values - column.center) / column.scale, -MAX_STANDARDISED, MAX_STANDARDISED)


def _codes(array: pa.Array, column: Category) -> npt.NDArray[np.int64]:
    """Per row, the place of its category; len(values) for one that training did not name, one more for missing."""
    texts = _texts(array, column)
    codes = pc.index_in(texts, value_set=pa.array(column.values, pa.string()), skip_nulls=True)
    codes = np.asarray(pc.fill_null(codes, len(column.values)).to_numpy(zero_copy_only=False), dtype=np.int64)
    if texts.null_count:
        codes = np.where(pc.is_null(texts).to_numpy(zero_copy_only=False), len(column.values) + 1, codes)
    return codes


def _texts(array: pa.Array, column: Category) -> pa.Array:
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    allowed = pa.types.is_boolean(kind) if column.kind == "boolean" else text
    if not (allowed or pa.types.is_null(kind)):
        raise _wrong_type(column.name, column.kind, kind)
    texts = pc.cast(array, pa.string())
    if (pc.max(pc.utf8_length(texts)).as_py() or 0) <= LONGEST:
        return texts
    return pa.array([None if text is None else category_name(text) for text in texts.to_pylist()], pa.string())


def _wrong_type(name: str, expected: str, kind: pa.DataType) -> InputError:
    return InputError(
        f"the feature '{name}' was a {expected} in training and is {kind} here",
        code="feature-type",
        hint="the features function must give the same types in training and scoring",
    )
