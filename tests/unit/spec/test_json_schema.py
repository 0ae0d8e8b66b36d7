from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.spec.json_schema import pipeline_json_schema
from assay.spec.project import Pipeline
from assay.spec.yaml.document import load_document


def properties(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for part in schema.values():
            yield from properties(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from properties(part)


def test_the_json_schema_uses_the_yamls_names_and_describes_each_key() -> None:
    schema = json.loads(json.dumps(pipeline_json_schema()))
    described_properties = list(properties(schema))
    names = {name for name, _ in described_properties}
    assert {"from", "function", "name", "schema", "fold", "available_at"} <= names
    assert not [name for name in names if name.endswith("_")]
    assert [name for name, described in described_properties if not described.get("description")] == []


def test_the_json_schema_takes_durations_as_text_and_refuses_unknown_keys() -> None:
    schema = pipeline_json_schema()
    gate = schema["$defs"]["GateSpec"]
    assert gate["additionalProperties"] is False
    assert gate["properties"]["fold"]["pattern"] == "^([0-9]{1,6}) days?$"
    assert gate["required"] == ["margin"]


def test_a_right_pipeline_fits_the_json_schema_and_one_with_a_typo_does_not(
    root: Path, load: Callable[[], Pipeline]
) -> None:
    import jsonschema

    data = load_document(root / "conf/pipelines/trips.yaml").data
    validator = jsonschema.Draft202012Validator(pipeline_json_schema())
    assert load() is not None
    assert [error.message for error in validator.iter_errors(data)] == []
    assert validator.is_valid(data | {"monitor": {"kpis": {"missed": {"sql": "count(*)", "at_most": 3}}}})
    assert not validator.is_valid(data | {"monitor": {"kpis": {"missed": {"sql": "count(*)", "most": 3}}}})
    assert not validator.is_valid(data | {"gates": {}})
    assert not validator.is_valid(data | {"train": {"window": 60}})
