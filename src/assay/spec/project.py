"""A project is a folder with conf/pipelines; a pipeline is one YAML file in it, read with all that it names."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from assay.errors import InputError, SpecErrors
from assay.spec.crosschecks import crosscheck
from assay.spec.document import Document, load_document
from assay.spec.environment import Environment, load_environment
from assay.spec.pipeline import PipelineSpec
from assay.spec.schema import TableSchema
from assay.spec.snippets import sql_snippets
from assay.spec.suggest import did_you_mean
from assay.spec.validation import raise_all, validate

if TYPE_CHECKING:
    from assay.spec.snippets import Snippet

__all__ = ["Environment", "Pipeline", "Project", "load_pipeline", "open_project", "packages_of"]


@dataclass(frozen=True, slots=True)
class Project:
    """The folder `root` that holds conf/, the folder `home` that holds what runs leave, and where things are."""

    root: Path
    home: Path
    environment: Environment

    @property
    def home_given(self) -> bool:
        """Whether something else than the project says where its home is: then it has to exist."""
        return self.home != self.root / ".assay"

    def pipelines(self) -> list[str]:
        """The names of the project's pipelines, sorted."""
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
        """The (name, type) of each column of a clean table: its schema's, then the partition if that is derived.

        A table with a `clean` function may have more.
        """
        found: list[tuple[str, str]] = [(column.name, column.type) for column in self.schemas[table].columns]
        derived = self.spec.partition not in self.schemas[table].names
        return [*found, (self.spec.partition, "date")] if derived else found

    def suite_path(self, table: str) -> Path | None:
        """The file of the table's expectation suite, None where the table expects nothing."""
        suite = self.spec.tables[table].expect
        return None if suite is None else self.project.root / "conf" / "expectations" / f"{suite}.json"

    @property
    def digest(self) -> str:
        """The SHA-256 of what the whole spec means, its schemas and suites included."""
        tables = [f"tables.{table}" for table in self.spec.tables]
        return self.section_digest(*self.spec.model_dump(by_alias=True), *tables)

    def section_digest(self, *sections: str) -> str:
        """The SHA-256 of what `sections` mean: names such as 'features', 'gate', 'as_of' or 'tables.flights'.

        A table brings its schema and the bytes of its suite. Comments and layout of the YAML do not count, a default
        counts like the same value written out. Raises KeyError for a section that there is not.
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
            # How many rows are shown changes none of them: no day is due again for it.
            "spec": {name: value for name, value in spec.items() if name != "examples"},
            "schema": self.schemas[table].model_dump(mode="json", by_alias=True),
            "suite": None if suite is None else hashlib.sha256(suite.read_bytes()).hexdigest(),
        }

    def sql_snippets(self) -> list[Snippet]:
        """Every piece of SQL that a person wrote, with the columns that it may use, for Spark to analyse."""
        return sql_snippets(self)


def open_project(start: Path | None = None, *, env: str = "local") -> Project:
    """The project around `start` (the working directory by default), in the environment `env`.

    $ASSAY_PROJECT names the project's folder instead; $ASSAY_HOME moves its home, which is else `.assay` in it.
    Raises InputError where there is no project or no such environment.
    """
    root = _named_root() or _root_above((start or Path.cwd()).resolve())
    moved = os.environ.get("ASSAY_HOME")
    home = Path(moved).expanduser().resolve() if moved else root / ".assay"
    return Project(root, home, load_environment(root, home, env))


def load_pipeline(project: Project, name: str) -> Pipeline:
    """The pipeline `name`, checked whole: its YAML, its schemas, its suites, and each against the others.

    Raises InputError, or SpecErrors for several mistakes at once; each says where it stands.
    """
    known = project.pipelines()
    if name not in known:
        raise InputError(f"there is no pipeline '{name}'", code="unknown-pipeline", hint=did_you_mean(name, known))
    document = load_document(project.root / "conf" / "pipelines" / f"{name}.yaml", root=project.root)
    spec = validate(PipelineSpec, document)
    errors: list[InputError] = []
    read: dict[str, tuple[TableSchema, Document]] = {}
    for table, schema in {table: spec.tables[table].from_.schema_ for table in spec.tables}.items():
        try:
            path = project.root / "conf" / "schemas" / f"{schema}.yaml"
            read[table] = _read_schema(path, project.root, document, table)
        except SpecErrors as several:
            errors += several.errors
        except InputError as one:
            errors.append(one)
    pipeline = Pipeline(
        name=name,
        spec=spec,
        schemas={table: schema for table, (schema, _) in read.items()},
        document=document,
        project=project,
        zone=ZoneInfo(spec.timezone),
        schema_documents={table: source for table, (_, source) in read.items()},
    )
    raise_all([*errors, *crosscheck(pipeline)])
    return pipeline


def packages_of(pipeline: Pipeline) -> list[str]:
    """The top-level packages that the pipeline's functions stand in, sorted."""
    spec = pipeline.spec
    references = [spec.features.with_, spec.train.candidates, *(table.clean for table in spec.tables.values())]
    return sorted({reference.partition(":")[0].partition(".")[0] for reference in references if reference})


def _read_schema(path: Path, root: Path, document: Document, table: str) -> tuple[TableSchema, Document]:
    if not path.is_file():
        known = sorted(other.stem for other in path.parent.glob("*.yaml"))
        raise InputError(
            f"there is no schema '{path.stem}': {path.relative_to(root).as_posix()} does not exist",
            code="missing-file",
            hint=did_you_mean(path.stem, known),
            location=document.at("tables", table, "from", "schema"),
        )
    source = load_document(path, root=root)
    return validate(TableSchema, source), source


def _named_root() -> Path | None:
    named = os.environ.get("ASSAY_PROJECT")
    if not named:
        return None
    root = Path(named).expanduser().resolve()
    if not (root / "conf" / "pipelines").is_dir():
        message = f"ASSAY_PROJECT names {root}, which is no project: it has no folder conf/pipelines"
        raise InputError(message, code="no-project", hint="correct or unset ASSAY_PROJECT")
    return root


def _root_above(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / "conf" / "pipelines").is_dir():
            return folder
    raise InputError(
        f"{start} is not inside a project: no folder above it has conf/pipelines",
        code="no-project",
        hint="go to a project's folder, or set ASSAY_PROJECT",
    )
