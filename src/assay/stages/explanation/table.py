"""The account of a table: its source, owner, checks, days and newest versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.core.interval import days_in_words
from assay.core.text import quantity
from assay.report.content.explanation import Account, AccountPart
from assay.stages.ingest.clean import suite_checks
from assay.stages.reporting.ledger_tables import table_summaries
from assay.stages.runtime.context import Context
from assay.store.delta.log import commits
from assay.store.ledger.run_record import PartitionStatus
from assay.store.ledger.table_owners import Owners

NEWEST = 5
"""Versions and days that are shown."""


@dataclass(frozen=True, slots=True)
class TableVersion:
    """A version of the clean table: its number, the run that wrote it, and the operation of Delta."""

    version: int
    run_id: str
    operation: str


@dataclass(frozen=True, slots=True)
class TableDay:
    """The newest state of a day: its rows, and the run that left it so."""

    day: date
    state: str
    rows: int
    run_id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class TableAccount:
    """All that is stored of a table.

    - `used_for` names its parts in the pipeline: rows, input, label.
    - `owner` names the pipelines that own and share it, None before a first cleaning.
    - `rules` has the rows that each rule of cleaning took.
    - `checks` are those of its suite, in words.
    """

    table: str
    source: str
    format: str
    key: tuple[str, ...]
    available_at: str | None
    used_for: tuple[str, ...]
    owner: str | None
    checks: tuple[str, ...]
    rules: tuple[tuple[str, int], ...]
    first: date | None
    last: date | None
    days: int
    held: tuple[date, ...]
    newest_days: tuple[TableDay, ...]
    versions: tuple[TableVersion, ...]


def explain_table(ctx: Context, table: str) -> TableAccount:
    """Return the account of a table of the pipeline."""
    spec, latest = ctx.table(table), ctx.ledger.latest("clean", table)
    summary = next(one for one in table_summaries(ctx) if one.name == table)
    ownership = Owners(ctx.lake, table).current()
    published = [day for day, (_, state) in latest.items() if state.state is PartitionStatus.PUBLISHED]
    return TableAccount(
        table=table,
        source=spec.from_.name,
        format=spec.from_.format,
        key=tuple(spec.key),
        available_at=spec.available_at,
        used_for=_uses(ctx, table),
        owner=None if ownership is None else ownership.sentence,
        checks=tuple(_check_words(one.type, one.column, str(one.severity)) for one in suite_checks(ctx, table)),
        rules=summary.rules,
        first=min(published, default=None),
        last=max(published, default=None),
        days=len(published),
        held=summary.held,
        newest_days=tuple(
            TableDay(day, state.state, state.counts.get("out", 0), record.run_id, record.sentence)
            for day, (record, state) in sorted(latest.items(), reverse=True)[:NEWEST]
        ),
        versions=tuple(
            TableVersion(one.version, str(one.metadata.get("run_id") or ""), one.operation)
            for one in commits(ctx.folder("clean", table), NEWEST)
        ),
    )


def table_account(ctx: Context, one: TableAccount) -> Account:
    """Return the account of a table as a page."""
    headline = f"{quantity(one.days, 'day')} published"
    headline += f", {one.first} to {one.last}" if one.days else ""
    headline += f"; held: {days_in_words(one.held)}" if one.held else ""
    facts = (
        ("source", f"{one.source} ({one.format})"),
        ("owner", one.owner or "none yet: nothing was cleaned"),
        ("key", ", ".join(one.key)),
        ("known at", one.available_at or "the instant of scoring"),
        ("used for", ", ".join(one.used_for) or "nothing"),
    )
    days = tuple((str(of.day), of.state, f"{of.rows:,}", of.run_id, of.sentence) for of in one.newest_days)
    versions = tuple((str(of.version), of.run_id, of.operation) for of in one.versions)
    parts = (
        AccountPart("table", facts),
        AccountPart("checks", notes=one.checks or ("Its spec names no suite: a day has to have rows.",)),
        *_rule_parts(one),
        AccountPart("newest days", columns=("day", "state", "rows", "run", "verdict"), rows=days),
        AccountPart("newest versions", columns=("version", "run", "operation"), rows=versions),
    )
    return Account(ctx.pipeline.name, f"table {one.table}", f"{headline}.", parts)


def _rule_parts(one: TableAccount) -> tuple[AccountPart, ...]:
    rows = tuple((name, f"{number:,}") for name, number in one.rules)
    return (AccountPart("rows that rules took", columns=("rule", "rows"), rows=rows),) if rows else ()


def _uses(ctx: Context, table: str) -> tuple[str, ...]:
    spec = ctx.pipeline.spec
    uses = ["the rows that are scored"] if spec.features.rows == table else []
    if table in spec.features.inputs:
        uses.append(f"an input of the features, {quantity(spec.features.inputs[table], 'day')} back")
    return (*uses, "the label") if spec.label.from_ == table else tuple(uses)


def _check_words(kind: str, column: str | None, severity: str) -> str:
    return f"{kind}{f' of {column}' if column else ''} ({severity})"
