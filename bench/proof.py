"""Proof that two ways give the same, before either is timed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from deltalake import DeltaTable

TOLERANCE = 1e-6

Scores = tuple[Any, Any]


class UnequalError(AssertionError):
    """Two ways that are to be compared do not do the same work: there is nothing to time."""


def scores_in(table: Path, key: str = "id", score: str = "score") -> Scores:
    """The keys and scores of a Delta table, read without Spark."""
    found = DeltaTable(table).to_pyarrow_table(columns=[key, score])
    return found[key].to_numpy(), found[score].to_numpy()


def same_scores(one: Scores, two: Scores, name: str) -> None:
    """Nothing, if both have the same keys, and scores within 1e-6; raises UnequalError otherwise."""
    (keys, scores), (other_keys, other_scores) = (_sorted(found) for found in (one, two))
    if not np.array_equal(keys, other_keys):
        raise UnequalError(f"{name}: {len(other_keys):,} rows, not our {len(keys):,}, or others")
    off = float(np.abs(scores - other_scores).max())
    if not off <= TOLERANCE:
        raise UnequalError(f"{name}: scores differ by up to {off:.2g}")


def _sorted(found: Scores) -> Scores:
    order = np.argsort(found[0], kind="stable")
    return found[0][order], found[1][order].astype(np.float64)


def same_rows(one: Path, two: Path, key: str, name: str) -> None:
    """Nothing, if two Delta tables hold the same rows, whatever the order; raises UnequalError otherwise."""
    ours, theirs = (DeltaTable(table).to_pyarrow_table() for table in (one, two))
    ours, theirs = (found.sort_by(key).select(sorted(found.column_names)) for found in (ours, theirs))
    if not ours.equals(theirs):
        raise UnequalError(f"{name}: {theirs.num_rows:,} rows, our {ours.num_rows:,}, and not the same")
