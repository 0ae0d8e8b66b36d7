"""A source is a folder of files or a table, and the keys of one are refused for the other."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from assay.errors import InputError
from assay.spec.checks.source_columns import check_source_columns, type_name
from assay.spec.schema.source import Source
from assay.spec.schema.table import TableSchema

from ...expect_errors import raises_code

FILES: dict[str, Any] = {"path": "landing/flights", "format": "csv", "schema": "flights"}
TABLE: dict[str, Any] = {"table": "lake/flights", "format": "delta", "schema": "flights", "date": "fl_date"}
HIVE: dict[str, Any] = {**TABLE, "table": "warehouse.flights", "format": "hive"}


@pytest.mark.parametrize("written", [FILES, TABLE, HIVE])
def test_a_source_is_stored_with_the_keys_of_its_kind_alone(written: dict[str, Any]) -> None:
    assert Source.model_validate(written).model_dump(mode="json", by_alias=True) == written


@pytest.mark.parametrize(
    "written",
    [
        {**FILES, "table": "x"},
        {**FILES, "date": "x"},
        {**FILES, "format": "delta"},
        {"format": "csv", "schema": "flights"},
        {**TABLE, "format": "csv"},
        {**TABLE, "path": "x"},
        {**HIVE, "table": "flights"},
        {**HIVE, "table": "/data/flights"},
        {key: value for key, value in HIVE.items() if key != "date"},
        {key: value for key, value in TABLE.items() if key != "date"},
        {key: value for key, value in TABLE.items() if key != "table"},
    ],
)
def test_keys_of_the_other_kind_are_refused(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        Source.model_validate(written)
    assert [one["ctx"]["code"] for one in refused.value.errors()] == ["bad-source"]


def columns(**types: str) -> TableSchema:
    return TableSchema.model_validate({"columns": [{"name": name, "type": kind} for name, kind in types.items()]})


@pytest.mark.parametrize(
    ("wanted", "source_type"),
    [
        ("int", "short"),
        ("long", "integer"),
        ("double", "float"),
        ("double", "decimal(15,2)"),
        ("timestamp", "timestamp_ntz"),
        ("string", type_name("varchar(12)")),
    ],
)
def test_types_that_keep_every_value_are_read(wanted: str, source_type: str) -> None:
    assert check_source_columns(columns(one=wanted), {"ONE": source_type}, "t") == {"one": "ONE"}


@pytest.mark.parametrize(
    ("wanted", "source_type"),
    [
        ("int", "long"),
        ("double", "decimal(16,2)"),
        ("double", "long"),
        ("long", "string"),
        ("string", "long"),
        ("date", "timestamp"),
        ("date", "string"),
        ("timestamp", "date"),
        ("string", "struct"),
    ],
)
def test_types_that_may_change_a_value_are_refused(wanted: str, source_type: str) -> None:
    with raises_code(InputError, "changed-schema", "'one'", source_type):
        check_source_columns(columns(one=wanted), {"one": source_type}, "t")


def test_the_column_of_the_date_may_be_a_text_and_need_not_be_in_the_schema() -> None:
    assert check_source_columns(columns(day="date"), {"day": "string"}, "t", "day") == {"day": "day"}
    assert check_source_columns(columns(one="int"), {"one": "integer", "day": "string"}, "t", "day") == {"one": "one"}
