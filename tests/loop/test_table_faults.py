"""Broken files of the tables, and days out of order: nothing is scored from them, or each day once."""

from __future__ import annotations

from ..expect_errors import missing_data
from .commands import CLEAN, DAY, SCORE, change, output_of
from .conftest import WEEK, Project
from .table_rows import rows_of


def test_a_truncated_file_of_a_table_is_named_and_never_gives_fewer_rows(serving: Project) -> None:
    before = rows_of(serving, "predictions", "parcels")
    [path] = serving.lake("clean", "parcels").glob(f"ship_date={DAY}/*.parquet")
    path.write_bytes(path.read_bytes()[:-100])
    output = output_of(serving, *SCORE, code=4)
    assert missing_data(output, "error[unreadable-file]", path.name) == []
    assert rows_of(serving, "predictions", "parcels") == before
    assert len(serving.context().ledger.records("score")) == 1


def test_a_corrupt_entry_of_a_tables_log_is_refused_naming_it(own: Project) -> None:
    entry = max(own.lake("clean", "parcels").glob("_delta_log/*.json"))
    entry.write_text('{"add": {"path": "ship_d')
    output = output_of(own, *SCORE, code=4)
    assert entry.name in output
    assert not own.lake("predictions", "parcels").exists()


def test_a_backfill_after_a_newer_interval_and_late_data_each_redo_their_own_days_alone(own: Project) -> None:
    output_of(own, "score", "parcels", "--from", "2024-02-04", "--to", "2024-02-08", code=0)
    newer = rows_of(own, "predictions", "parcels")
    assert missing_data(output_of(own, *SCORE, code=0), "3 days") == [], "the backfill is executed"
    rows = rows_of(own, "predictions", "parcels")
    assert len(rows) == len({row[:2] for row in rows}) == 7 * 120
    assert [row for row in rows if str(row[0]) >= "2024-02-04"] == newer
    before = own.context().ledger.latest("score", "parcels")

    change(own.drop(str(DAY)), lambda lines: lines[:-1])
    assert missing_data(output_of(own, *CLEAN, "--from", "2024-02-01", "--to", "2024-02-08", code=0), "1 day") == []
    assert missing_data(output_of(own, *SCORE, code=0), "1 day") == [], (
        "what was scored on the late data is scored again"
    )
    after = own.context().ledger.latest("score", "parcels")
    assert {day for day in WEEK if after[day][0].run_id != before[day][0].run_id} == {DAY}
    assert len(rows_of(own, "predictions", "parcels")) == 7 * 120 - 1
