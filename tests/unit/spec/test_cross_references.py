from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.errors import InputError, SpecErrors
from assay.spec.checks.sql_expressions import sql_snippets
from assay.spec.project import Pipeline
from assay.spec.yaml.document import locate_in

from ...expect_errors import missing_data, rendered_places

Change = Callable[..., None]
Refusal = Callable[[], str]


def test_an_unknown_table_is_shown_with_the_one_that_was_meant(change: Change, refusal: Refusal) -> None:
    change("rows: plan", "rows: plans")
    assert rendered_places(refusal()) == [("unknown-table", "conf/pipelines/trips.yaml:23:53", "plans")]
    assert missing_data(refusal(), "plans", "plan") == []


def test_a_known_later_column_cannot_reach_rows(change: Change, refusal: Refusal) -> None:
    change("{name: target, type: string}", "{name: target, type: string, known: later}", in_="conf/schemas/plan.yaml")
    assert rendered_places(refusal()) == [("known-later", "conf/schemas/plan.yaml:5:41", "later")]
    assert missing_data(refusal(), "target", "plan", "available_at") == []


def test_a_key_column_that_the_schema_does_not_have_is_refused(change: Change, refusal: Refusal) -> None:
    change("key: [day, trip]\n    rules", "key: [day, tripp]\n    rules")
    shown = refusal()
    assert ("unknown-column", "conf/pipelines/trips.yaml:12:16", "tripp") in rendered_places(shown)
    assert missing_data(shown, "tripp", "plan", "trip") == []


def test_the_column_of_an_order_is_underlined_alone(change: Change, refusal: Refusal) -> None:
    change("deduplicate_by: [landed_at DESC]", "deduplicate_by: [trip, landedat DESC]")
    assert rendered_places(refusal()) == [("unknown-column", "conf/pipelines/trips.yaml:20:28", "landedat")]
    assert missing_data(refusal(), "landedat", "results", "landed_at") == []


@pytest.mark.parametrize(
    ("old", "new", "code", "named"),
    [
        ("available_at: landed_at", "available_at: landed", "unknown-column", ["landed"]),
        ("available_at: landed_at", "available_at: delay", "bad-available-at", ["delay", "results"]),
        ("deduplicate_by: [landed_at DESC]", "deduplicate_by: [rand()]", "bad-order", ["rand()"]),
        ("slices: [origin]", "slices: [orgin]", "unknown-column", ["orgin"]),
        ("slices: [origin]", "slices: [origin, origin]", "duplicate-name", ["origin"]),
        ("slices: [origin]", "slices: [delay]", "unknown-column", ["delay", "plan"]),
        ("{results: 7 days}", "{result: 7 days}", "unknown-table", ["result"]),
        ("{results: 7 days}", "{plan: 7 days}", "no-available-at", ["plan", "available_at"]),
        ("label: {from: results", "label: {from: result", "unknown-table", ["result"]),
        ("label: {from: results", "label: {from: plan", "no-available-at", ["plan"]),
        ("name: late", "name: origin", "duplicate-name", ["origin", "plan"]),
        ("name: late", "name: delay", "duplicate-name", ["delay", "results"]),
        ("name: late", "name: score", "reserved-name", ["score"]),
        ("window: 60 days", "window: 60 days, validation: 60 days", "bad-window", ["60"]),
        ("pipeline: trips", "pipeline: trip", "wrong-name", ["trip"]),
        ("suite: plan", "suite: plann", "missing-file", ["plann"]),
        ("schema: plan", "schema: plann", "missing-file", ["plann"]),
        ("    suite: plan\n", "    available_at: target\n", "known-later", ["available_at"]),
        ("key: [day, trip]\n    available_at", "key: [trip]\n    available_at", "bad-partition", []),
        ("[day, trip]\n    available_at", "[day, trip, delay]\n    available_at", "different-keys", ["delay"]),
        ("key: [day, trip]\n    available_at", "key: [day, trip, day]\n    available_at", "duplicate-name", []),
        ("    suite: plan\n", "      - {name: no_way, when: 'true', action: drop}\n", "duplicate-name", ["no_way"]),
    ],
)  # fmt: skip
def test_sections_that_do_not_fit_are_refused(
    change: Change, load: Callable[[], Pipeline], old: str, new: str, code: str, named: list[str]
) -> None:
    change(old, new)
    with pytest.raises(InputError) as refused:
        load()
    errors = refused.value.errors if isinstance(refused.value, SpecErrors) else [refused.value]
    fitting = [error for error in errors if error.code == code and missing_data(str(error), *named) == []]
    assert len(fitting) == 1, refused.value.render()
    assert fitting[0].location is not None
    assert fitting[0].location.text


def test_a_partition_of_another_type_is_refused_in_the_schema(change: Change, refusal: Refusal) -> None:
    change("{name: day, type: date}", "{name: day, type: string}", in_="conf/schemas/plan.yaml")
    assert rendered_places(refusal())[0][:2] == ("bad-partition", "conf/schemas/plan.yaml:2:23")
    assert missing_data(refusal(), "day", "plan") == []


def test_a_table_without_a_column_beside_its_partition_is_refused(change: Change, refusal: Refusal) -> None:
    for name in ("trip", "origin", "target"):
        change(f"  - {{name: {name}, type: string}}\n", "", in_="conf/schemas/plan.yaml")
    change("key: [day, trip]\n    rules", "key: [day]\n    rules")
    shown = rendered_places(refusal())
    assert ("bad-partition", "conf/schemas/plan.yaml:2:3") in [one[:2] for one in shown]


def test_a_partition_that_the_files_do_not_hold_is_derived(change: Change, load: Callable[[], Pipeline]) -> None:
    change("  - {name: day, type: date}\n", "", in_="conf/schemas/plan.yaml")
    assert load().columns("plan")[-1] == ("day", "date")


def test_a_suite_that_is_not_json_is_shown_at_its_line(root: Path, refusal: Refusal) -> None:
    (root / "conf/expectations/plan.json").write_text('{\n  "expectations": [}\n')
    assert rendered_places(refusal()) == [("json", "conf/expectations/plan.json:2:20", "}")]


@pytest.mark.parametrize("text", ["[]", "{}", '{"expectations": 1}', "[" * 100_000, "\udcff"])
def test_a_suite_of_another_shape_is_refused(root: Path, refusal: Refusal, text: str) -> None:
    (root / "conf/expectations/plan.json").write_bytes(text.encode(errors="surrogateescape"))
    assert rendered_places(refusal())[0][0] == "bad-suite"


def test_mistakes_of_schemas_and_of_sections_are_shown_together(change: Change, load: Callable[[], Pipeline]) -> None:
    change("type: timestamp", "type: timestmap", in_="conf/schemas/results.yaml")
    change("slices: [origin]", "slices: [orgin]")
    with pytest.raises(SpecErrors) as refused:
        load()
    assert [error.code for error in refused.value.errors] == ["unknown-column", "unknown-value"]


def test_a_schema_that_two_tables_share_is_complained_of_once(change: Change, load: Callable[[], Pipeline]) -> None:
    change("schema: plan", "schema: results")
    change("type: timestamp", "type: timestmap", in_="conf/schemas/results.yaml")
    with pytest.raises(InputError) as refused:
        load()
    assert not isinstance(refused.value, SpecErrors)


def test_every_piece_of_sql_comes_with_the_columns_that_it_may_use(load: Callable[[], Pipeline]) -> None:
    snippets = {snippet.title: snippet for snippet in sql_snippets(load())}
    assert list(snippets) == ["the rule 'no_way'", "the rule 'too_fast'", "the label 'late'", "the KPI 'missed'"]
    assert snippets["the rule 'no_way'"].columns[0] == ("day", "date")
    assert dict(snippets["the KPI 'missed'"].columns) == {
        "day": "date", "trip": "string", "score": "double", "late": "boolean", "distance": "double",
        "air_time": "double", "delay": "double", "landed_at": "timestamp",
    }  # fmt: skip


def test_a_misspelt_column_of_a_kpi_with_limits_is_located_inside_its_sql(
    change: Change, load: Callable[[], Pipeline]
) -> None:
    change('"count_if(late AND score < 0.5)"', '{at_most: 9, sql: "count_if(lat AND score < 0.5)"}')
    snippet = sql_snippets(load())[-1]
    where = snippet.locate("lat")
    assert (snippet.kind, where.text[where.column - 1 :][: where.length]) == ("kpi", "lat")


def test_a_sum_of_the_summary_may_use_the_rows_and_the_score_and_is_located(
    change: Change, load: Callable[[], Pipeline]
) -> None:
    change("monitor: {kpis", 'summary: {sums: {risk: "sum(score * distanc)"}}\nmonitor: {kpis')
    snippet = sql_snippets(load())[-1]
    assert (snippet.kind, snippet.table, snippet.title) == ("sum", "plan", "the sum 'risk'")
    assert dict(snippet.columns) == {
        "day": "date", "trip": "string", "origin": "string", "target": "string", "score": "double",
    }  # fmt: skip
    where = snippet.locate("distanc")
    assert where.text[where.column - 1 :][: where.length] == "distanc"


def test_a_misspelt_column_of_a_rule_is_located_inside_its_sql(change: Change, load: Callable[[], Pipeline]) -> None:
    change("distance / air_time", "distance / airtime")
    snippet = next(s for s in sql_snippets(load()) if s.name == "too_fast")
    error = InputError(
        f"{snippet.title} uses 'airtime', which the table '{snippet.table}' does not have",
        code="unknown-column",
        hint="did you mean 'air_time'?",
        location=snippet.locate("airtime"),
    )
    assert rendered_places(error.render()) == [("unknown-column", "conf/pipelines/trips.yaml:22:44", "airtime")]
    assert missing_data(error.render(), "too_fast", "airtime", "results", "air_time") == []
    assert locate_in(snippet.location, "airtime") == snippet.locate("airtime")
