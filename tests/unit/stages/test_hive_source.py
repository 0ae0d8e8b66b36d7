"""A Hive table is measured by date: by the files of its partitions, or by its rows; the catalog is a stand-in."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assay.core.interval import Interval
from assay.core.table_snapshot import DayContent, SourceFile
from assay.errors import InfrastructureError, InputError
from assay.spark.sources import hive_tables, table_rows
from assay.spec.project import load_pipeline, open_project
from assay.stages.ingest.land import land, take_manifests
from assay.stages.ingest.sources.day_source import source_of
from assay.stages.runtime.context import Context

from ...expect_errors import raises_code
from ...filled_tables import FIRST, FROM, PARCELS, SECOND, THIRD

TWO = Interval(FIRST, THIRD)
TYPES = {"ship_date": "string", "parcel": "bigint", "depot": "string", "weight": "double", "boxes": "int"}


@dataclass
class FakeCatalog:
    """A table with files by date; it counts the dates whose rows were counted."""

    types: dict[str, str] = field(default_factory=lambda: dict(TYPES))
    files: dict[str, list[SourceFile]] = field(default_factory=dict)
    digests: dict[date, DayContent] = field(default_factory=dict)
    partitioned: list[str] = field(default_factory=lambda: ["ship_date"])
    exists: bool = True
    wrong: str | None = None
    counted: list[date] = field(default_factory=list)

    @property
    def dtypes(self) -> list[tuple[str, str]]:
        return list(self.types.items())

    def files_in(self, _: object, folders: Iterable[str]) -> tuple[SourceFile, ...]:
        return tuple(file for folder in folders for file in self.files[folder])

    def count_days(self, _: object, column: str, days: Sequence[date]) -> dict[date, int]:
        assert column == "ship_date"
        self.counted = list(days)
        return {day: 10 * len(self.files[str(day)]) for day in days}


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> FakeCatalog:
    made = FakeCatalog(files={str(day): [SourceFile(f"{day}/a", 9, 1)] for day in (FIRST, SECOND)})
    replaced: dict[str, Any] = {
        "table_exists": lambda *_: made.exists,
        "hive_frame": lambda *_: made,
        "partition_columns": lambda *_: made.partitioned,
        "partitions_of": lambda *_: [{"ship_date": day} for day in [*made.files, "__HIVE_DEFAULT_PARTITION__"]],
        "folder_of": lambda _, __, partition: partition["ship_date"],
        "files_in": made.files_in,
        "count_days": made.count_days,
        "text_that_is_no_date": lambda *_: made.wrong,
    }
    for name, function in replaced.items():
        monkeypatch.setattr(hive_tables, name, function)
    monkeypatch.setattr(table_rows, "digests_by_sql", lambda *_: dict(made.digests))
    monkeypatch.setattr(table_rows, "dates_by_sql", lambda *_: sorted(made.digests))
    return made


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    root = tmp_path / "project"
    shutil.copytree(PARCELS, root)
    monkeypatch.syspath_prepend(str(root))
    spec = root / "conf" / "pipelines" / "parcels.yaml"
    source = "{table: warehouse.parcels, format: hive, schema: parcels, date: Ship_Date}"
    spec.write_text(spec.read_text().replace(FROM, source))
    return root


@pytest.fixture
def ctx(project: Path, catalog: FakeCatalog) -> Context:  # noqa: ARG001 - the table of the catalog
    return new_run(project)


def new_run(project: Path) -> Context:
    ctx = Context(load_pipeline(open_project(project), "parcels"))
    spark: Any = object()
    ctx.open_spark = lambda _: spark
    return ctx


def test_a_partitioned_date_is_known_by_its_files_and_counted_once(
    ctx: Context, project: Path, catalog: FakeCatalog
) -> None:
    assert land(ctx, "parcels", TWO).numbers == {"lines": 20}
    assert catalog.counted == [FIRST, SECOND]
    catalog.files[str(SECOND)].append(SourceFile(f"{SECOND}/b", 9, 2))
    catalog.files[str(THIRD)] = [SourceFile(f"{THIRD}/a", 9, 1)]
    again = new_run(project)
    assert land(again, "parcels", TWO).numbers == {"lines": 20}
    assert catalog.counted == [SECOND], "the files of the first day are as they were"
    assert source_of(again, "parcels").dates() == [FIRST, SECOND, THIRD]
    assert source_of(again, "parcels").newest(SECOND) == SECOND


def test_a_date_whose_files_change_after_they_were_listed_is_refused(ctx: Context, catalog: FakeCatalog) -> None:
    manifests = take_manifests(ctx, "parcels", TWO)
    source = source_of(ctx, "parcels")
    source.refuse_changed(manifests)
    catalog.files[str(SECOND)] = [SourceFile(f"{SECOND}/a", 9, 2)]
    with raises_code(InfrastructureError, "file-changed", SECOND):
        source.refuse_changed(manifests)


def test_without_partitions_a_date_is_known_by_its_rows(ctx: Context, catalog: FakeCatalog) -> None:
    catalog.partitioned = []
    catalog.digests = {FIRST: DayContent(3, (), "a"), SECOND: DayContent(4, (), "b")}
    manifests = take_manifests(ctx, "parcels", TWO)
    assert {day: one.lines for day, one in manifests.items()} == {FIRST: 3, SECOND: 4}
    source = source_of(ctx, "parcels")
    source.refuse_changed(manifests)
    catalog.digests[FIRST] = DayContent(3, (), "c")
    with raises_code(InfrastructureError, "file-changed", FIRST):
        source.refuse_changed(manifests)
    catalog.wrong = "1 May"
    with raises_code(InputError, "source-date", "1 May"):
        take_manifests(ctx, "parcels", TWO)


def test_a_table_that_is_missing_or_has_other_columns_is_refused(ctx: Context, catalog: FakeCatalog) -> None:
    catalog.types["colour"] = "string"
    with raises_code(InputError, "changed-schema", "'colour'"):
        land(ctx, "parcels", TWO)
    del catalog.types["colour"], catalog.types["ship_date"]
    with raises_code(InputError, "no-date-column"):
        land(ctx, "parcels", TWO)
    catalog.exists = False
    with raises_code(InputError, "no-source-table", "warehouse.parcels", "hive.metastore.uris"):
        land(ctx, "parcels", TWO)
    assert source_of(ctx, "parcels").dates() == []
