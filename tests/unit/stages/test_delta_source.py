"""A Delta table that other jobs fill is measured by date, and cleaning reads the version that landing pinned."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.errors import InfrastructureError, InputError
from assay.stages.ingest.clean import plan_clean
from assay.stages.ingest.land import land, manifests_to_clean, take_manifests
from assay.stages.ingest.sources.day_source import source_of
from assay.stages.ingest.sources.pins import TABLE_MANIFESTS
from assay.stages.operations.run import plan
from assay.stages.planning.tasks import Reason
from assay.stages.runtime.context import Context
from assay.store.landing.table_manifest import TableManifest
from assay.store.ledger.run_record import PartitionState, PartitionStatus

from ...expect_errors import raises_code
from ...filled_tables import FIRST, SECOND, THIRD, FilledTable, filled_table, parcels

DAYS = Interval(FIRST, date(2024, 1, 4))
TWO = Interval(FIRST, THIRD)


@pytest.fixture
def filled(tmp_path: Path, request: pytest.FixtureRequest) -> FilledTable:
    """Two days of parcels, in versions 0 and 1."""
    request.getfixturevalue("parcels")  # its environment
    made = filled_table(tmp_path / "copy", tmp_path)
    made.fill(FIRST, 3)
    made.fill(SECOND, 4)
    return made


def digests(ctx: Context, interval: Interval = TWO) -> dict[date, str]:
    return {day: manifest.digest for day, manifest in take_manifests(ctx, "parcels", interval).items()}


def versions(ctx: Context, interval: Interval = TWO) -> dict[date, int | None]:
    taken = manifests_to_clean(ctx, "parcels", interval)
    return {day: one.version for day, one in taken.items() if isinstance(one, TableManifest)}


def cleaned(ctx: Context, interval: Interval = TWO) -> None:
    """The record that a cleaning of the interval leaves."""
    tasks = plan_clean(ctx, "parcels", manifests_to_clean(ctx, "parcels", interval))
    states = {str(one.day): PartitionState(PartitionStatus.PUBLISHED, one.identity, {}) for one in tasks}
    ctx.ledger.append(ctx.record("c1", "clean", "parcels", interval, RunStatus.DONE, partitions=states))


def planned(ctx: Context, stages: list[str], interval: Interval = TWO) -> dict[date, Reason]:
    (step,) = [step for step in plan(ctx, interval, stages) if (step.stage, step.subject) == ("clean", "parcels")]
    tasks, _ = step.planned
    return {task.day: task.reason for task in tasks}


def test_landing_pins_the_version_and_writes_the_files_and_rows_of_each_date(filled: FilledTable) -> None:
    ctx = filled.context()
    outcome = land(ctx, "parcels", TWO)
    assert outcome.run_id is not None
    assert outcome.numbers == {"lines": 7}
    written = ctx.runs.read(outcome.run_id, TABLE_MANIFESTS)
    assert {day: (one.version, one.lines, len(one.files)) for day, one in written.items()} == {
        FIRST: (1, 3, 1),
        SECOND: (1, 4, 1),
    }
    assert written[FIRST].files[0].path.startswith("ship_date=2024-01-01/")
    assert land(ctx, "parcels", TWO).run_id is None


def test_a_day_whose_files_did_not_change_is_not_due_when_the_version_rises(filled: FilledTable) -> None:
    land(filled.context(), "parcels", TWO)
    cleaned(filled.context())
    filled.fill(THIRD, 2)
    assert planned(filled.context(), ["land", "clean"], DAYS) == {
        FIRST: Reason.DONE,
        SECOND: Reason.DONE,
        THIRD: Reason.NEVER_RUN,
    }
    outcome = land(filled.context(), "parcels", TWO)
    assert outcome.numbers == {"lines": 0}
    assert versions(filled.context()) == {FIRST: 2, SECOND: 2}
    assert planned(filled.context(), ["clean"]) == {FIRST: Reason.DONE, SECOND: Reason.DONE}


def test_a_day_that_was_rewritten_or_got_late_rows_is_due_again(filled: FilledTable) -> None:
    land(filled.context(), "parcels", TWO)
    cleaned(filled.context())
    filled.write(parcels(FIRST, 3, 9.0), mode="overwrite", predicate="ship_date = '2024-01-01'")
    assert planned(filled.context(), ["land", "clean"]) == {FIRST: Reason.INPUT_CHANGED, SECOND: Reason.DONE}
    filled.fill(SECOND, 1)
    assert planned(filled.context(), ["land", "clean"])[SECOND] is Reason.INPUT_CHANGED


def test_cleaning_reads_what_was_landed_although_the_table_went_on(filled: FilledTable) -> None:
    land(filled.context(), "parcels", TWO)
    before = digests(filled.context())
    filled.fill(FIRST, 1)
    ctx = filled.context()
    assert versions(ctx) == {FIRST: 1, SECOND: 1}
    assert {day: one.digest for day, one in manifests_to_clean(ctx, "parcels", TWO).items()} == before
    assert digests(ctx)[FIRST] != before[FIRST]


def test_a_day_that_was_not_landed_is_pinned_when_it_is_cleaned(filled: FilledTable) -> None:
    land(filled.context(), "parcels", Interval.of(FIRST))
    filled.fill(SECOND, 1)
    ctx = filled.context()
    assert versions(ctx) == {FIRST: 1, SECOND: 2}
    assert ctx.ledger.latest("land", "parcels")[SECOND][1].counts == {"lines": 5}
    filled.fill(SECOND, 1)
    assert versions(filled.context()) == {FIRST: 1, SECOND: 2}


def test_a_plan_writes_nothing(filled: FilledTable) -> None:
    planned(filled.context(), ["clean"])
    assert filled.context().ledger.latest("land", "parcels") == {}


def test_another_source_is_not_pinned_by_the_landings_of_the_one_before(filled: FilledTable) -> None:
    land(filled.context(), "parcels", TWO)
    filled.fill(THIRD, 1)
    filled.table.rename(filled.table.with_name("moved"))
    filled.rewrite("pipelines/parcels.yaml", "filled/parcels", "filled/moved")
    assert versions(filled.context()) == {FIRST: 2, SECOND: 2}


def test_a_version_whose_files_were_vacuumed_is_refused_with_what_to_do(filled: FilledTable) -> None:
    land(filled.context(), "parcels", TWO)
    filled.write(parcels(FIRST, 1), mode="overwrite", predicate="ship_date = '2024-01-01'")
    DeltaTable(filled.table).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    ctx = filled.context()
    with raises_code(InputError, "version-gone", "version 1", "assay land parcels --table parcels"):
        source_of(ctx, "parcels").cleaned(manifests_to_clean(ctx, "parcels", TWO))
    land(ctx, "parcels", TWO)
    newest = DeltaTable(filled.table).version()
    assert versions(filled.context()) == {FIRST: newest, SECOND: newest}


def test_a_version_whose_log_was_cleaned_up_is_refused(filled: FilledTable) -> None:
    land(filled.context(), "parcels", TWO)
    filled.fill(THIRD, 1)
    DeltaTable(filled.table).create_checkpoint()
    for name in ("0", "1"):
        (filled.table / "_delta_log" / f"{name:0>20}.json").unlink()
    ctx = filled.context()
    with raises_code(InputError, "version-gone", "version 1"):
        source_of(ctx, "parcels").cleaned(manifests_to_clean(ctx, "parcels", TWO))


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (lambda rows: rows.drop_columns(["boxes"]), "'boxes'"),
        (lambda rows: rows.set_column(3, "weight", rows["weight"].cast("string")), "'weight'"),
        (lambda rows: rows.append_column("colour", pa.array(["red"] * rows.num_rows)), "'colour'"),
        (lambda rows: rows.rename_columns(["ship_date", "parcel", "depot", "wieght", "boxes"]), "'wieght'"),
    ],
)
def test_a_column_that_is_missing_retyped_or_new_is_refused_by_its_name(
    filled: FilledTable, rows: object, named: str
) -> None:
    assert callable(rows)
    filled.write(rows(parcels(THIRD, 2)), mode="overwrite", schema_mode="overwrite")
    with raises_code(InputError, "changed-schema", named):
        land(filled.context(), "parcels", DAYS)


def test_narrower_numbers_are_read_as_the_schema_has_them(filled: FilledTable) -> None:
    rows = parcels(THIRD, 2)
    narrow = rows.set_column(1, "parcel", rows["parcel"].cast("int16")).set_column(
        3, "weight", rows["weight"].cast(pa.decimal128(9, 2))
    )
    filled.write(narrow, mode="overwrite", schema_mode="overwrite")
    assert set(digests(filled.context(), DAYS)) == {THIRD}


def test_a_table_that_is_not_there_is_a_mistake_or_a_disk_that_is_gone(tmp_path: Path, filled: FilledTable) -> None:
    filled.table.rename(tmp_path / "elsewhere")
    with raises_code(InputError, "no-source-table", "filled/parcels"):
        land(filled.context(), "parcels", TWO)
    (tmp_path / "elsewhere").rename(filled.table)
    land(filled.context(), "parcels", TWO)
    filled.table.rename(tmp_path / "elsewhere")
    with raises_code(InfrastructureError, "not-mounted", "filled/parcels"):
        land(filled.context(), "parcels", TWO)


@pytest.mark.parametrize(("date_of", "hint"), [("shipdate", "'ship_date'"), ("parcel", "to_date")])
def test_a_date_that_is_no_column_of_dates_is_refused(filled: FilledTable, date_of: str, hint: str) -> None:
    filled.rewrite("pipelines/parcels.yaml", "date: ship_date", f"date: {date_of}")
    with raises_code(InputError, "no-date-column", hint) as refused:
        land(filled.context(), "parcels", TWO)
    assert refused.value.location is not None


def test_a_day_without_rows_has_not_landed(filled: FilledTable) -> None:
    outcome = land(filled.context(), "parcels", DAYS)
    assert (outcome.exit_code, outcome.numbers["not_landed"]) == (2, ["2024-01-03"])
    with raises_code(InputError, "not-landed", "2024-01-03"):
        land(filled.context(), "parcels", Interval.of(THIRD))


def test_where_days_may_be_empty_one_between_two_others_is_empty(filled: FilledTable) -> None:
    filled.rewrite("pipelines/parcels.yaml", "suite: parcels\n", "suite: parcels\n    empty: allow\n")
    filled.fill(date(2024, 1, 5), 1)
    lines = {
        day: one.lines
        for day, one in take_manifests(filled.context(), "parcels", Interval(FIRST, date(2024, 1, 8))).items()
    }
    assert lines == {FIRST: 3, SECOND: 4, THIRD: 0, date(2024, 1, 4): 0, date(2024, 1, 5): 1}


def test_rows_without_a_date_belong_to_no_day(filled: FilledTable) -> None:
    before = digests(filled.context())
    filled.write(parcels(None, 5))
    assert digests(filled.context()) == before
    assert source_of(filled.context(), "parcels").dates() == [FIRST, SECOND]


def test_texts_of_dates_are_read_and_other_texts_are_refused(filled: FilledTable) -> None:
    rows = parcels(THIRD, 2)
    filled.write(
        rows.set_column(0, "ship_date", rows["ship_date"].cast("string")), mode="overwrite", schema_mode="overwrite"
    )
    assert set(digests(filled.context(), DAYS)) == {THIRD}
    filled.write(rows.set_column(0, "ship_date", pa.array(["20240103"] * 2)))
    with raises_code(InputError, "source-date", "'20240103'"):
        land(filled.context(), "parcels", DAYS)


def test_without_partitions_the_rows_of_a_date_identify_it(tmp_path: Path, filled: FilledTable) -> None:
    plain = FilledTable(filled.project, tmp_path / "plain")
    plain.fill(FIRST, 3, partition_by=None)
    plain.fill(SECOND, 4, partition_by=None)
    filled.rewrite("pipelines/parcels.yaml", "filled/parcels", "plain/filled/parcels")
    before = take_manifests(filled.context(), "parcels", TWO)
    assert {day: (one.lines, one.files) for day, one in before.items()} == {FIRST: (3, ()), SECOND: (4, ())}
    DeltaTable(plain.table).optimize.compact()
    plain.fill(SECOND, 1, partition_by=None)
    after = digests(filled.context())
    assert after[FIRST] == before[FIRST].digest
    assert after[SECOND] != before[SECOND].digest
    assert source_of(filled.context(), "parcels").dates() == [FIRST, SECOND]
