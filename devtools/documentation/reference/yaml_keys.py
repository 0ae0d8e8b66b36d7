"""The pages of the YAML keys: of a pipeline, of an environment and of a schema file, from the models that read them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from assay.spec.schema import environment
from assay.spec.schema.pipeline import PipelineSpec
from assay.spec.schema.table import TableSchema
from devtools.documentation.markdown import anchor, code, page, prose, table
from devtools.documentation.reference.yaml_types import (
    VALUES,
    default_in_words,
    limits_in_words,
    type_in_words,
    values_table,
)

TOP = "The keys of the file"


def pipeline_page() -> str:
    """Return the page of the keys of `conf/pipelines/NAME.yaml`."""
    lead = (
        "Look up a key of `conf/pipelines/NAME.yaml`: its type, its default and its meaning. An unknown key is an "
        "error (exit 2). `assay check NAME` checks a file, and `assay schema` prints its JSON schema for an editor."
    )
    return _page("Keys of a pipeline", lead, PipelineSpec)


def environment_page() -> str:
    """Return the page of the keys of `conf/environments/NAME.yaml`."""
    lead = (
        "Look up a key of `conf/environments/NAME.yaml`, which holds the places of one environment. `--env NAME` "
        "selects it, and `local` is the default. `${ASSAY_HOME}` is replaced by the home's path. A key or value that "
        "looks like a secret is an error (exit 2): secrets come from files or from the process environment."
    )
    return _page("Keys of an environment", lead, environment.EnvironmentFile)


def schema_page() -> str:
    """Return the page of the keys of `conf/schemas/NAME.yaml`."""
    lead = (
        "Look up a key of `conf/schemas/NAME.yaml`, which holds the columns that the source of a table promised. "
        "`assay profile FILE --table NAME --write` proposes this file from a first CSV file."
    )
    return _page("Keys of a schema file", lead, TableSchema)


def _page(title: str, lead: str, model: type[BaseModel]) -> str:
    sections = dict(_sections(model, ""))
    anchors = {one: anchor(_heading(path)) for one, path in sections.items()}
    parts = [_section(one, path, anchors) for one, path in sections.items()]
    used = {
        kind
        for kind in VALUES
        if re.search(rf"[|] (list of |mapping of [^|]*)?{kind}( to [^|]*)?(, [^|]*)? [|]", "".join(parts))
    }
    return page(title, lead, *parts, "## Types", values_table(used))


def _sections(model: type[BaseModel], path: str) -> Iterator[tuple[type[BaseModel], str]]:
    """Return the models below `model`, itself first, each with the path of its mapping."""
    yield model, path
    for name, annotation, _ in _keys(model):
        for below, step in _models_in(annotation):
            yield from _sections(below, f"{path}.{name}{step}".lstrip("."))


def _models_in(annotation: Any, step: str = "") -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, step
        return
    origin = get_origin(annotation)
    inner = "[]" if origin is list else ".NAME" if origin is dict else ""
    for argument in get_args(annotation):
        yield from _models_in(argument, step + inner)


def _section(model: type[BaseModel], path: str, anchors: Mapping[type[BaseModel], str]) -> str:
    rows = []
    for name, annotation, field in _keys(model):
        kind = type_in_words(annotation, anchors)
        limits = limits_in_words(field.metadata) if ", " not in kind else ""
        kind = f"{kind}, {limits}" if limits and kind in ("number", "whole number") else kind
        rows.append([code(name), kind, default_in_words(field, annotation), prose(field.description or "")])
    doc = " ".join(inspect.cleandoc(model.__doc__).split()) if model.__doc__ and path else ""
    parts = [f"## {_heading(path)}", doc, table(["key", "type", "default", "meaning"], rows)]
    return "\n\n".join(part for part in parts if part)


def _heading(path: str) -> str:
    return f"`{path}`" if path else TOP


def _keys(model: type[BaseModel]) -> Iterator[tuple[str, Any, Any]]:
    """Return the keys of a mapping as the YAML names them, each with its annotation and its field."""
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        yield field.alias or name, _bare(hints[name]), field


def _bare(annotation: Any) -> Any:
    """Return the annotation without `| None`."""
    others = [one for one in get_args(annotation) if one is not type(None)]
    return others[0] if len(others) == 1 and type(None) in get_args(annotation) else annotation
