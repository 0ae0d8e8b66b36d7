"""Rows by date of a few shops, of which the tests know all that is to be proposed."""

from __future__ import annotations

import random
from datetime import date, timedelta

from assay.core.proposals.column_types import ProposedColumn, propose_column
from assay.core.proposals.dated_rows import DatedRows

FIRST = date(2024, 1, 1)
NULLS = ("", "NA")


def shops(days: int = 80, *, size: int = 5, seed: int = 1) -> DatedRows:
    """One row for each shop and day: number of the row, shop, its city, the month, an amount and a note."""
    chance = random.Random(seed)
    rows = {}
    for n in range(days):
        day = FIRST + timedelta(days=n)
        rows[day] = [
            (str(n * size + i + 1), f"shop{i}", f"city{i % 2}", str(day.month), f"{chance.uniform(50, 90):.2f}", "x")
            for i in range(size)
        ]
    return DatedRows(("number", "shop", "city", "month", "amount", "note"), rows)


def columns_of(table: DatedRows) -> dict[str, ProposedColumn]:
    return {name: propose_column(name, table.texts(name), NULLS) for name in table.columns}
