"""Prove that two ways give the same, before either is timed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from assay.store.filesystem.storage_path import StoragePath
from bench.data import DAY

TOLERANCE = 1e-6

Scores = tuple[Any, Any]


class UnequalError(AssertionError):
    """Two ways that are to be compared do not do the same work: there is nothing to time."""


def scores_in(table: StoragePath, key: str = "id", score: str = "score", *, day: date | None = None) -> Scores:
    """The keys and scores of a Delta table, or of one day of it, read without Spark."""
    frame = _read(table, (DAY, day) if day else None).select(key, score).collect()
    return frame[key].to_numpy(), frame[score].to_numpy()


def same_scores(one: Scores, two: Scores, name: str) -> None:
    """Check that both have the same keys, and scores within 1e-6.

    Raises:
        UnequalError: They have not.
    """
    (keys, scores), (other_keys, other_scores) = (_sorted(keyed_scores) for keyed_scores in (one, two))
    if not np.array_equal(keys, other_keys):
        raise UnequalError(f"{name}: {len(other_keys):,} rows, not our {len(keys):,}, or others")
    off = float(np.abs(scores - other_scores).max())
    if not off <= TOLERANCE:
        raise UnequalError(f"{name}: scores differ by up to {off:.2g}")


def _sorted(keyed_scores: Scores) -> Scores:
    order = np.argsort(keyed_scores[0], kind="stable")
    return keyed_scores[0][order], keyed_scores[1][order].astype(np.float64)


def same_table(
    one: StoragePath, two: StoragePath, key: Sequence[str], name: str, *, day: tuple[str, date] | None = None
) -> None:
    """Check that two Delta tables, or one day of them (column and date), hold the same rows, whatever the order.

    Raises:
        UnequalError: They do not.
    """
    frames = (_read(table, day).sort(key).collect() for table in (one, two))
    one_rows, two_rows = (frame.select(sorted(frame.columns)) for frame in frames)
    if one_rows.is_empty() or not one_rows.equals(two_rows):
        raise UnequalError(f"{name}: {two_rows.height:,} rows, our {one_rows.height:,}, and not the same")


def _read(table: StoragePath, day: tuple[str, date] | None) -> pl.LazyFrame:
    # Not by to_pyarrow_table: with polars in the same process it ended a few processes by an abort.
    scan = pl.scan_delta(str(table))
    return scan if day is None else scan.filter(pl.col(day[0]) == day[1])
