"""The address of a table in an object store goes to delta-rs and to Spark as it is written, and no option with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import deltalake
import pytest

from assay.connections import source_address, source_is_there, source_table_of
from assay.spark.sources.table_rows import delta_frame
from assay.spec.project import Project, open_project
from assay.spec.schema.source import Source
from assay.store.delta.source_table import SourceTable

PARCELS = Path(__file__).parents[1] / "projects" / "parcels"
ADDRESSES = [
    "s3a://bucket/lake/parcels",
    "abfss://container@account.dfs.core.windows.net/lake/parcels",
    "gs://bucket/parcels",
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    return open_project(PARCELS)


def source(table: str, kind: str = "delta") -> Source:
    return Source.model_validate({"table": table, "format": kind, "schema": "parcels", "date": "ship_date"})


class Calls(list[tuple[Any, ...]]):
    """The calls of delta-rs and of Spark's reader, with all their arguments."""

    def open_table(self, *arguments: Any, **options: Any) -> Calls:
        self.append(("DeltaTable", arguments, options))
        return self

    @property
    def read(self) -> Calls:
        return self

    def format(self, name: str) -> Calls:
        self.append(("format", name))
        return self

    def option(self, name: str, value: object) -> Calls:
        self.append(("option", name, value))
        return self

    def load(self, address: str) -> Calls:
        self.append(("load", address))
        return self


@pytest.mark.parametrize("address", ADDRESSES)
def test_delta_rs_and_spark_get_the_address_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    calls = Calls()
    monkeypatch.setattr(deltalake, "DeltaTable", calls.open_table)
    place = source_table_of(project, source(address))
    assert place == source_address(project, source(address)) == address
    assert source_is_there(project, Path("/nowhere"), source(address))
    _ = SourceTable(place, 3).opened
    frame: Any = delta_frame(calls, address, 3)  # type: ignore[arg-type]
    assert frame is calls
    assert calls == [
        ("DeltaTable", (address,), {"version": 3}),
        ("format", "delta"),
        ("option", "versionAsOf", 3),
        ("load", address),
    ]


def test_a_name_of_a_catalog_is_no_path(project: Project) -> None:
    assert source_address(project, source("warehouse.parcels", "hive")) == "warehouse.parcels"
    assert source_is_there(project, Path("/nowhere"), source("warehouse.parcels", "hive"))
