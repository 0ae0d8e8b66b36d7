"""That the partition of a table is a date of its source, and that it is known when its rows became known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assay.core.suggestions import did_you_mean
from assay.errors import InputError
from assay.spec.schema.availability import AVAILABLE_AT, ComputedInstant

if TYPE_CHECKING:
    from assay.spec.schema.loaded_pipeline import Pipeline


def check_partition(pipeline: Pipeline, table: str) -> Iterator[InputError]:
    """Every mistake about the column by which the table is partitioned, where its source has it."""
    partition, schema = pipeline.spec.partition, pipeline.schemas[table]
    column = schema.column(partition)
    if {name for name, _ in pipeline.columns(table)} <= {partition} and pipeline.spec.tables[table].function is None:
        message = f"the table '{table}' has no column beside its partition '{partition}', and a Delta table needs one"
        hint = f"keep another column, or compute one: {{name: weekday, type: int, sql: weekday({partition})}}"
        yield InputError(
            message, code="bad-partition", hint=hint, location=pipeline.schema_documents[table].at("columns")
        )
    if column is None:
        return
    index = schema.columns.index(column)
    if column.sql is not None:
        where = pipeline.schema_documents[table].at("columns", index, "sql")
        message = f"the partition '{partition}' of '{table}' is the date of the folder in which a row landed"
        yield InputError(message, code="bad-partition", hint="give the computed column another name", location=where)
    elif column.type != "date":
        where = pipeline.schema_documents[table].at("columns", index, "type")
        message = f"the partition '{partition}' must be a date, and is a {column.type} in '{table}'"
        yield InputError(message, code="bad-partition", hint="write 'type: date'", location=where)
    if partition not in pipeline.spec.tables[table].key:
        message = f"the table '{table}' has the partition '{partition}' as a column, so its key must hold it"
        where = pipeline.document.at("tables", table, "key")
        yield InputError(message, code="bad-partition", hint=f"add '{partition}' to the key", location=where)


def check_available_at(pipeline: Pipeline, table: str) -> Iterator[InputError]:
    """Every mistake about the instant at which the table's rows became known."""
    instant, path = pipeline.spec.tables[table].available_at_, ("tables", table, "available_at")
    if instant is None:
        return
    if isinstance(instant, ComputedInstant):
        yield from _computed(pipeline, table)
        return
    column = pipeline.schemas[table].column(instant)
    known = [name for name, _ in pipeline.columns(table)]
    if instant not in known:
        message = f"available_at uses '{instant}', which the table '{table}' does not have"
        where = pipeline.document.find(*path, token=instant)
        yield InputError(message, code="unknown-column", hint=did_you_mean(instant, known, "it has"), location=where)
    if column is not None and column.type != "timestamp":
        message = f"available_at must be a timestamp, and '{instant}' of '{table}' is a {column.type}"
        hint = 'name the column with the time at which a row became known, or compute it: {days: 1, at: "06:00"}'
        yield InputError(message, code="bad-available-at", hint=hint, location=pipeline.document.at(*path))


def _computed(pipeline: Pipeline, table: str) -> Iterator[InputError]:
    names = [name.casefold() for name, _ in pipeline.columns(table)]
    if names.count(AVAILABLE_AT) > 1 or pipeline.spec.partition.casefold() == AVAILABLE_AT:
        message = f"'{table}' has a column '{AVAILABLE_AT}' already, which the computed instant would be called"
        hint = "write 'available_at: available_at', or give the column another name"
        where = pipeline.document.at("tables", table, "available_at", key=True)
        yield InputError(message, code="duplicate-name", hint=hint, location=where)
