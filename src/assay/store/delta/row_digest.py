"""A digest of rows that depends on no order: equal rows, however they are spread over files, have an equal digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Codes = npt.NDArray[np.int64]
    Hashes = npt.NDArray[np.uint64]

_LANES = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
"""Seeds of the two sums, of 64 bits each, that a digest is made of."""


@dataclass(slots=True)
class RowDigest:
    """The number of rows, and the sums of their hashes modulo 2^64."""

    rows: int = 0
    sums: list[int] = field(default_factory=lambda: [0] * len(_LANES))

    @property
    def digest(self) -> str:
        """The digest of the rows, of 32 characters."""
        return hashlib.sha256(repr((self.rows, self.sums)).encode()).hexdigest()[:32]


def add_rows(
    digests: dict[date, RowDigest], batch: pa.RecordBatch, days: Sequence[date | None], codes: Sequence[int] | Codes
) -> None:
    """Add the rows of a batch to the digests of their dates; rows without a date are left out.

    The date of a row is the one of `days` at its place in `codes`. Each column counts by its place. Values are equal as
    Arrow's values of the same type are: NULL differs from NaN and from an empty text, and all NaN are one.
    """
    lanes = [_row_hashes(batch, seed) for seed in _LANES]
    at = np.asarray(codes)
    for code, day in enumerate(days):
        rows = at == code
        if day is None or not rows.any():
            continue
        known = digests.setdefault(day, RowDigest())
        known.rows += int(rows.sum())
        known.sums = [
            (total + int(np.add.reduce(lane[rows], dtype=np.uint64))) % 2**64
            for total, lane in zip(known.sums, lanes, strict=True)
        ]


def _row_hashes(batch: pa.RecordBatch, seed: int) -> Hashes:
    hashes = np.full(batch.num_rows, seed, np.uint64)
    for column in batch.columns:
        hashes = _mixed(hashes * np.uint64(0x100000001B3) + _hashes(column, seed))
    return hashes


def _hashes(column: pa.Array, seed: int) -> Hashes:
    """Return a hash of each value of a column."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind, missing = column.type, np.asarray(column.is_null())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        bits = _numbers(column.cast("int64"))
    elif pa.types.is_floating(kind):
        values = np.asarray(column.cast("float64").fill_null(0.0))
        bits = np.where(np.isnan(values), np.nan, values).view(np.uint64)
    elif pa.types.is_date32(kind):
        bits = _numbers(column.cast("int32").cast("int64"))
    elif pa.types.is_timestamp(kind):
        bits = _numbers(column.cast(pa.timestamp("us", kind.tz)).cast("int64"))
    else:
        bits = _texts(column if pa.types.is_string(kind) else column.cast("string"), seed)
    hashes = _mixed(bits + np.uint64(seed))
    hashes[missing] = np.uint64(seed // 3)
    return hashes


def _numbers(column: Any) -> Hashes:
    return np.asarray(column.fill_null(0)).astype(np.int64).view(np.uint64)


def _texts(column: Any, seed: int) -> Hashes:
    """Return a hash of each text; equal texts of a batch are hashed once."""
    import pyarrow as pa

    encoded = column.fill_null("").dictionary_encode()
    key = seed.to_bytes(8, "little")
    known = [
        int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8, key=key).digest(), "little")
        for text in encoded.dictionary.cast(pa.string()).to_pylist()
    ]
    hashes: Hashes = np.array(known, np.uint64)
    return hashes.take(np.asarray(encoded.indices))


def _mixed(values: Hashes) -> Hashes:
    """Return the values with each bit spread over all others (the finalizer of SplitMix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
