"""The seven stages as commands, each alone."""

from __future__ import annotations

from collections.abc import Callable

import click

from assay.cli.options import interval_of, interval_options, open_context, pipeline_options, show, work_options
from assay.core.interval import Interval, parse_date
from assay.errors import InputError
from assay.stages.challenge import challenge
from assay.stages.clean import clean
from assay.stages.context import Context, Outcome
from assay.stages.gate import gate
from assay.stages.land import land
from assay.stages.monitor import monitor
from assay.stages.score import score
from assay.stages.train import train
from assay.stages.validate import validate

Dates = tuple[str | None, str | None, str | None]


def _tables(ctx: Context, table: str | None) -> list[str]:
    names = list(ctx.pipeline.spec.tables)
    if table is None:
        return names
    if table not in names:
        from assay.spec.suggest import did_you_mean

        raise InputError(
            f"the pipeline {ctx.pipeline.name} has no table '{table}'",
            code="unknown-table",
            hint=did_you_mean(table, names),
        )
    return [table]


def _table_command(name: str, stage: Callable[[Context, str, Interval], Outcome], summary: str) -> click.Command:
    @click.command(name, help=summary)
    @pipeline_options
    @interval_options
    @work_options
    @click.option("--table", help="One table; all of them by default.")
    @click.option("--reason", default="", help="Why, for the ledger.")
    def command(
        pipeline: str | None,
        named: str | None,
        env: str,
        start: str | None,
        end: str | None,
        day: str | None,
        force: bool,
        wait: float,
        as_json: bool,
        table: str | None,
        reason: str,
    ) -> int:
        interval = interval_of(start, end, day)
        ctx = open_context(pipeline, named, env, force=force, wait=wait, why=reason)
        return show([stage(ctx, each, interval) for each in _tables(ctx, table)], as_json=as_json)

    return command


def _interval_command(name: str, stage: Callable[[Context, Interval], Outcome], summary: str) -> click.Command:
    @click.command(name, help=summary)
    @pipeline_options
    @interval_options
    @work_options
    @click.option("--reason", default="", help="Why, for the ledger.")
    def command(
        pipeline: str | None,
        named: str | None,
        env: str,
        start: str | None,
        end: str | None,
        day: str | None,
        force: bool,
        wait: float,
        as_json: bool,
        reason: str,
    ) -> int:
        interval = interval_of(start, end, day)
        ctx = open_context(pipeline, named, env, force=force, wait=wait, why=reason)
        return show([stage(ctx, interval)], as_json=as_json)

    return command


@click.command("validate")
@pipeline_options
@interval_options
@work_options
@click.option("--table", help="One table; all of them by default.")
@click.option("--rescan", is_flag=True, help="Measure the published rows anew: for a suite that asks new questions.")
def validate_command(
    pipeline: str | None,
    named: str | None,
    env: str,
    start: str | None,
    end: str | None,
    day: str | None,
    force: bool,
    wait: float,
    as_json: bool,
    table: str | None,
    rescan: bool,
) -> int:
    """Judge the stored Profiles by today's suites, without Spark; exit 3 when a blocking check does not hold."""
    interval = interval_of(start, end, day)
    ctx = open_context(pipeline, named, env, force=force, wait=wait)
    return show([validate(ctx, each, interval, rescan=rescan) for each in _tables(ctx, table)], as_json=as_json)


@click.command("train")
@pipeline_options
@work_options
@click.option("--date", "day", required=True, metavar="YYYY-MM-DD", help="Only labels known before this date are used.")
@click.option("--name", default="", help="The name of a side training, beside the pipeline's own.")
@click.option("--candidates", help="Another module:function of candidates, for a side training.")
@click.option("--reason", default="", help="Why, for the ledger and MLflow.")
def train_command(
    pipeline: str | None,
    named: str | None,
    env: str,
    force: bool,
    wait: float,
    as_json: bool,
    day: str,
    name: str,
    candidates: str | None,
    reason: str,
) -> int:
    """Fit the constant, the linear baseline and the candidates, and log them to MLflow; nothing is promoted."""
    ctx = open_context(pipeline, named, env, force=force, wait=wait, why=reason)
    return show([train(ctx, parse_date(day), name=name, candidates=candidates)], as_json=as_json)


@click.command("gate")
@pipeline_options
@work_options
@click.option("--date", "day", required=True, metavar="YYYY-MM-DD", help="The date of the training to judge.")
@click.option("--name", default="", help="The name of a side training.")
@click.option("--challenger", is_flag=True, help="Judge the standing challenger by the days that have come in.")
def gate_command(
    pipeline: str | None,
    named: str | None,
    env: str,
    force: bool,
    wait: float,
    as_json: bool,
    day: str,
    name: str,
    challenger: bool,
) -> int:
    """Judge a training's contenders and the champion on the pinned holdout; exit 3 when none may move on."""
    ctx = open_context(pipeline, named, env, force=force, wait=wait)
    return show([challenge(ctx) if challenger else gate(ctx, parse_date(day), name=name)], as_json=as_json)


land_command = _table_command("land", land, "Check what upstream dropped and write its manifest.")
clean_command = _table_command(
    "clean", clean, "Clean, measure and judge the landed days; publish the good, hold the bad (exit 3)."
)
score_command = _interval_command("score", score, "Score an interval with the champion, the challenger in its shadow.")
monitor_command = _interval_command("monitor", monitor, "Judge inputs, scores and outcomes, and say what to do.")
