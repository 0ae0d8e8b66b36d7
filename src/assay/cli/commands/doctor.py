"""`doctor` and `preflight`: the checks of what a run needs, before it starts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence

import click

from assay.cli.options import CommandOptions, env_option, given_by, json_option, pipeline_options, progress
from assay.cli.terminal.screen import Screen, TextStyle, screen_of
from assay.cli.terminal.table import TableColumn, TableRow, table_lines
from assay.doctor.check_line import CheckLine

COLUMNS = (TableColumn("check"), TableColumn("state"))


@click.command("preflight")
@given_by(pipeline_options, json_option)
def preflight_command(options: CommandOptions) -> int:
    """Check the packages and the code of an executor, and write to the lake from it; `doctor` submits this."""
    from assay.stages.runtime.preflight import preflight

    ctx = options.context()
    lines = preflight(ctx.pipeline, ctx.lake, ctx.spark, again=True)
    outcomes = [{"stage": "preflight", "sentence": line} for line in lines]
    click.echo(json.dumps({"exit_code": 0, "outcomes": outcomes}, indent=2) if options.as_json else "\n".join(lines))
    return 0


@click.command("doctor")
@env_option
@json_option
@click.option("--pipeline", help="The pipeline whose sources, channels and code are checked; all by default.")
def doctor_command(env: str, as_json: bool, pipeline: str | None) -> int:
    """Check this machine, the project, its services and its sources: each line is ok, or has the command that mends it.

    \b
    - this machine: Java, Python, the packages and Delta's jars, memory, cores, disks
    - the environment: lake, MLflow, HDFS, YARN, Kerberos, Airflow
    - each pipeline: its YAML, the newest date of each source, its channels, and on a cluster an executor

    It exits with 2 if a person has to correct something, and with 4 if a service or a machine is at fault.
    """  # noqa: D301 - click keeps the lines after the character \b
    from assay.doctor.doctor import doctor_lines

    lines = []
    for line in doctor_lines(env, pipeline, progress):
        progress(f"{line.title}: {'ok' if line.passed else 'FAILED'}")
        lines.append(line)
    worst = max((line.exit_code for line in lines), default=0)
    if as_json:
        click.echo(json.dumps({"exit_code": worst, "checks": {one.title: one.to_json() for one in lines}}, indent=2))
    else:
        click.echo("\n".join(check_table(lines, screen_of(sys.stdout))))
    return worst


def check_table(lines: Sequence[CheckLine], screen: Screen) -> Iterator[str]:
    """Yield the checks as a table: green where all is well, red with the command that mends a fault below it."""
    yield from table_lines(COLUMNS, [_row(line) for line in lines], screen)


def _row(line: CheckLine) -> TableRow:
    mend = (f"mend it: {line.mend}",) if line.mend else ()
    state = "ok" if line.passed else "FAILED"
    style = None if line.passed else TextStyle.RED
    return TableRow((line.title, state), line.sentence, details=(*line.details, *mend), style=style)
