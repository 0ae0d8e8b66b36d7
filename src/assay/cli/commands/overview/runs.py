"""`runs`: the newest runs of the stages, from the ledger alone; no JVM, no MLflow."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import click

from assay.cli.commands.overview.pipeline_ends import broken_documents, broken_exit_code, show_broken
from assay.cli.completion.values import STAGES
from assay.cli.options import (
    CommandOptions,
    each_pipeline,
    given_by,
    json_option,
    pipeline_names,
    pipeline_options,
)
from assay.cli.terminal.run_cells import short_time, style_of
from assay.cli.terminal.screen import screen_of
from assay.cli.terminal.table import TableColumn, TableRow, table_lines
from assay.connections import refuse_never_begun
from assay.core.operations.stage_durations import duration_in_words
from assay.core.suggestions import did_you_mean
from assay.core.verdict import Action
from assay.errors import InputError
from assay.spec.project import open_project
from assay.store.ledger.run_record import RunRecord

PARTS = "fold"
"""The stage whose runs are parts of a training: they are shown where a person names it."""

DECISIONS = (
    Action.PROMOTE,
    Action.ROLLBACK,
    Action.DECLINE,
    Action.PAUSE,
    Action.RESUME,
    Action.OWN,
    Action.MAINTAIN,
)
"""The stages of records that no stage of a pipeline makes."""

COLUMNS = (
    TableColumn("at (UTC)", drop=6),  # the run's id begins with its time, and has its stage
    TableColumn("pipeline", drop=3, cut=True),
    TableColumn("stage", drop=2),
    TableColumn("of", cut=True, drop=1),
    TableColumn("dates"),
    TableColumn("status"),
    TableColumn("took", right=True, drop=4),
    TableColumn("rows", right=True, drop=5),
    TableColumn("who", cut=True, drop=7),
    TableColumn("run"),
)


@click.command("runs")
@given_by(pipeline_options, json_option)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1), help="The number of runs.")
@click.option("--stage", default="", help="Only the runs of this stage, for example clean, or fold.")
def runs_command(options: CommandOptions, limit: int, stage: str) -> int:
    """List the newest runs first: dates, status, duration, rows, and who ran them.

    Without PIPELINE it lists the runs of all pipelines.
    """
    refuse_never_begun(open_project(env=options.env))
    names = pipeline_names(options)
    by_pipeline, broken = each_pipeline(names, options, lambda ctx: ctx.ledger.records())
    records = [record for of_one in by_pipeline.values() for record in of_one]
    _check_stage(stage, records)
    wanted = [record for record in records if (record.stage == stage if stage else record.stage != PARTS)]
    newest = sorted(wanted, key=lambda record: (record.at, record.number), reverse=True)[:limit]
    if options.as_json:
        errors = {"broken": broken_documents(broken)} if broken else {}
        click.echo(json.dumps({"runs": [_document(record) for record in newest], **errors}, indent=2))
    else:
        click.echo("\n".join(_lines(newest, several=len(names) > 1)))
    show_broken(broken)
    return broken_exit_code(broken)


def _check_stage(stage: str, records: Sequence[RunRecord]) -> None:
    """Check that a stage with this name may have runs; an empty name means all stages.

    Raises:
        InputError: No record can be of this stage.
    """
    known = dict.fromkeys((*STAGES, PARTS, *DECISIONS, *(record.stage for record in records)))
    if stage and stage not in known:
        hint = did_you_mean(stage, known, "the stages are")
        raise InputError(f"there is no stage '{stage}'", code="unknown-stage", hint=hint)


def _document(record: RunRecord) -> dict[str, Any]:
    return {
        "run_id": record.run_id,
        "pipeline": record.pipeline,
        "stage": record.stage,
        "subject": record.subject,
        "from": str(record.start),
        "to": str(record.end - timedelta(days=1)),
        "status": record.status,
        "at": record.at,
        "who": str(record.actor),
        "why": record.why,
        "duration_seconds": None if record.use is None else record.use.duration_seconds,
        "rows": None if record.use is None else record.use.rows,
        "sentence": record.sentence,
    }


def _lines(records: Sequence[RunRecord], *, several: bool) -> Iterator[str]:
    if not records:
        yield "no run yet"
    yield from table_lines(COLUMNS, [_row(record, several=several) for record in records], screen_of(sys.stdout))


def _row(record: RunRecord, *, several: bool) -> TableRow:
    first, last = record.start, record.end - timedelta(days=1)
    use = record.use
    cells = (
        short_time(record.at),
        record.pipeline if several else "",
        record.stage,
        record.subject,
        str(first) if first == last else f"{first}..{last}",
        str(record.status),
        "" if use is None else duration_in_words(use.duration_seconds),
        "" if use is None or use.rows is None else f"{use.rows:,}",
        str(record.actor),
        record.run_id,
    )
    return TableRow(cells, style=style_of(record.status))
