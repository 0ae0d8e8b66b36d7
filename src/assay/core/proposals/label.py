"""The label of a new pipeline: a column of the source, or SQL over its columns, as a number or as an event."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from statistics import pstdev

from assay.core.proposals.column_types import ProposedColumn, numbers_of
from assay.core.proposals.dated_rows import DatedRows
from assay.core.proposals.plain_names import plain_name
from assay.core.suggestions import did_you_mean
from assay.core.task_type import TaskType
from assay.errors import InputError

_EVENT = re.compile(r"[<>=!]|\b(in|is|like|rlike|between|not|and|or|true|false)\b", re.IGNORECASE)
_COMPARISON = re.compile(r"\s*(\w+)\s*(<=|>=|<>|!=|==|=|<|>)\s*('([^']*)'|[-+.\w]+)\s*", re.ASCII)
_WORD = re.compile(r"'[^']*'|[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ProposedLabel:
    """The predicted value: its name, its SQL, and what the rows of the source show of it.

    `rate` is the share of rows for which an event is true, and `deviation` the standard deviation of a number. Both are
    None where only Spark can compute the SQL.
    """

    name: str
    sql: str
    task: TaskType
    columns: tuple[str, ...]
    rate: float | None = None
    deviation: float | None = None

    @property
    def is_event(self) -> bool:
        """Return whether the label is true or false."""
        return self.task is TaskType.CLASSIFICATION


def propose_label(columns: Mapping[str, ProposedColumn], taken: Collection[str]) -> str | None:
    """Return the column that is proposed as label: the last that is true or false, else the last number; None for none.

    A column of the key, which is `taken`, is none.
    """
    free = [column for name, column in columns.items() if name not in taken]
    events = [column.name for column in free if column.type == "boolean" or len(column.values) == 2]
    numbers = [column.name for column in free if column.is_number]
    return events[-1] if events else numbers[-1] if numbers else None


def read_label(
    text: str, table: DatedRows, columns: Mapping[str, ProposedColumn], missing: Collection[str]
) -> ProposedLabel:
    """Return the label that `text` names: a column, or `NAME=SQL` over the columns of the table.

    Raises:
        InputError: There is no such column, or it is a text with other than two values.
    """
    name, is_named, sql = text.partition("=")
    if not is_named or not re.fullmatch(r"\s*\w+\s*", name) or sql.startswith("="):
        return _of_column(text.strip(), table, columns, missing)
    used = _columns_of(sql, columns)
    if not used:
        hint = did_you_mean(sql.strip(), columns, "the columns are")
        raise InputError(f"the label '{text}' names no column of the source", code="unknown-column", hint=hint)
    task = TaskType.CLASSIFICATION if _EVENT.search(sql) else TaskType.REGRESSION
    label = ProposedLabel(_free_name(plain_name(name), columns), sql.strip(), task, used)
    return _measured(label, table, columns, missing)


def _of_column(
    name: str, table: DatedRows, columns: Mapping[str, ProposedColumn], missing: Collection[str]
) -> ProposedLabel:
    if name not in columns:
        hint = did_you_mean(name, columns, "the columns are")
        raise InputError(f"the source has no column '{name}' for the label", code="unknown-column", hint=hint)
    column = columns[name]
    if column.is_number:
        label = ProposedLabel(_free_name(f"{name}_value", columns), name, TaskType.REGRESSION, (name,))
    elif column.type == "boolean":
        label = ProposedLabel(_free_name(f"is_{name}", columns), name, TaskType.CLASSIFICATION, (name,))
    elif len(column.values) == 2:
        texts = table.texts(name)
        rarer = min(column.values, key=texts.count).replace("'", "''")
        sql = f"{name} = '{rarer}'"
        label = ProposedLabel(_free_name(plain_name(f"is_{rarer}"), columns), sql, TaskType.CLASSIFICATION, (name,))
    else:
        message = f"the column '{name}' is a {column.type}, and a label is a number, or true or false"
        example = column.values[0] if column.values else "..."
        hint = f"write SQL: --label \"{plain_name(example)}={name} = '{example}'\""
        raise InputError(message, code="bad-label", hint=hint)
    return _measured(label, table, columns, missing)


def _measured(
    label: ProposedLabel, table: DatedRows, columns: Mapping[str, ProposedColumn], missing: Collection[str]
) -> ProposedLabel:
    """The same label with its rate or deviation, where its SQL is a column or a column compared with one value."""
    name, sql, task, used = label.name, label.sql, label.task, label.columns
    if not label.is_event:
        numbers = numbers_of(table.texts(sql), missing) if sql in columns else []
        return ProposedLabel(name, sql, task, used, deviation=pstdev(numbers) if numbers else None)
    if sql in columns:
        truths = [text.lower() == "true" for text in table.texts(sql) if text not in missing]
    else:
        truths = _compared(sql, table, columns, missing)
    return ProposedLabel(name, sql, task, used, rate=sum(truths) / len(truths) if truths else None)


def _compared(
    sql: str, table: DatedRows, columns: Mapping[str, ProposedColumn], missing: Collection[str]
) -> list[bool]:
    match = _COMPARISON.fullmatch(sql)
    if match is None or match[1] not in columns:
        return []
    name, operator, text = match[1], match[2], match[4] if match[4] is not None else match[3]
    known = [value for value in table.texts(name) if value not in missing]
    if match[4] is not None or not columns[name].is_number:
        same = [value == text for value in known]
        return same if operator in ("=", "==") else [not one for one in same] if operator in ("<>", "!=") else []
    try:
        limit = float(text)
    except ValueError:
        return []
    numbers = numbers_of(known, missing)
    match operator:
        case "<":
            return [value < limit for value in numbers]
        case "<=":
            return [value <= limit for value in numbers]
        case ">":
            return [value > limit for value in numbers]
        case ">=":
            return [value >= limit for value in numbers]
        case "=" | "==":
            return [value == limit for value in numbers]
        case _:
            return [value != limit for value in numbers]


def _columns_of(sql: str, columns: Collection[str]) -> tuple[str, ...]:
    words = (match[0] for match in _WORD.finditer(sql))
    return tuple(dict.fromkeys(word for word in words if word in columns))


def _free_name(name: str, columns: Collection[str]) -> str:
    while name in columns:
        name = f"{name}_label"
    return name
