"""The owner of a table: claimed by the first pipeline, shared by an equal definition, refused to a different one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, VerdictSummary
from assay.errors import InfrastructureError, InputError
from assay.spec.project import Pipeline, load_pipeline
from assay.spec.table_definition import definition_parts
from assay.spec.user_code.functions import code_digest
from assay.stages.promotion.pause import needs_reason
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.ledger.run_record import new_run_id
from assay.store.ledger.table_owners import Definition, Kind, OwnerEntry, Owners, Ownership
from assay.store.users import now_utc

MAX_LOST_RACES = 100
"""Lost races in a row before giving up: each means that another pipeline has written."""

_MAX_VALUE_CHARACTERS = 60
CODE = "function (its code)"


def own_table(ctx: Context, table: str, *, with_code: bool = False) -> Ownership:
    """Claim or share a table for this pipeline, and return its owner; what the owner changed in its YAML is recorded.

    With `with_code` the package of the cleaning function counts too, against a pipeline of another project: within one
    project both run the same code.

    Raises:
        InputError: Another pipeline owns the table by a different definition; the files and keys are named.
    """
    owners, definition = Owners(ctx.lake, table), _definition(ctx.pipeline, table)
    if with_code and (function := ctx.table(table).function):
        definition = replace(definition, code=code_digest(function))
    for _ in range(MAX_LOST_RACES):
        current = owners.current()
        entry = _next(ctx, table, definition, current)
        if entry is not None:
            owners.append(current, entry)  # won or lost, the next look shows the owner
        elif current is not None:
            return current
    raise InfrastructureError(
        f"the owners of '{table}' were busy for {MAX_LOST_RACES} attempts", code="owners-busy", hint="run it again"
    )


def refuse_other_definitions(ctx: Context, tables: Iterable[str]) -> dict[str, Ownership]:
    """Return the owner of each table that has one, without writing.

    Raises:
        InputError: As `own_table` does.
    """
    ownerships = {}
    for table in tables:
        current, definition = Owners(ctx.lake, table).current(), _definition(ctx.pipeline, table)
        if current is not None:
            ownerships[table] = current
            if current.owner != ctx.pipeline.name:
                _refuse_different(ctx, table, definition, current, _as_its_file_says(ctx, table, current))
    return ownerships


def transfer(ctx: Context, table: str) -> StageOutcome:
    """Make this pipeline the owner of a table, with a reason; its definition is the one that counts from then on."""
    needs_reason(ctx, "transfer")
    owners, name, run_id = Owners(ctx.lake, table), ctx.pipeline.name, new_run_id("own")
    for _ in range(MAX_LOST_RACES):
        current = owners.current()
        if current is not None and current.owner == name:
            return _record_transfer(ctx, table, current, owners.history())
        kind = Kind.CLAIM if current is None else Kind.TRANSFER
        entry = _entry(ctx, kind, name, _definition(ctx.pipeline, table), run_id=run_id)
        owners.append(current, entry)
    raise InfrastructureError(
        f"the owners of '{table}' were busy for {MAX_LOST_RACES} attempts", code="owners-busy", hint="run it again"
    )


def _record_transfer(ctx: Context, table: str, current: Ownership, history: Sequence[OwnerEntry]) -> StageOutcome:
    """Record the last transfer, also one whose record a kill prevented; do nothing where it is recorded."""
    known = {record.run_id for record in ctx.ledger.records("own", table)}
    last = next((e for e in reversed(history) if e.run_id and e.pipeline == ctx.pipeline.name), None)
    if last is None or last.run_id in known:
        return StageOutcome("own", table, None, f"{table} is {current.sentence}", status=RunStatus.SKIPPED)
    today, sentence = date.fromisoformat(last.at[:10]), f"{table} is {current.sentence}: {last.why}"
    verdict = VerdictSummary(Status.PASS, Action.OWN, sentence)
    record = ctx.record(last.run_id, "own", table, Interval.of(today), RunStatus.DONE, why=last.why, verdict=verdict)
    ctx.ledger.append(replace(record, who=last.who, claimed=last.claimed))
    return StageOutcome("own", table, last.run_id, sentence)


def _next(ctx: Context, table: str, definition: Definition, current: Ownership | None) -> OwnerEntry | None:
    """Return the entry that this pipeline has to write about the table, None where there is nothing to write.

    Raises:
        InputError: Another pipeline owns the table by a different definition.
    """
    name = ctx.pipeline.name
    if current is None:
        return _entry(ctx, Kind.CLAIM, name, definition)
    known = current.definition
    definition = replace(definition, code=definition.code or known.code)
    if current.owner == name:
        changed = definition.differing(known) or definition.code != known.code
        return _entry(ctx, Kind.REDEFINE, name, definition) if changed else None
    owner_definition = _as_its_file_says(ctx, table, current)
    _refuse_different(ctx, table, definition, current, owner_definition)
    if owner_definition.differing(known):
        return _entry(ctx, Kind.REDEFINE, current.owner, owner_definition)
    return None if name in current.sharers else _entry(ctx, Kind.SHARE, name, definition)


def _as_its_file_says(ctx: Context, table: str, current: Ownership) -> Definition:
    """Return the owner's definition: that of its YAML, if the YAML is in this project and was changed since it ran."""
    definition, project = _definition(ctx.pipeline, table), ctx.pipeline.project
    if not definition.differing(current.definition) or current.owner not in project.pipelines():
        return current.definition
    try:
        owner = load_pipeline(project, current.owner)
    except InputError:
        return current.definition
    if table not in owner.spec.tables:
        return current.definition
    return replace(_definition(owner, table), code=current.definition.code)


def _refuse_different(
    ctx: Context, table: str, definition: Definition, current: Ownership, owner_definition: Definition
) -> None:
    differing: Sequence[str] = definition.differing(owner_definition)
    elsewhere = current.owner not in ctx.pipeline.project.pipelines()
    if (
        not differing
        and elsewhere
        and definition.code
        and owner_definition.code
        and definition.code != owner_definition.code
    ):
        differing = [CODE]
    if not differing:
        return
    shown = "; ".join(_shown(key, definition, owner_definition) for key in differing)
    take_over = f"assay own {table} --pipeline {ctx.pipeline.name} --reason ..."
    raise InputError(
        f"the table '{table}' is owned by the pipeline '{current.owner}' ({owner_definition.file}), and "
        f"{definition.file} defines it differently: {shown}",
        code="other-definition",
        hint=f"give it another name, define it alike, or take it over with '{take_over}'",
        location=ctx.pipeline.document.at("tables", table, key=True),
    )


def _shown(key: str, definition: Definition, owner_definition: Definition) -> str:
    here, there = definition.parts.get(key, "nothing"), owner_definition.parts.get(key, "nothing")
    short = key in {*definition.parts, *owner_definition.parts} and max(len(here), len(there)) <= _MAX_VALUE_CHARACTERS
    return f"{key} is {here} here and {there} there" if short else key


def _definition(pipeline: Pipeline, table: str) -> Definition:
    return Definition(pipeline.document.path, definition_parts(pipeline, table))


def _entry(ctx: Context, kind: Kind, pipeline: str, definition: Definition, *, run_id: str = "") -> OwnerEntry:
    return OwnerEntry(kind, pipeline, definition, now_utc(), ctx.actor.who, ctx.why, run_id, claimed=ctx.claimed)
