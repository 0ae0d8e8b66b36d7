"""A project and a pipeline of it, after their files were read and agree with each other."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from assay.spec.schema.environment import Environment
from assay.spec.schema.pipeline import PipelineSpec
from assay.spec.schema.table import TableSchema
from assay.spec.yaml.document import Document


@dataclass(frozen=True, slots=True)
class Project:
    """A project: the folder `root` with its conf/, the folder `home` with the records of runs, and the environment."""

    root: Path
    home: Path
    environment: Environment

    @property
    def home_given(self) -> bool:
        """True where the home is set outside of the project: then it has to exist."""
        return self.home != self.root / ".assay"

    def pipelines(self) -> list[str]:
        """Return the names of the project's pipelines, sorted."""
        return sorted(path.stem for path in (self.root / "conf" / "pipelines").glob("*.yaml"))


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline whose spec, schemas and suite files were read and agree with each other.

    `schemas` and `schema_documents` are keyed by the table's name, not by the schema's.
    """

    name: str
    spec: PipelineSpec
    schemas: dict[str, TableSchema]
    document: Document
    project: Project
    zone: ZoneInfo
    schema_documents: dict[str, Document] = field(default_factory=dict, repr=False)

    def columns(self, table: str) -> list[tuple[str, str]]:
        """Return the (name, type) of each column of a clean table: its schema's, then the partition if that is derived.

        A table with a cleaning `function` may have more.
        """
        schema = self.schemas[table]
        ordered = (*schema.source_columns, *schema.computed_columns)
        schema_columns: list[tuple[str, str]] = [(column.name, column.type) for column in ordered]
        derived = self.spec.partition not in schema.names
        return [*schema_columns, (self.spec.partition, "date")] if derived else schema_columns

    def suite_path(self, table: str) -> Path | None:
        """Return the file of the table's expectation suite, None where the table expects nothing."""
        suite = self.spec.tables[table].suite
        return None if suite is None else self.project.root / "conf" / "expectations" / f"{suite}.json"

    @property
    def digest(self) -> str:
        """The SHA-256 of what the whole spec means, its schemas and suites included."""
        tables = [f"tables.{table}" for table in self.spec.tables]
        return self.section_digest(*self.spec.model_dump(by_alias=True), *tables)

    def section_digest(self, *sections: str) -> str:
        """Return the SHA-256 of what `sections` mean: names such as 'features', 'gate', 'as_of' or 'tables.flights'.

        A table brings its schema and the bytes of its suite. Comments and layout of the YAML do not count, a default
        counts like the same value written out.

        Raises:
            KeyError: There is no such section.
        """
        whole = self.spec.model_dump(mode="json", by_alias=True)
        parts: dict[str, Any] = {}
        for section in sections:
            top, _, table = section.partition(".")
            parts[section] = self._table_part(whole["tables"][table], table) if table else whole[top]
        text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def _table_part(self, spec: dict[str, Any], table: str) -> dict[str, Any]:
        suite = self.suite_path(table)
        return {
            # The number of rows that are shown changes no row: no day is due again for it.
            "spec": {name: value for name, value in spec.items() if name != "examples"},
            "schema": self.schemas[table].model_dump(mode="json", by_alias=True),
            "suite": None if suite is None else hashlib.sha256(suite.read_bytes()).hexdigest(),
        }
