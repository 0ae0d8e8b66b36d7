"""Columns that are renamed, computed or left out, and encodings: what a schema may say, and where it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from assay.spec.checks.sql_expressions import sql_snippets
from assay.spec.project import Pipeline
from assay.spec.schema.table import TableSchema
from assay.spec.table_definition import definition_parts

from ...expect_errors import missing_data, rendered_places

Change = Callable[..., None]
Refusal = Callable[[], str]
RESULTS = "conf/schemas/results.yaml"
DELAY = "{name: delay, type: double, known: later}"


def schema(*columns: dict[str, Any], **more: Any) -> TableSchema:
    return TableSchema.model_validate({"columns": list(columns), **more})


def test_a_computed_column_comes_after_those_of_the_source_and_is_not_in_its_header() -> None:
    table = schema(
        {"name": "speed", "type": "double", "sql": "way / time"},
        {"name": "way", "type": "double", "source": "Weg (km)"},
        {"name": "time", "type": "double"},
    )
    assert table.names == ["way", "time", "speed"]
    assert table.header == ("Weg (km)", "time")


def test_left_out_names_and_all_do_not_touch_the_columns_that_are_kept() -> None:
    column = {"name": "a", "type": "int", "source": "A.1"}
    some, every = schema(column, left_out=["", "note"]), schema(column, left_out="all")
    assert [some.leaves_out(name) for name in ("", "note", "A.1", "a")] == [True, True, False, False]
    assert [every.leaves_out(name) for name in ("", "note", "A.1", "a")] == [True, True, False, True]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("latin-1", "iso8859-1"),
        ("ISO-8859-1", "iso8859-1"),
        ("windows-1252", "cp1252"),
        ("UTF8", "utf-8"),
        ("utf-16", "utf-16"),
    ],
)
def test_an_encoding_has_one_name_however_it_is_written(written: str, name: str) -> None:
    assert schema({"name": "a", "type": "int"}, encoding=written).encoding == name


@pytest.mark.parametrize("wrong", ["latin-11", "base64", "rot13", "idna", "utf-8\0", "", "unicode_escape"])
def test_what_is_no_encoding_of_a_file_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="no such encoding"):
        schema({"name": "a", "type": "int"}, encoding=wrong)


@pytest.mark.parametrize(
    ("column", "code", "place"),
    [
        ("{name: delay, type: double, source: d, sql: trip}", "bad-column", ":6:5"),
        ("{name: delay, type: date, format: yyyy, sql: trip}", "bad-column", ":6:5"),
        ("{name: delay, type: double, timezone: UTC}", "bad-column", ":6:5"),
        ("{name: delay, type: timestamp, timezone: Europe/Berlim}", "unknown-timezone", ":6:46"),
        ('{name: delay, type: double, source: "a\\nb"}', "bad-name", ":6:41"),
        ('{name: delay, type: double, sql: " "}', "empty", ":6:38"),
        ("{name: delay, type: double, source: air_time}", "duplicate-name", ":2:3"),
        (DELAY + "\nleft_out: [delay]", "duplicate-name", ":8:11"),
        (DELAY + "\nleft_out: [note, note]", "duplicate-name", ":8:11"),
        (DELAY + "\nleft_out: note", "bad-value", ":8:11"),
        (DELAY + "\nleft_out: [1]", "wrong-type", ":8:12"),
        (DELAY + "\nencoding: latin-11", "unknown-encoding", ":8:11"),
    ],
)
def test_each_mistake_is_shown_at_its_place_of_the_schema(
    change: Change, refusal: Refusal, column: str, code: str, place: str
) -> None:
    first, _, last = column.partition("\n")
    change(DELAY, first, in_=RESULTS)
    change("  - {name: landed_at, type: timestamp}\n", f"  - {{name: landed_at, type: timestamp}}\n{last}", in_=RESULTS)
    assert (code, f"{RESULTS}{place}") in [shown[:2] for shown in rendered_places(refusal())]


def test_keys_that_are_not_written_change_no_digest(change: Change, load: Callable[[], Pipeline]) -> None:
    before = load()
    written = "{name: delay, type: double, source: delay, known: later}"
    change(DELAY, written, in_=RESULTS)
    change("columns:", "left_out: []\nencoding: UTF-8\ncolumns:", in_=RESULTS)
    after = load()
    assert after.section_digest("tables.results") == before.section_digest("tables.results")
    assert definition_parts(after, "results") == definition_parts(before, "results")
    assert "source" not in definition_parts(before, "results")["from.schema"]


@pytest.mark.parametrize(
    "line",
    [
        "{name: delay, type: double, source: Delay, known: later}",
        '{name: delay, type: double, sql: "distance", known: later}',
        DELAY + "\nleft_out: all",
        DELAY + "\nencoding: latin-1",
    ],
)
def test_each_new_key_changes_the_digest_and_the_definition(
    change: Change, load: Callable[[], Pipeline], line: str
) -> None:
    before = load()
    first, _, last = line.partition("\n")
    change(DELAY, first, in_=RESULTS)
    change("  - {name: landed_at, type: timestamp}\n", f"  - {{name: landed_at, type: timestamp}}\n{last}", in_=RESULTS)
    after = load()
    assert after.section_digest("tables.results") != before.section_digest("tables.results")
    assert definition_parts(after, "results") != definition_parts(before, "results")


def test_the_sql_of_a_column_sees_the_columns_before_it(change: Change, load: Callable[[], Pipeline]) -> None:
    speed = '  - {name: speed, type: double, sql: "distance / air_time"}\n'
    fast = '  - {name: fast, type: boolean, sql: "speed > 9"}\n'
    change("  - {name: distance", f"{speed}{fast}  - {{name: distance", in_=RESULTS)
    pipeline = load()
    assert [name for name, _ in pipeline.columns("results")][-2:] == ["speed", "fast"]
    first, second = (snippet for snippet in sql_snippets(pipeline) if snippet.kind == "column")
    assert (first.type, second.type) == ("double", "boolean")
    assert "speed" not in dict(first.columns)
    assert "speed" in dict(second.columns)
    assert first.locate("air_time").file == RESULTS
    assert first.locate("air_time").line == 4


def test_a_partition_cannot_be_computed(change: Change, refusal: Refusal) -> None:
    change("{name: day, type: date}", '{name: day, type: date, sql: "current_date()"}', in_="conf/schemas/plan.yaml")
    assert rendered_places(refusal())[0][:2] == ("bad-partition", "conf/schemas/plan.yaml:2:34")
    assert missing_data(refusal(), "day", "plan") == []
