"""Collect every piece of SQL that a person wrote, ready to be analysed by Spark on an empty frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from assay.core.task_type import TaskType
from assay.errors import Location
from assay.spec.schema.availability import AVAILABLE_AT, ComputedInstant
from assay.spec.yaml.document import Document
from assay.spec.yaml.parser import Step

if TYPE_CHECKING:
    from assay.spec.schema.loaded_pipeline import Pipeline

SCORE = "score"

Kind = Literal["column", "rule", "label", "value", "kpi", "sum"]


@dataclass(frozen=True, slots=True)
class Snippet:
    """Some SQL: its purpose, the (name, type) of each column that it may use, and its place.

    `kind` decides what it must be:

    - A column is computed per row, and has the type `type`.
    - A rule and a label are boolean expressions per row.
    - A value (the label of a regression) is a number per row.
    - A kpi and a sum are aggregates.

    `table` is the table whose rows the SQL sees (a kpi: the outcomes, joined to the scores; a sum: the scored rows).
    """

    kind: Kind
    name: str
    sql: str
    table: str
    columns: tuple[tuple[str, str], ...]
    location: Location
    document: Document
    path: tuple[Step, ...]
    type: str = ""

    def locate(self, token: str) -> Location:
        """Return the place of the word `token` in this SQL, over several lines too, or that of all of the SQL."""
        return self.document.find(*self.path, token=token)

    @property
    def title(self) -> str:
        """The name of the SQL in a message: "the rule 'too_fast'"."""
        called = {"kpi": "KPI", "value": "label"}.get(self.kind, self.kind)
        return f"the {called} '{self.name}'"


def sql_snippets(pipeline: Pipeline) -> list[Snippet]:
    """Return the SQL of each table's columns and rules, of the label, the KPIs and the sums of `pipeline`."""
    spec, document = pipeline.spec, pipeline.document
    snippets = [snippet for table in spec.tables for snippet in _computed_columns(pipeline, table)]
    of_rows = {"kpi": kpi_columns, "sum": sum_columns}

    def add(kind: Kind, name: str, sql: str, table: str, *path: Step) -> None:
        columns = of_rows[kind](pipeline) if kind in of_rows else pipeline.columns(table)
        snippets.append(Snippet(kind, name, sql, table, tuple(columns), document.at(*path), document, path))

    for table, table_spec in spec.tables.items():
        for index, rule in enumerate(table_spec.rules):
            add("rule", rule.name, rule.when, table, "tables", table, "rules", index, "when")
    kind: tuple[Kind, str] = ("label", "when") if spec.label.task is TaskType.CLASSIFICATION else ("value", "value")
    add(kind[0], spec.label.name, spec.label.sql, spec.label.from_, "label", kind[1])
    for name, kpi in spec.monitor.kpis.items():
        bare = ("monitor", "kpis", name)
        path = (*bare, "sql") if (*bare, "sql") in document.places else bare
        add("kpi", name, kpi.sql, spec.label.from_, *path)
    for name, sql in spec.summary.sums.items():
        add("sum", name, sql, spec.features.rows, "summary", "sums", name)
    return snippets


def _computed_columns(pipeline: Pipeline, table: str) -> Iterator[Snippet]:
    """Each computed column of a table, with the columns that are there before it."""
    schema, spec = pipeline.schemas[table], pipeline.spec
    computed = {column.name: column for column in schema.computed_columns}
    known = {name: kind for name, kind in pipeline.columns(table) if name not in computed}
    instant = spec.tables[table].available_at_
    for name, column in computed.items():
        document = pipeline.schema_documents[table]
        path: tuple[Step, ...] = ("columns", schema.columns.index(column), "sql")
        if name == AVAILABLE_AT and isinstance(instant, ComputedInstant):
            document, path = pipeline.document, ("tables", table, AVAILABLE_AT, "sql")
        columns, sql = tuple(known.items()), column.sql or ""
        yield Snippet("column", name, sql, table, columns, document.at(*path), document, path, column.type)
        known[name] = column.type


def sum_columns(pipeline: Pipeline) -> list[tuple[str, str]]:
    """The columns that a sum of the daily summary may use: those of the table of rows, and the score."""
    rows = dict(pipeline.columns(pipeline.spec.features.rows))
    return list((rows | {SCORE: "double"}).items())


def kpi_columns(pipeline: Pipeline) -> list[tuple[str, str]]:
    """The columns that a KPI may use: the key of the rows, the score, the label, and the outcomes' other columns."""
    spec = pipeline.spec
    rows = dict(pipeline.columns(spec.features.rows))
    key = [name for name in rows if name in {*spec.tables[spec.features.rows].key, spec.partition}]
    label = "boolean" if spec.label.task is TaskType.CLASSIFICATION else "double"
    columns = {name: rows[name] for name in key} | {SCORE: "double", spec.label.name: label}
    outcomes = dict(pipeline.columns(spec.label.from_))
    return list((columns | {name: kind for name, kind in outcomes.items() if name not in columns}).items())
