"""The instant at which a row became known: a column, SQL, or a time after the row's date."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.spec.checks.sql_expressions import sql_snippets
from assay.spec.json_schema import pipeline_json_schema
from assay.spec.project import Pipeline
from assay.spec.table_definition import definition_parts

from ...expect_errors import rendered_places

Change = Callable[..., None]
Load = Callable[[], Pipeline]
WRITTEN = "available_at: landed_at"
YAML = "conf/pipelines/trips.yaml"


def test_a_column_stays_the_column_that_it_is(load: Load) -> None:
    pipeline = load()
    assert pipeline.spec.tables["results"].available_at == "landed_at"
    assert pipeline.spec.tables["plan"].available_at is None
    assert "available_at" not in pipeline.schemas["results"].names
    assert definition_parts(pipeline, "results")["available_at"] == '"landed_at"'


def test_days_and_a_time_become_a_computed_column(change: Change, load: Load) -> None:
    change(WRITTEN, 'available_at: {days: 1, at: "06:30"}')
    pipeline = load()
    assert pipeline.spec.tables["results"].available_at == "available_at"
    assert pipeline.columns("results")[-1] == ("available_at", "timestamp")
    column = pipeline.schemas["results"].column("available_at")
    assert column is not None
    assert column.sql is not None
    assert [part in column.sql for part in ("`day`", "1", "06:30", "Europe/Berlin")] == [True] * 4


def test_sql_becomes_a_computed_column_that_is_analysed_at_its_place(change: Change, load: Load) -> None:
    change(WRITTEN, 'available_at: {sql: "landed_at + INTERVAL 1 HOUR"}')
    pipeline = load()
    assert pipeline.spec.tables["results"].available_at == "available_at"
    snippet = next(one for one in sql_snippets(pipeline) if one.kind == "column")
    assert (snippet.name, snippet.type, snippet.document.path) == ("available_at", "timestamp", YAML)
    assert snippet.locate("landed_at").line == 19


@pytest.mark.parametrize(
    "written",
    ['{sql: "landed_at"}', '{days: 1, at: "06:00"}', '{days: 1, at: "06:01"}', '{days: 2, at: "06:00"}'],
)
def test_another_instant_is_another_table(change: Change, load: Load, written: str) -> None:
    digests, parts = [load().section_digest("tables.results")], [definition_parts(load(), "results")]
    change(WRITTEN, 'available_at: {days: 3, at: "06:00"}')
    digests.append(load().section_digest("tables.results"))
    parts.append(definition_parts(load(), "results"))
    change('{days: 3, at: "06:00"}', written)
    digests.append(load().section_digest("tables.results"))
    parts.append(definition_parts(load(), "results"))
    assert len(set(digests)) == 3
    assert len({str(one) for one in parts}) == 3


@pytest.mark.parametrize(
    ("written", "code", "place"),
    [
        ("{}", "missing-key", ":19:19"),
        ("{days: 1}", "missing-key", ":19:19"),
        ('{days: 1, at: "06:00", sql: x}', "bad-available-at", ":19:19"),
        ('{days: -1, at: "06:00"}', "out-of-range", ":19:26"),
        ("{days: 1, at: 6}", "bad-time", ":19:33"),
        ('{days: "1 day", at: "06:00"}', "wrong-type", ":19:26"),
        ('{day: 1, at: "06:00"}', "unknown-key", ":19:20"),
        ('{sql: ""}', "empty", ":19:25"),
        ("[landed_at]", "wrong-type", ":19:19"),
        ("1", "wrong-type", ":19:19"),
        ("Landed At", "bad-name", ":19:19"),
    ],
)
def test_each_mistake_is_shown_at_its_place(
    change: Change, refusal: Callable[[], str], written: str, code: str, place: str
) -> None:
    change(WRITTEN, f"available_at: {written}")
    assert (code, YAML + place) in [shown[:2] for shown in rendered_places(refusal())]


def test_a_table_with_a_column_of_that_name_is_refused(change: Change, refusal: Callable[[], str]) -> None:
    change("name: landed_at", "name: Available_At", in_="conf/schemas/results.yaml")
    change(WRITTEN, 'available_at: {days: 1, at: "06:00"}')
    change("deduplicate_by: [landed_at DESC]", "deduplicate_by: [trip]")
    assert rendered_places(refusal())[0][:2] == ("duplicate-name", f"{YAML}:19:5")


def test_the_table_of_rows_has_no_such_instant_in_any_form(change: Change, refusal: Callable[[], str]) -> None:
    change("    suite: plan\n", '    suite: plan\n    available_at: {days: 0, at: "00:00"}\n')
    assert rendered_places(refusal())[0][:2] == ("known-later", f"{YAML}:16:5")


def test_the_json_schema_knows_all_forms() -> None:
    import jsonschema

    schema = pipeline_json_schema()
    one = {"$defs": schema["$defs"], **schema["$defs"]["TableSpec"]["properties"]["available_at"]}
    validator = jsonschema.Draft202012Validator(one)
    right = ["landed_at", {"sql": "x"}, {"days": 1, "at": "06:00"}]
    assert [validator.is_valid(value) for value in right] == [True] * 3
    wrong = ["Landed At", {"days": "1"}, {"day": 1, "at": "06:00"}, 3]
    assert [validator.is_valid(value) for value in wrong] == [False] * 4
