"""The parts that decide the rows of a table, key by key: two pipelines with equal parts write the same table."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from assay.spec.schema.loaded_pipeline import Pipeline

_READERS = ("missing", "examples")
"""Keys that change no row: the meaning of a missing day for a reader, and the number of rows that are shown."""


def definition_parts(pipeline: Pipeline, table: str) -> dict[str, str]:
    """Return each key that decides the rows of `table` or its held days, with its value as canonical JSON.

    A schema and a suite count by their content and not by their name. A default counts as if it were not written, so
    that a key which a later Assay adds makes no difference. The cleaning function counts by its reference: its code
    changes with every edit, and then the owner's days are due again.
    """
    spec = pipeline.spec.tables[table].model_dump(mode="json", by_alias=True, exclude_defaults=True)
    source, suite = spec.pop("from"), pipeline.suite_path(table)
    parts: dict[str, Any] = {name: value for name, value in spec.items() if name not in (*_READERS, "suite")}
    parts |= {f"from.{name}": value for name, value in source.items() if name != "schema"}
    parts["from.schema"] = pipeline.schemas[table].model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if suite is not None:
        parts["suite"] = hashlib.sha256(suite.read_bytes()).hexdigest()
    parts |= {"partition": pipeline.spec.partition, "timezone": pipeline.spec.timezone}
    return {name: json.dumps(value, sort_keys=True, ensure_ascii=False) for name, value in sorted(parts.items())}
