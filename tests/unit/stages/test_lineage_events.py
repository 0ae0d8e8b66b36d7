"""The OpenLineage events of a ledger: what they hold, by the schema of OpenLineage, and what they never hold."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

import assay
from assay.lineage.events import event_json, events_of
from assay.stages.lineage.send import runs_of
from assay.stages.runtime.context import Context

from .traced_pipeline import CANARY, DAYS, traced, with_lineage

FOLDER = Path(__file__).parents[1] / "lineage"
GOLDEN = FOLDER / "parcels.ndjson"
SECRET = "s3cret-canary-of-lineage"


@pytest.fixture
def ctx(parcels: Context) -> Context:
    return traced(parcels)


def lines(ctx: Context) -> list[str]:
    """The events of all runs, with a fixed place and version instead of those of this test."""
    places = {str(ctx.lake.parent): "/srv/assay", assay.__version__: "VERSION"}
    made = [event_json(event) for run in runs_of(ctx, None) for event in events_of(run)]
    for place, fixed in places.items():
        made = [line.replace(place, fixed) for line in made]
    return made


def ends(ctx: Context) -> dict[str, dict[str, Any]]:
    """The last event of each run by the name in the ledger."""
    return {run.run.run_id: json.loads(event_json(events_of(run)[1])) for run in runs_of(ctx, None)}


@functools.cache
def schemas() -> Registry[Any]:
    """The schemas of OpenLineage's core and facets, by their addresses."""
    files = [json.loads(path.read_text()) for path in sorted((FOLDER / "openlineage_schema").glob("*.json"))]
    resources = [(file["$id"], Resource.from_contents(file)) for file in files]
    return Registry[Any]().with_resources(resources)


def facets(value: Any) -> list[dict[str, Any]]:
    """Each facet inside of an event."""
    if isinstance(value, list):
        return [facet for item in value for facet in facets(item)]
    if not isinstance(value, dict):
        return []
    inner = [facet for item in value.values() for facet in facets(item)]
    return [value, *inner] if "_schemaURL" in value else inner


def write_golden_file(ctx: Context) -> None:
    """Write the golden file again."""
    GOLDEN.write_text("\n".join(lines(ctx)) + "\n")


def test_the_events_of_a_pipeline_are_those_of_the_golden_file(ctx: Context) -> None:
    assert "\n".join(lines(ctx)) + "\n" == GOLDEN.read_text()


def test_each_event_and_each_facet_is_valid_by_the_schema_of_openlineage(ctx: Context) -> None:
    checker = jsonschema.FormatChecker()
    seen = set()
    for line in lines(ctx):
        event = json.loads(line)
        for part, address in [(event, event["schemaURL"]), *((one, one["_schemaURL"]) for one in facets(event))]:
            seen.add(address)
            validator = jsonschema.Draft202012Validator({"$ref": address}, registry=schemas(), format_checker=checker)
            validator.validate(part)
    assert len(seen) == 13, "the event and all kinds of facets that Assay makes"


def test_a_broken_event_is_not_valid(ctx: Context) -> None:
    event = json.loads(lines(ctx)[0])
    validator = jsonschema.Draft202012Validator({"$ref": event["schemaURL"]}, registry=schemas())
    assert not validator.is_valid({key: value for key, value in event.items() if key != "run"})


def test_no_value_of_a_row_no_secret_and_no_reason_is_in_an_event(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_TOKEN", SECRET)
    monkeypatch.setenv("OPENLINEAGE_API_KEY", SECRET)
    with_lineage(ctx, url="https://lineage.example.org", token_env="TEST_TOKEN")
    text = "\n".join(lines(ctx))
    assert CANARY not in text
    assert SECRET not in text
    assert "lineage.example.org" not in text
    assert "sqlite" not in text, "the place of MLflow may have a password"


def test_a_day_that_is_held_is_another_output_with_its_failed_check(ctx: Context) -> None:
    clean, held, quarantine = ends(ctx)["clean-1"]["outputs"]
    assert [clean["outputFacets"]["outputStatistics"]["rowCount"]] == [90]
    assert clean["facets"]["dataQualityAssertions"]["assertions"][0]["success"]
    assert not held["facets"]["dataQualityAssertions"]["assertions"][0]["success"]
    assert quarantine["outputFacets"]["outputStatistics"]["rowCount"] == 16
    assert clean["facets"]["version"]["datasetVersion"] == "1", "the version that the run wrote"
    assert "version" not in held["facets"], "no log has it"


def test_a_computed_column_comes_from_the_columns_of_the_source_that_its_sql_names(ctx: Context) -> None:
    fields = ends(ctx)["clean-1"]["outputs"][0]["facets"]["columnLineage"]["fields"]
    origins = {
        name: sorted((one["field"], one["transformations"][0]["subtype"]) for one in field["inputFields"])
        for name, field in fields.items()
    }
    assert origins["depot"] == [("Depot Name", "IDENTITY")]
    assert origins["load"] == [("boxes", "TRANSFORMATION"), ("weight", "TRANSFORMATION")]
    assert [field for field, _ in origins["heavy"]] == ["Depot Name", "boxes", "weight"], "not parcel, in a text alone"


def test_a_table_with_a_cleaning_function_has_no_column_lineage(ctx: Context) -> None:
    table = ctx.table("parcels").model_copy(update={"function": "parcel_code.features:features"})
    ctx.pipeline.spec.tables["parcels"] = table
    assert "columnLineage" not in ends(ctx)["clean-1"]["outputs"][0]["facets"]


def test_a_table_that_was_removed_from_the_yaml_keeps_its_name_alone(ctx: Context) -> None:
    del ctx.pipeline.spec.tables["parcels"]
    clean = ends(ctx)["clean-1"]
    assert clean["inputs"] == []
    assert clean["outputs"][0]["name"].endswith("clean/parcels")
    assert "schema" not in clean["outputs"][0]["facets"]


def test_the_models_and_the_tables_connect_the_runs(ctx: Context) -> None:
    made = ends(ctx)

    def names(run_id: str, side: str) -> list[tuple[str, str]]:
        return [
            (Path(one["name"]).name, one["facets"].get("version", {}).get("datasetVersion", ""))
            for one in made[run_id][side]
        ]

    assert names("train-1", "inputs") == [("parcels", "3"), ("deliveries", "5")]
    assert names("train-1", "outputs") == names("gate-1", "inputs") == [("parcels.contenders", "train-1")]
    assert names("gate-1", "outputs") == [("parcels.model", "1")]
    assert ("parcels.model", "1") in names("score-1", "inputs")
    assert made["score-1"]["outputs"][0]["name"] in [one["name"] for one in made["monitor-1"]["inputs"]]
    assert names("rollback-1", "outputs") == [("parcels.model", "1")]


def test_a_release_and_an_automatic_rollback_name_their_parents(ctx: Context) -> None:
    made = ends(ctx)
    ids = {run_id: event["run"]["runId"] for run_id, event in made.items()}
    parents = {
        run_id: event["run"]["facets"]["parent"]["run"]["runId"]
        for run_id, event in made.items()
        if "parent" in event["run"]["facets"]
    }
    assert parents == {"clean-2": ids["clean-1"], "rollback-1": ids["monitor-1"]}


def test_a_run_begins_as_long_before_its_end_as_it_took(ctx: Context) -> None:
    start, end = (json.loads(event_json(event)) for event in events_of(runs_of(ctx, None)[0]))
    assert (start["eventType"], end["eventType"]) == ("START", "COMPLETE")
    assert (start["eventTime"], end["eventTime"]) == ("2024-03-02T23:58:30.000Z", "2024-03-03T00:00:00.000Z")
    nominal = end["run"]["facets"]["nominalTime"]
    assert nominal["nominalStartTime"] == "2024-02-29T23:00:00.000Z", "midnight in Berlin"
    assert DAYS[0].isoformat() == "2024-03-01"


def test_a_failed_validation_is_a_failed_run_and_a_pause_is_none(ctx: Context) -> None:
    made = ends(ctx)
    assert [run_id for run_id, event in made.items() if event["eventType"] == "FAIL"] == ["validate-1"]
    assert "pause-1" not in made
