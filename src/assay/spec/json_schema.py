"""The JSON schema of a pipeline's YAML, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from assay.spec.schema.pipeline import PipelineSpec


def pipeline_json_schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12) of conf/pipelines/<name>.yaml, with the YAML's own key names.

    It checks each section by itself; what tables, columns and files must have in common, only `assay check` can.
    """
    schema = PipelineSpec.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "An Assay pipeline"}
