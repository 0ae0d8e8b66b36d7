"""Faults of what upstream sent, through the command line: the exit code, the error, and the state after it."""

from __future__ import annotations

import json
import shutil
from datetime import date

from ..expect_errors import error_codes, missing_data
from .commands import BOTH, CLEAN, change, output_of, reweighed, status_of
from .conftest import Project
from .table_rows import rows_of


def test_a_day_sent_again_under_the_next_date_is_refused_naming_both_files(owned: Project) -> None:
    shutil.copy(owned.drop(), owned.drop("2024-01-02"))
    output = output_of(owned, *CLEAN, *BOTH, code=2)
    assert "parcels/2024-01-01/parcels.csv" in output
    assert missing_data(output, "error[duplicate-drop]", "landing/parcels/2024-01-02/parcels.csv") == []


def test_a_text_of_two_lines_is_one_row_and_what_cannot_be_read_keeps_its_text(owned: Project) -> None:
    path = owned.drop()
    lines = path.read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace(lines[1].split(",")[2], '"HAM,\nwharf ""7"""')
    lines[2] = lines[2].replace(lines[2].split(",")[2], "BER\0")
    path.write_text("".join([*lines, '"ship_date","parcel","depot","weight","boxes"\n', '2024-01-01,7,"BER,3.5,1\n']))
    output = output_of(owned, *CLEAN, "--date", "2024-01-01", code=0)
    assert missing_data(output, "122 rows", "119", "3") == []
    rows = rows_of(owned, "clean", "parcels")
    assert [row[2] for row in rows if "HAM," in str(row[2])] == ['HAM,\nwharf "7"']
    refused = {row[1]: row[2] for row in rows_of(owned, "quarantine", "parcels")}
    assert refused == {
        "malformed": '"ship_date","parcel","depot","weight","boxes"',
        "nul_byte": lines[2].strip().replace("\0", r"\x00"),
        "unclosed_quote": '2024-01-01,7,"BER,3.5,1',
    }


def test_rows_that_come_twice_are_published_once_and_the_rest_is_quarantined(owned: Project) -> None:
    change(owned.drop(), lambda lines: [lines[0], *lines[1:] * 2])
    output = output_of(owned, *CLEAN, "--date", "2024-01-01", code=0)
    assert missing_data(output, "240 rows", "120") == []
    [record] = owned.context().ledger.records("clean")
    assert record.details["rules"]["quarantined"] == {"duplicate": 120}
    assert len({row[:2] for row in rows_of(owned, "clean", "parcels")}) == 120
    change(owned.drop(), lambda lines: lines[:121])
    output_of(owned, *CLEAN, "--date", "2024-01-01", code=0)
    assert rows_of(owned, "quarantine", "parcels") == [], "what is refused no more is quarantined no more"


def test_a_retyped_column_is_named_with_an_example(owned: Project) -> None:
    change(owned.drop(), reweighed(*["heavy"] * 100))
    output = output_of(owned, *CLEAN, "--date", "2024-01-01", code=2)
    assert missing_data(output, "error[column-retyped]", "weight", "2024-01-01", "100", "120") == []
    assert missing_data(output, "heavy") == []
    assert not owned.lake("clean", "parcels").exists()


def test_a_file_that_changes_while_it_is_cleaned_is_never_published(owned: Project) -> None:
    owned.edit("    rules:\n", "    function: parcel_code.cleaning:overtaken\n    rules:\n")
    output = output_of(owned, *CLEAN, "--date", "2024-01-01", code=4)
    assert missing_data(output, "error[file-changed]", "landing/parcels/2024-01-01/parcels.csv") == []
    assert not owned.lake("clean", "parcels").exists()
    assert owned.context().ledger.records("clean") == []


def test_an_empty_day_is_published_empty_where_the_spec_allows_it_and_leaves_no_stale_row(owned: Project) -> None:
    owned.edit("    suite: parcels\n", "    suite: parcels\n    empty: allow\n")
    output_of(owned, *CLEAN, *BOTH, code=0)
    change(owned.drop(), lambda lines: lines[:1])
    output_of(owned, *CLEAN, *BOTH, code=0)
    assert {row[0] for row in rows_of(owned, "clean", "parcels")} == {"2024-01-02"}
    state = owned.context().ledger.latest("clean", "parcels")[date(2024, 1, 1)]
    assert (state[1].state, state[1].counts["out"]) == ("published", 0)
    explained = json.loads(owned.here("explain", state[0].run_id, "--json").stdout)["verdict"]["2024-01-01"]
    assert (explained["status"], explained["action"]) == ("warn", "publish")


def test_a_held_day_is_released_by_a_reason_alone(owned: Project) -> None:
    change(owned.drop(), lambda lines: [lines[0], *[line.replace("HAM", "XXX") for line in lines[1:]]])
    assert missing_data(output_of(owned, *CLEAN, *BOTH, code=3), "1 held", "2024-01-01") == []
    assert status_of(owned)["tables"]["parcels"]["held"] == ["2024-01-01"]
    release = ("release", "parcels", "--date", "2024-01-01")
    assert error_codes(output_of(owned, *release, code=2)) == ["no-reason"]
    assert missing_data(output_of(owned, "release", "parcel", *release[2:], code=2), "parcel") == []
    because = ("--reason", "the depot was renamed")
    output = output_of(owned, *release, *because, code=0)
    assert missing_data(output, "2024-01-01", "the depot was renamed") == []
    again = output_of(owned, *release, *because, code=2)
    assert (error_codes(again), missing_data(again, "published")) == (["not-held"], [])
    assert len(rows_of(owned, "clean", "parcels")) == 240
    assert status_of(owned)["tables"]["parcels"]["held"] == []
