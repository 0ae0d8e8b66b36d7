"""A project is a folder with conf/pipelines; a pipeline is one YAML file in it, read with all that it names."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from assay.core.suggestions import did_you_mean
from assay.errors import InputError, SpecErrors
from assay.spec.checks.cross_references import crosscheck
from assay.spec.project_folder import project_folder, project_home
from assay.spec.schema.availability import ComputedInstant
from assay.spec.schema.environment import Environment, load_environment
from assay.spec.schema.loaded_pipeline import Pipeline, Project
from assay.spec.schema.pipeline import PipelineSpec
from assay.spec.schema.table import TableSchema
from assay.spec.user_code.project_packages import make_importable
from assay.spec.yaml.document import Document, load_document
from assay.spec.yaml.validation import raise_all, validate

__all__ = ["Environment", "Pipeline", "Project", "load_pipeline", "open_project", "packages_of"]


def open_project(start: Path | None = None, *, env: str = "local") -> Project:
    """Return the project around `start` (the working directory by default), in the environment `env`.

    $ASSAY_PROJECT names the project's folder instead; $ASSAY_HOME moves its home, which is else `.assay` in it.

    Raises:
        InputError: There is no project or no such environment.
    """
    root = project_folder(start)
    home = project_home(root)
    return Project(root, home, load_environment(root, home, env))


def load_pipeline(project: Project, name: str) -> Pipeline:
    """Return the pipeline `name`, checked whole: its YAML, its schemas, its suites, and each against the others.

    A package of its functions that lies in the project's folder can be imported afterwards, installed or not.

    Raises:
        InputError: There is no such pipeline, or it has a mistake, which the error shows at its place.
        SpecErrors: It has several mistakes.
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
        schemas={table: _with_instant(spec, table, schema) for table, (schema, _) in read.items()},
        document=document,
        project=project,
        zone=ZoneInfo(spec.timezone),
        schema_documents={table: source for table, (_, source) in read.items()},
    )
    raise_all([*errors, *crosscheck(pipeline)])
    make_importable(project.root, packages_of(pipeline))
    return pipeline


def _with_instant(spec: PipelineSpec, table: str, schema: TableSchema) -> TableSchema:
    """Return the schema with the computed column of the table's `available_at`, where that is not a column already."""
    instant = spec.tables[table].available_at_
    if not isinstance(instant, ComputedInstant):
        return schema
    columns = [*schema.columns, instant.column(spec.partition, spec.timezone)]
    return schema.model_copy(update={"columns": columns})


def packages_of(pipeline: Pipeline) -> list[str]:
    """Return the top-level packages that hold the pipeline's functions, sorted."""
    spec = pipeline.spec
    references = [spec.features.function, spec.train.candidates, *(table.function for table in spec.tables.values())]
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
