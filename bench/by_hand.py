"""The parts that both scripts by hand need: checks that block, and a day written whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl
from deltalake import write_deltalake


class Refused(RuntimeError):
    """A check that blocks does not hold."""


def refuse_unless(checks: Mapping[str, tuple[bool, bool]]) -> None:
    """Raise Refused unless all blocking checks hold, given for each check whether it blocks and whether it holds."""
    broken = [name for name, (blocks, holds) in checks.items() if blocks and not holds]
    if broken:
        raise Refused(", ".join(broken))


def write_day(rows: pl.DataFrame, table: Path, partition: str, day: date) -> None:
    """Make `rows` the whole of the day's partition."""
    existing = (table / "_delta_log").exists()
    predicate = f"{partition} = '{day}'" if existing else None
    write_deltalake(table, rows.to_arrow(), mode="overwrite", predicate=predicate, partition_by=[partition])
