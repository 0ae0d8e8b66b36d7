"""Checks across the sections of a pipeline: that tables, columns, schemas and suites fit each other."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assay.core.suggestions import did_you_mean
from assay.core.text import quantity
from assay.errors import InputError, Location
from assay.spec.checks.dates_and_instants import check_available_at, check_partition
from assay.spec.checks.label_and_metric import check_predicted
from assay.spec.yaml.document import MAX_YAML_BYTES
from assay.spec.yaml.parser import Step

if TYPE_CHECKING:
    from assay.spec.schema.loaded_pipeline import Pipeline

WRITTEN = frozenset({"score", "model_version", "run_id", "scored_at"})
"""The columns that Assay itself adds to the predictions."""

_ORDER = re.compile(r"(\w+)(\s+(asc|desc))?(\s+nulls\s+(first|last))?", re.IGNORECASE | re.ASCII)


def crosscheck(pipeline: Pipeline) -> list[InputError]:
    """Return every mistake between the sections of `pipeline`, each at its place; an empty list means that they agree.

    A table whose schema could not be read is left out, since that is an error of its own.
    """
    return [
        *_name(pipeline),
        *_tables(pipeline),
        *_features(pipeline),
        *_label(pipeline),
        *check_predicted(pipeline),
        *_outcome_key(pipeline),
        *_train_and_gate(pipeline),
        *_suites(pipeline),
    ]


def _name(pipeline: Pipeline) -> Iterator[InputError]:
    if pipeline.spec.pipeline != pipeline.name:
        message = f"the file {pipeline.name}.yaml holds the pipeline '{pipeline.spec.pipeline}'"
        yield _error(pipeline, message, "wrong-name", "both must have the same name", "pipeline")


def _tables(pipeline: Pipeline) -> Iterator[InputError]:
    for table, spec in pipeline.spec.tables.items():
        yield from _distinct(pipeline, spec.key, "key column", "tables", table, "key")
        yield from _rule_names(pipeline, table)
        if table not in pipeline.schemas:
            continue
        yield from check_partition(pipeline, table)
        for index, column in enumerate(spec.key):
            yield from _column(pipeline, table, column, "the key", "tables", table, "key", index)
        yield from check_available_at(pipeline, table)
        for index, order in enumerate(spec.deduplicate_by):
            yield from _order(pipeline, table, order, index)


def _order(pipeline: Pipeline, table: str, order: str, index: int) -> Iterator[InputError]:
    path: tuple[Step, ...] = ("tables", table, "deduplicate_by", index)
    match = _ORDER.fullmatch(order.strip())
    if match is None:
        hint = "write a column and perhaps ASC or DESC: 'landed_at DESC'"
        yield _error(pipeline, f"'{order}' is not an order", "bad-order", hint, *path)
        return
    yield from _column(pipeline, table, match[1], "the order", *path)


def _rule_names(pipeline: Pipeline, table: str) -> Iterator[InputError]:
    seen: set[str] = set()
    for index, rule in enumerate(pipeline.spec.tables[table].rules):
        if rule.name in seen:
            message = f"two rules of '{table}' are called '{rule.name}'"
            hint = "rows are counted by the rule's name: give each its own"
            yield _error(pipeline, message, "duplicate-name", hint, "tables", table, "rules", index, "name")
        seen.add(rule.name)


def _features(pipeline: Pipeline) -> Iterator[InputError]:
    features, tables = pipeline.spec.features, pipeline.spec.tables
    if features.rows not in tables:
        yield _no_table(pipeline, features.rows, "features", "rows")
    else:
        yield from _rows(pipeline, features.rows)
    for table in features.inputs:
        where = pipeline.document.at("features", "inputs", table, key=True)
        if table not in tables:
            hint = did_you_mean(table, tables, "the tables are")
            yield InputError(f"there is no table '{table}'", code="unknown-table", hint=hint, location=where)
        elif tables[table].available_at is None:
            message = f"the input '{table}' has no 'available_at', so it cannot be cut at the instant of scoring"
            hint = f"add available_at to tables.{table}"
            yield InputError(message, code="no-available-at", hint=hint, location=where)
        elif table == "rows":
            message = "an input cannot be called 'rows', which is the function's first argument"
            yield InputError(message, code="bad-name", hint="rename the table", location=where)


def _rows(pipeline: Pipeline, table: str) -> Iterator[InputError]:
    spec = pipeline.spec.tables[table]
    if spec.available_at is not None:
        message = (
            f"'{table}' is the table whose rows are scored, so all of it must be known then: "
            "it cannot have 'available_at'"
        )
        hint = "use a table without it, or remove it"
        yield _error(pipeline, message, "known-later", hint, "tables", table, "available_at", key=True)
    for index, name in enumerate(spec.key):
        if name in WRITTEN:
            message = f"the key of '{table}' cannot hold '{name}', a column that Assay writes beside the score"
            yield _error(pipeline, message, "reserved-name", "rename it at the source", "tables", table, "key", index)
    if table not in pipeline.schemas:
        return
    for index, column in enumerate(pipeline.schemas[table].columns):
        if column.known == "later":
            source = pipeline.schema_documents[table]
            message = (
                f"'{column.name}' is known only later, so it cannot be a column of '{table}', "
                f"whose rows are scored ({pipeline.document.at('features', 'rows')})"
            )
            hint = "move the column to a table with 'available_at'"
            where = source.at("columns", index, "known")
            yield InputError(message, code="known-later", hint=hint, location=where)


def _label(pipeline: Pipeline) -> Iterator[InputError]:
    label, tables = pipeline.spec.label, pipeline.spec.tables
    if label.from_ not in tables:
        yield _no_table(pipeline, label.from_, "label", "from")
    elif tables[label.from_].available_at is None:
        message = f"the label comes from '{label.from_}', without 'available_at': it is unknown when a label was known"
        yield _error(pipeline, message, "no-available-at", f"add available_at to tables.{label.from_}", "label", "from")
    if label.name in WRITTEN or label.name == pipeline.spec.partition:
        message = f"the label cannot be called '{label.name}', which is another column of the predictions"
        yield _error(pipeline, message, "reserved-name", "choose another name", "label", "name")
    for table in dict.fromkeys((label.from_, pipeline.spec.features.rows)):
        if table in pipeline.schemas and label.name in pipeline.schemas[table].names:
            message = f"the label cannot be called '{label.name}', which is a column of '{table}'"
            yield _error(pipeline, message, "duplicate-name", "choose another name", "label", "name")
    if label.from_ in pipeline.schemas and "score" in pipeline.schemas[label.from_].names:
        message = f"'{label.from_}' has a column 'score', which a KPI could not distinguish from the model's"
        yield _error(pipeline, message, "reserved-name", "rename it at the source", "label", "from")


def _outcome_key(pipeline: Pipeline) -> Iterator[InputError]:
    """Find keys that differ: the outcomes join the rows by key, and with another key rows would be doubled or lost."""
    label, tables, partition = pipeline.spec.label, pipeline.spec.tables, pipeline.spec.partition
    rows = pipeline.spec.features.rows
    if label.from_ not in tables or rows not in tables or label.from_ == rows:
        return
    rows_key, outcomes_key = {*tables[rows].key, partition}, {*tables[label.from_].key, partition}
    if rows_key != outcomes_key:
        odd = ", ".join(f"'{name}'" for name in sorted(rows_key ^ outcomes_key))
        message = f"'{label.from_}' and '{rows}' are joined by key, and their keys differ in {odd}"
        yield _error(pipeline, message, "different-keys", "give both the same key", "tables", label.from_, "key")


def _train_and_gate(pipeline: Pipeline) -> Iterator[InputError]:
    train, gate = pipeline.spec.train, pipeline.spec.gate
    if train.window != "all" and train.validation is not None and train.validation >= train.window:
        block, window = quantity(train.validation, "day"), quantity(train.window, "day")
        message = f"the validation block of {block} leaves nothing of a window of {window}"
        yield _error(pipeline, message, "bad-window", "make it shorter than the window", "train", "validation")
    if gate.fold * gate.folds < gate.min_days:
        days = quantity(gate.fold * gate.folds, "day")
        message = f"the folds have {days} together, and the gate compares no models on fewer than {gate.min_days}"
        yield _error(pipeline, message, "few-days", "make the folds longer, or take more of them", "gate", "folds")
    yield from _distinct(pipeline, gate.slices, "slice", "gate", "slices")
    if pipeline.spec.features.rows in pipeline.schemas:
        for index, name in enumerate(gate.slices):
            yield from _column(pipeline, pipeline.spec.features.rows, name, "a slice", "gate", "slices", index)


def _suites(pipeline: Pipeline) -> Iterator[InputError]:
    for table in pipeline.spec.tables:
        path = pipeline.suite_path(table)
        if path is not None:
            yield from _suite(pipeline, table, path)


def _suite(pipeline: Pipeline, table: str, path: Path) -> Iterator[InputError]:
    shown = path.relative_to(pipeline.project.root).as_posix()
    if not path.is_file():
        hint = did_you_mean(path.stem, sorted(other.stem for other in path.parent.glob("*.json")))
        message = f"there is no suite '{path.stem}': {shown} does not exist"
        yield _error(pipeline, message, "missing-file", hint, "tables", table, "suite")
        return
    text = path.read_bytes()[: MAX_YAML_BYTES + 1]
    try:
        suite = json.loads(text) if len(text) <= MAX_YAML_BYTES else None
    except json.JSONDecodeError as error:
        line = error.doc.splitlines()[error.lineno - 1] if error.doc else ""
        where = Location(shown, error.lineno, error.colno, 1, line.replace("\t", " "))
        yield InputError(
            f"the suite is not JSON: {error.msg}", code="json", hint="correct it at that place", location=where
        )
        return
    except (UnicodeDecodeError, RecursionError):
        suite = None
    if not isinstance(suite, dict) or not isinstance(suite.get("expectations"), list):
        message = f"{shown} is not a suite as Great Expectations writes it: it has no list 'expectations'"
        yield _error(pipeline, message, "bad-suite", "", "tables", table, "suite")


def _column(pipeline: Pipeline, table: str, name: str, what: str, *path: Step) -> Iterator[InputError]:
    known = [column for column, _ in pipeline.columns(table)]
    if name not in known:
        message = f"{what} uses '{name}', which the table '{table}' does not have"
        where = pipeline.document.find(*path, token=name)
        yield InputError(message, code="unknown-column", hint=did_you_mean(name, known, "it has"), location=where)


def _distinct(pipeline: Pipeline, names: list[str], what: str, *path: Step) -> Iterator[InputError]:
    for name, count in Counter(names).items():
        if count > 1:
            last = len(names) - 1 - names[::-1].index(name)
            yield _error(pipeline, f"the {what} '{name}' is listed twice", "duplicate-name", "remove one", *path, last)


def _no_table(pipeline: Pipeline, name: str, *path: Step) -> InputError:
    hint = did_you_mean(name, pipeline.spec.tables, "the tables are")
    return _error(pipeline, f"there is no table '{name}'", "unknown-table", hint, *path)


def _error(pipeline: Pipeline, message: str, code: str, hint: str, *path: Step, key: bool = False) -> InputError:
    return InputError(message, code=code, hint=hint, location=pipeline.document.at(*path, key=key))
