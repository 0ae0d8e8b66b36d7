"""The proposal of a pipeline from the files of a source and the choices of a person."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assay.core.proposals.column_types import ProposedColumn
from assay.core.proposals.dated_rows import DatedRows
from assay.core.proposals.keys import is_unique, propose_key
from assay.core.proposals.label import ProposedLabel, propose_label, read_label
from assay.core.proposals.pipeline import PipelineProposal, SourceShape
from assay.core.proposals.plain_names import plain_name
from assay.core.proposals.roles import NamedColumns, ProposedRoles, propose_roles
from assay.core.proposals.source_place import SourcePlace
from assay.core.proposals.suite import ProposedSuite, propose_suite
from assay.core.proposals.windows import propose_windows
from assay.core.suggestions import did_you_mean
from assay.errors import InputError
from assay.scaffold.choices import Choice, Choices, listed
from assay.scaffold.dated_source import DatedSource, ReadTable, read_source

MAX_NAME = 40
"""The most characters of a pipeline's name; tables and files add to it."""


def propose_pipeline(
    name: str, table: str, places: Sequence[Path], choices: Choices, read_table: ReadTable
) -> PipelineProposal:
    """Return the proposal for the source at `places`; `table` is the name of its table.

    A Delta table is read by `read_table`.

    Raises:
        InputError: The files cannot be read or divided by date, have too few days, or no column can be the label.
    """
    source = read_source(places, choices, read_table)
    rows, nulls = source.table, source.nulls
    columns = source.columns(nulls)
    key = _key(rows, columns, choices)
    label = read_label(_chosen_label(columns, key, choices), rows, columns, nulls)
    roles = _roles(rows, columns, key, label, nulls, choices)
    delay = _days(choices.choose(Choice.DELAY, "1"))
    shape = _shape(source, nulls)
    rate = label.rate if label.is_event else None
    name = plain_name(name)[:MAX_NAME]
    partition = source.partition
    return PipelineProposal(
        name=name,
        package=_package(name),
        table=table,
        timezone=_zone(choices.choose(Choice.TIMEZONE, "UTC")),
        owner=choices.choose(Choice.OWNER, f"{name}@example.org"),
        question=choices.choose(Choice.QUESTION, _question(label.name, label.is_event, table)),
        partition=partition,
        shape=shape,
        columns=columns,
        sources=source.sources,
        distinct={column: len(set(rows.texts(column))) for column in columns},
        key=(partition, *key),
        known=roles.known,
        later=roles.later,
        entity=roles.entity,
        row_numbers=roles.row_numbers,
        roles_reason=roles.reason,
        label=label,
        delay=delay,
        windows=propose_windows(shape.first, shape.last, delay=delay, rows_per_day=shape.rows_per_day, rate=rate),
        suites={
            table: _suite(rows, columns, roles.known, nulls),
            f"{table}_outcomes": _suite(rows, columns, roles.later, nulls),
        },
        place=_place(source, roles),
    )


def _suite(
    rows: DatedRows, columns: Mapping[str, ProposedColumn], names: Sequence[str], nulls: Sequence[str]
) -> ProposedSuite:
    return propose_suite(rows, {name: columns[name] for name in names}, nulls)


def _shape(source: DatedSource, nulls: tuple[str, ...]) -> SourceShape:
    dates = source.table.dates
    return SourceShape(
        delimiter=source.delimiter,
        nulls=nulls,
        date_column=source.date_column,
        date_form=source.form,
        first=dates[0],
        last=dates[-1],
        days_without_rows=(dates[-1] - dates[0]).days + 1 - len(dates),
        rows_per_day=source.table.rows_per_day,
    )


def _place(source: DatedSource, roles: ProposedRoles) -> SourcePlace | None:
    """The place where the source is read as it lies; None where it has to be divided, since a schema reads something.

    Raises:
        InputError: It is a table, which cannot be divided.
    """
    place = source.place
    if place is None or roles.known or place.partition_source is not None:
        return place
    if place.is_table:
        message = "no column of the table is known when a row is scored, and its date is no plain column"
        raise InputError(message, code="no-known-column", hint="name one that is: --known COLUMN")
    return None


def _roles(
    rows: DatedRows,
    columns: Mapping[str, ProposedColumn],
    key: Sequence[str],
    label: ProposedLabel,
    nulls: Sequence[str],
    choices: Choices,
) -> ProposedRoles:
    """The roles of the columns, with those that a person chose; what a terminal names as known is all that is."""
    known, later = (_names(choices.options.get(one, ""), columns) for one in (Choice.KNOWN, Choice.LATER))
    named = NamedColumns(key, label.columns, known, later)
    roles = propose_roles(rows, columns, named, nulls)
    if Choice.KNOWN in choices.options:
        return roles
    known = _names(choices.choose(Choice.KNOWN, ", ".join(roles.known)), columns)
    if known == roles.known:
        return roles
    others = tuple(column for column in columns if column not in (*known, *key))
    return propose_roles(rows, columns, NamedColumns(key, label.columns, known, others), nulls)


def _key(rows: DatedRows, columns: Mapping[str, ProposedColumn], choices: Choices) -> tuple[str, ...]:
    candidates = [name for name, column in columns.items() if column.type in ("string", "int", "long", "timestamp")]
    texts = [name for name in candidates if not columns[name].is_number]
    proposal = propose_key(rows, [*texts, *(name for name in candidates if name not in texts)])
    chosen = listed(choices.choose(Choice.KEY, ", ".join(proposal or ())))
    for name in chosen:
        if name not in columns:
            hint = did_you_mean(name, columns, "the columns are")
            raise InputError(
                f"the key names '{name}', which the source does not have", code="unknown-column", hint=hint
            )
    if proposal is None and not chosen:
        message = "no set of columns was seen that identifies a row on every day"
        raise InputError(message, code="bad-key", hint="name the columns: --key A,B")
    if not is_unique(rows, chosen):
        shown = ", ".join(chosen) or "the date alone"
        message = f"on some days several rows have the same key ({shown})"
        raise InputError(message, code="bad-key", hint="name more columns: --key A,B")
    return chosen


def _chosen_label(columns: Mapping[str, ProposedColumn], key: Sequence[str], choices: Choices) -> str:
    proposal = propose_label(columns, key)
    chosen = choices.choose(Choice.LABEL, proposal or "")
    if not chosen:
        hint = 'name a number, or write SQL: --label "late=delay > 15"'
        raise InputError("no column of the source is a number, or true or false", code="no-label", hint=hint)
    return chosen


def _names(text: str, columns: Mapping[str, ProposedColumn]) -> tuple[str, ...]:
    for name in listed(text):
        if name not in columns:
            hint = did_you_mean(name, columns, "the columns are")
            raise InputError(f"the source has no column '{name}'", code="unknown-column", hint=hint)
    return listed(text)


def _days(text: str) -> int:
    digits = text.split()[0] if text.split() else ""
    if not digits.isdigit():
        raise InputError(f"'{text}' is no number of days", code="bad-delay", hint="write --label-delay 1")
    return max(1, int(digits))


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "write a name of the IANA database, such as Europe/Berlin"
        raise InputError(f"there is no time zone '{name}'", code="bad-timezone", hint=hint) from None
    return name


def _question(label: str, is_event: bool, table: str) -> str:
    words = label.replace("_", " ")
    return (
        f"Will it be true of a row of {table}: {words}?" if is_event else f"Which {words} will a row of {table} have?"
    )


def _package(name: str) -> str:
    """The name of the package: the pipeline's, unless Python has a module of that name."""
    taken = name in sys.stdlib_module_names or importlib.util.find_spec(name) is not None
    return f"{name}_pipeline" if taken or name in ("tests", "jobs", "dags", "conf") else name
