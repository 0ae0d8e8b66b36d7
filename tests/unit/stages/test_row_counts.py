"""Held rows are neither out nor lost: every account adds up, in the ledger, in the sentence and in the report."""

from __future__ import annotations

from datetime import date, timedelta

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.stages.monitoring.row_counts import account_sentence, row_account
from assay.stages.reporting.pipeline_page import pipeline_report
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...expect_errors import missing_data

FIRST = date(2024, 1, 1)


def state(kind: str, *, rows: int, out: int, quarantined: int, dropped: int) -> PartitionState:
    counts = {"in": rows, "out": out, "quarantined": quarantined, "dropped": dropped}
    return PartitionState(PartitionStatus(kind), PartitionFingerprint("parcels", str(FIRST), "i", "c", "s"), counts)


DAYS = [
    state("published", rows=100, out=90, quarantined=6, dropped=4),
    state("held", rows=50, out=45, quarantined=5, dropped=0),
]


def test_rows_in_are_out_held_quarantined_or_dropped() -> None:
    account = row_account(DAYS)
    assert account == {"in": 150, "out": 90, "held": 45, "quarantined": 11, "dropped": 4}
    assert account["in"] == sum(rows for name, rows in account.items() if name != "in")


def test_the_sentence_names_held_rows_apart_and_only_where_there_are_any() -> None:
    assert missing_data(account_sentence(row_account(DAYS)), 150, 90, "45 held", 11, 4) == []
    one = account_sentence(row_account(DAYS[:1]))
    assert (missing_data(one, 100, 90, 6, 4), "held" in one) == ([], False)


def test_the_report_counts_a_held_day_as_held(parcels: Context) -> None:
    partitions = {str(FIRST + timedelta(days=n)): day for n, day in enumerate(DAYS)}
    parcels.ledger.append(
        parcels.record(
            "c1", "clean", "parcels", Interval(FIRST, FIRST + timedelta(days=2)), RunStatus.HELD, partitions=partitions
        )
    )
    [table] = [table for table in pipeline_report(parcels).tables if table.name == "parcels"]
    assert table.rows == {"in": 150, "out": 90, "held": 45, "quarantined": 11, "dropped": 4}
