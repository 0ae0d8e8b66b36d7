"""The rows of cleaned days by where they went, summed: in = out + held + quarantined + dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assay.core.text import quantity
from assay.store.ledger.run_record import PartitionState, PartitionStatus


def row_account(days: Iterable[PartitionState]) -> dict[str, int]:
    """Return the rows of these days by where they went.

    A day's state holds the good rows of its cleaning as `out`. They reached the table only if the day is published; the
    good rows of a held day are counted as `held`.
    """
    total = {"in": 0, "out": 0, PartitionStatus.HELD: 0, "quarantined": 0, "dropped": 0}
    for day in days:
        for name in ("in", "quarantined", "dropped"):
            total[name] += day.counts.get(name, 0)
        total[PartitionStatus.HELD if day.state is PartitionStatus.HELD else "out"] += day.counts.get("out", 0)
    return total


def account_sentence(account: Mapping[str, Any]) -> str:
    """Return an account in words; held rows are named where there are any."""
    held = f" {account[PartitionStatus.HELD]:,} held," if account[PartitionStatus.HELD] else ""
    return (
        f"{quantity(account['in'], 'row')} in, {account['out']:,} out,{held} {account['quarantined']:,} quarantined, "
        f"{account['dropped']:,} dropped"
    )
