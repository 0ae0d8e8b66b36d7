"""Quarantined records that a person repaired are read in the place of what landed: in each format, and only once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, orc, parquet
from pyspark.sql import SparkSession

from assay.core.interval import Interval
from assay.spark.tables.delta_tables import read_table
from assay.stages.ingest.clean import clean, plan_clean
from assay.stages.ingest.land import land, manifests_to_clean
from assay.stages.ingest.quarantine import RefusedRecord, quarantined
from assay.stages.ingest.replay import replay, undo
from assay.stages.planning.tasks import Reason
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.tables.repair_lines import RepairLine
from assay.store.failpoints import SimulatedCrash
from assay.store.ledger.run_details import CleaningDetails
from assay.store.ledger.table_repairs import TableRepairs

from ..filled_tables import FIRST, FROM, PARCELS, SECOND, THIRD, FilledTable, filled_table, parcels

TWO = Interval(FIRST, THIRD)
COLUMNS = ("ship_date", "parcel", "depot", "weight", "boxes")
ROWS = 9
Change = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Landing:
    """A project whose first day has five good rows, two that a rule refuses, one without a key, and one key twice."""

    made: FilledTable
    kind: str
    spark: SparkSession

    def context(self, why: str = "the depot has sent the right weight") -> Context:
        ctx = self.made.context()
        ctx.open_spark, ctx.why = (lambda _: self.spark), why
        return ctx

    def drop(self, rows: pa.Table, day: date = FIRST) -> None:
        """Let the rows be all that lands of a day."""
        if self.kind == "delta":
            self.made.write(rows, mode="overwrite", predicate=f"ship_date = '{day}'")
            return
        folder = self.made.home / "landing" / "parcels" / str(day)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"parcels.{self.kind}"
        if self.kind == "csv":
            csv.write_csv(rows, path, csv.WriteOptions(quoting_style="none"))
        elif self.kind == "jsonl":
            path.write_text("".join(json.dumps(one, default=str) + "\n" for one in rows.to_pylist()))
        else:
            (parquet if self.kind == "parquet" else orc).write_table(rows, path)

    def clean(self, interval: Interval = TWO) -> StageOutcome:
        land(self.context(), "parcels", interval)
        return clean(self.context(), "parcels", interval)

    def refused(self, day: date = FIRST) -> list[RefusedRecord]:
        return list(quarantined(self.context(), "parcels", day).records)

    def repaired(self, one: RefusedRecord, **changes: Any) -> RepairLine:
        """The line of a record with other values, in the form of its source."""
        if self.kind == "csv":
            fields = dict(zip(COLUMNS, one.record.split(","), strict=True)) | changes
            text = ",".join(str(value) for value in fields.values())
        else:
            text = json.dumps(json.loads(one.record) | changes)
        return RepairLine(Path("refused.jsonl"), 1, one.place.id, text)

    def all_repaired(self) -> list[RepairLine]:
        """The lines with which every refused record of the first day is good."""
        by_reason: dict[str, dict[str, Any]] = {
            "absurd": {"weight": 7.5},
            "null_key": {"parcel": 70},
            "duplicate": {"parcel": 80},
        }
        return [self.repaired(one, **by_reason[one.reason]) for one in self.refused()]

    def reasons(self) -> dict[date, Reason]:
        ctx = self.context()
        return {one.day: one.reason for one in plan_clean(ctx, "parcels", manifests_to_clean(ctx, "parcels", TWO))}

    def rows(self, kind: str = "clean", day: date = FIRST) -> list[tuple[Any, ...]]:
        frame = read_table(self.spark, self.made.home / "lake" / kind / "parcels").where(f"ship_date = '{day}'")
        names = ("parcel", "depot", "weight", "boxes") if kind == "clean" else ("reason", "raw")
        return sorted(tuple(row) for row in frame.select(*names).collect())

    def newest(self) -> CleaningDetails:
        return self.context().ledger.records("clean", "parcels")[-1].details_as(CleaningDetails)


def broken() -> pa.Table:
    rows = parcels(FIRST, ROWS)
    weights = [2.5, 2.5, 2.5, 2.5, 2.5, 9_999.0, 8_888.0, 2.5, 2.5]
    numbers = [0, 1, 2, 3, 4, 5, 6, None, 4]
    columns = {"parcel": pa.array(numbers, pa.int64()), "weight": pa.array(weights)}
    for name, values in {**columns, "boxes": pa.array([1] * ROWS, pa.int32())}.items():
        rows = rows.set_column(rows.schema.get_field_index(name), name, values)
    return rows


@pytest.fixture(params=["csv", "jsonl", "parquet", "orc", "delta"])
def every(request: pytest.FixtureRequest, tmp_path: Path, spark: SparkSession) -> Landing:
    return landed_as(request, request.param, tmp_path, spark)


@pytest.fixture
def lines(request: pytest.FixtureRequest, tmp_path: Path, spark: SparkSession) -> Landing:
    """A landing of CSV files."""
    return landed_as(request, "csv", tmp_path, spark)


def landed_as(request: pytest.FixtureRequest, kind: str, home: Path, spark: SparkSession) -> Landing:
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    patch.setenv("ASSAY_HOME", str(home))
    patch.syspath_prepend(str(PARCELS))
    made = filled_table(home / "copy", home)
    made.rewrite("pipelines/parcels.yaml", "    suite: parcels\n", "")
    if kind != "delta":
        delta = "{table: filled/parcels, format: delta, schema: parcels, date: ship_date}"
        made.rewrite("pipelines/parcels.yaml", delta, FROM.replace("format: csv", f"format: {kind}"))
    landing = Landing(made, kind, spark)
    if kind == "delta":
        made.write(broken())
        made.fill(SECOND, 4)
    else:
        landing.drop(broken())
        landing.drop(parcels(SECOND, 4), SECOND)
    landing.clean()
    return landing


def test_repaired_records_are_published_in_their_partition_and_the_account_still_holds(every: Landing) -> None:
    before = every.rows()
    assert sorted(one.reason for one in every.refused()) == ["absurd", "absurd", "duplicate", "null_key"]
    outcome = replay(every.context(), "parcels", FIRST, every.all_repaired())
    assert outcome.numbers == {"repairs": 4}
    assert "assay clean parcels --table parcels --date 2024-01-01" in outcome.sentence
    assert every.reasons() == {FIRST: Reason.REPAIRS_CHANGED, SECOND: Reason.DONE}
    numbers = every.clean().numbers
    assert {name: numbers[name] for name in ("in", "out", "quarantined", "replayed", "unfit")} == {
        "in": ROWS, "out": ROWS, "quarantined": 0, "replayed": 4, "unfit": 0,
    }  # fmt: skip
    assert every.rows("quarantine") == []
    added = [(5, "MUC", 7.5, 1), (6, "HAM", 7.5, 1), (70, "MUC", 2.5, 1), (80, "HAM", 2.5, 1)]
    assert every.rows() == sorted([*before, *added])
    [origin] = every.newest().replayed[FIRST].origins
    assert origin.why == "the depot has sent the right weight"
    assert every.clean().run_id is None, "nothing is due"


def test_a_repaired_record_that_is_refused_again_keeps_its_id_and_a_later_repair_of_it_wins(every: Landing) -> None:
    landed = every.refused()
    first = next(one for one in landed if "9999" in one.record)
    replay(every.context(), "parcels", FIRST, [every.repaired(first, weight=5_555.0)])
    assert every.clean().numbers["quarantined"] == 4
    again = next(one for one in every.refused() if "5555" in one.record)
    assert (again.place, again.reason) == (first.place, "absurd")
    assert len({one.place.id for one in every.refused()}) == 4
    replay(every.context(), "parcels", FIRST, [every.repaired(again, weight=5.0)])
    assert every.clean().numbers["quarantined"] == 3
    assert (5, "MUC", 5.0, 1) in every.rows()
    undo(every.context("wrong after all"), "parcels", FIRST)
    assert every.reasons()[FIRST] is Reason.REPAIRS_CHANGED
    assert every.clean().numbers["quarantined"] == 4
    assert every.refused() == landed


def test_a_repair_whose_record_the_source_has_replaced_is_not_applied_and_counted(every: Landing) -> None:
    replay(every.context(), "parcels", FIRST, every.all_repaired())
    weights = pa.array([2.5] * 6 + [8_888.0] + [2.5] * 2)
    rows = broken()
    every.drop(rows.set_column(rows.schema.get_field_index("weight"), "weight", weights))
    outcome = every.clean()
    assert (outcome.exit_code, outcome.numbers["replayed"], outcome.numbers["unfit"]) == (0, 3, 1)
    assert (outcome.numbers["in"], outcome.numbers["out"]) == (ROWS, ROWS)
    assert [row[2] for row in every.rows() if row[0] == 5] == [2.5]
    assert every.newest().replayed[FIRST].unfit == 1


def test_killed_at_every_point_no_row_is_lost_or_doubled(lines: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    before, repairs = lines.rows(), lines.all_repaired()
    stored = TableRepairs(lines.made.home / "lake", "parcels")

    def crashed(point: str, act: Callable[[], object]) -> None:
        with pytest.raises(SimulatedCrash), monkeypatch.context() as patch:
            patch.setenv("ASSAY_CRASH_AT", point)
            act()

    def replayed() -> StageOutcome:
        return replay(lines.context(), "parcels", FIRST, repairs)

    crashed("replay:before-document", replayed)
    assert stored.history() == []
    crashed("replay:after-document", replayed)
    assert replayed().status == "skipped"
    assert len(stored.history()) == 1, "the same repairs are kept once"
    for point in ("clean:before-tasks", "clean:after-files"):
        crashed(point, lambda: clean(lines.context(), "parcels", TWO))
        assert lines.rows() == before
    crashed("clean:after-commit", lambda: clean(lines.context(), "parcels", TWO))
    assert clean(lines.context(), "parcels", TWO).run_id is None, "the commit is found and recorded"
    assert [row[0] for row in lines.rows()] == [0, 1, 2, 3, 4, 5, 6, 70, 80]
    assert lines.rows("quarantine") == []
    assert lines.newest().replayed[FIRST].rows == 4


def test_equal_records_of_a_file_are_repaired_one_by_one(lines: Landing) -> None:
    text = "2024-01-01,1,HAM,9999,1\n"
    path = lines.made.home / "landing" / "parcels" / str(FIRST) / "parcels.csv"
    path.write_text(",".join(COLUMNS) + "\n" + text * 3 + "2024-01-01,2,HAM\n" + "2024-01-01,3,HAM,1,1\n")
    assert lines.clean().numbers["quarantined"] == 4
    same = [one for one in lines.refused() if one.reason == "absurd"]
    assert [one.place.occurrence for one in same] == [0, 1, 2]
    short = next(one for one in lines.refused() if one.reason == "malformed")
    whole = RepairLine(Path("refused.jsonl"), 1, short.place.id, '2024-01-01,2,"HAM,\r\nwharf ""7""",1,1')
    replay(lines.context(), "parcels", FIRST, [lines.repaired(same[1], weight=1.5), whole])
    assert lines.clean().numbers["quarantined"] == 2
    left = [one.place.occurrence for one in lines.refused()]
    assert left == [0, 2], "the ids of those that were not repaired are as before"
    assert (2, 'HAM,\r\nwharf "7"', 1.0, 1) in lines.rows()


def test_rows_that_a_cleaning_function_made_are_counted_apart_and_its_input_is_repaired(lines: Landing) -> None:
    named = "    function: parcel_code.cleaning:unchanged\n    rules:\n"
    lines.made.rewrite("pipelines/parcels.yaml", "    rules:\n", named)
    path = lines.made.home / "landing" / "parcels" / str(FIRST) / "parcels.csv"
    path.write_text(path.read_text() + "2024-01-01,9,HAM,heavy,1\n")
    assert lines.clean().numbers["quarantined"] == 5
    rows = quarantined(lines.context(), "parcels", FIRST)
    assert (rows.made, [one.reason for one in rows.records]) == (4, ["type:weight"])
    replay(lines.context(), "parcels", FIRST, [lines.repaired(rows.records[0], weight=3.25)])
    numbers = lines.clean().numbers
    assert (numbers["replayed"], numbers["quarantined"], numbers["in"]) == (1, 4, ROWS + 1)
    assert (9, "HAM", 3.25, 1) in lines.rows()
