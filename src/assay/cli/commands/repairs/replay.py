"""`assay quarantine` and `assay replay`: write a day's quarantined records to a file, and take it back repaired.

Neither starts a JVM, unless the date of the table's source is SQL.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from assay.cli.options import (
    CommandOptions,
    date_option,
    env_option,
    given_by,
    json_option,
    known_table,
    pipeline_option,
    pipeline_options,
    reason_option,
    show,
)
from assay.core.interval import parse_date
from assay.core.text import quantity
from assay.errors import InputError
from assay.stages.ingest.quarantine import quarantined, write_records
from assay.stages.ingest.replay import replay, undo
from assay.stages.tables.repair_lines import read_repair_lines

table_option = click.option("--table", required=True, metavar="NAME", help="The table.")


@click.command("quarantine")
@given_by(pipeline_options, json_option, date_option("The date of the records."))
@table_option
@click.option("--reason", "only", metavar="REASON", help="Only the records that were refused for this reason.")
@click.option("--to", "target", required=True, type=click.Path(path_type=Path), help="A new file, for you alone.")
def quarantine_command(options: CommandOptions, table: str, only: str | None, target: Path) -> int:
    """Write the quarantined records of a day to a file, to be repaired there; a line is one record as JSON."""
    ctx, day = options.context(), parse_date(str(options.day))
    wanted = quarantined(ctx, known_table(ctx.pipeline, table), day)
    if only is not None:
        wanted = wanted.by_reason(only)
    write_records(target, wanted.records)
    if options.as_json:
        click.echo(json.dumps({"file": str(target), "records": len(wanted.records), "made": wanted.made}))
        return 0
    click.echo(f"{target}  {quantity(len(wanted.records), 'record')} of {table} on {day}")
    if wanted.made:
        click.echo(
            f"left out: {quantity(wanted.made, 'row')} that the cleaning function made; repair them at the source",
            err=True,
        )
    return 0


@click.command("replay")
@given_by(env_option, pipeline_option, reason_option, json_option, date_option("The date of the records."))
@table_option
@click.option("--undo", "takes_back", is_flag=True, help="Take back all repairs of the date; without FILE.")
@click.argument("names", nargs=-1, metavar="[PIPELINE] [FILE]")
def replay_command(options: CommandOptions, names: tuple[str, ...], table: str, takes_back: bool) -> int:
    """Keep the repaired records of FILE for the next cleaning of the day, with your name and your reason.

    It publishes nothing: it prints the command that cleans the day.
    """
    needed = 0 if takes_back else 1
    if not needed <= len(names) <= needed + 1:
        raise InputError(
            "replay takes a FILE, or a pipeline and a FILE; with --undo it takes none",
            code="usage",
            hint="assay replay PIPELINE FILE --table NAME --date 2024-02-08 --reason '...'",
        )
    ctx = replace(options, pipeline=names[0] if len(names) > needed else None).context()
    day, name = parse_date(str(options.day)), known_table(ctx.pipeline, table)
    if takes_back:
        return show([undo(ctx, name, day)], as_json=options.as_json)
    return show([replay(ctx, name, day, read_repair_lines(Path(names[-1])))], as_json=options.as_json)
