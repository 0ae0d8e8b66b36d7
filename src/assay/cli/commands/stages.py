"""The commands that run one of the seven stages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import click

from assay.cli.options import (
    CommandOptions,
    date_option,
    given_by,
    interval_options,
    known_table,
    pipeline_options,
    reason_option,
    show,
    work_options,
)
from assay.cli.terminal.live_progress import watched_stages
from assay.core.interval import Interval, parse_date
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.errors import InputError
from assay.stages.evaluation.gate import gate
from assay.stages.ingest.clean import clean
from assay.stages.ingest.land import land
from assay.stages.ingest.validate import validate
from assay.stages.monitoring.backtest import backtest, backtest_document, backtest_lines
from assay.stages.monitoring.monitor import monitor
from assay.stages.operations.training_steps import train_or_skip
from assay.stages.planning.training_trigger import retrain_skip_reason, too_little_history
from assay.stages.reviews.replay import replay
from assay.stages.reviews.timeline import timeline, timeline_document, timeline_lines
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.scoring.rescore import rescore
from assay.stages.scoring.score import score
from assay.stages.training.train import train

TableStage = Callable[[Context, str, Interval], StageOutcome]

table_option = click.option("--table", help="One table; all of them by default.")


def _tables(ctx: Context, table: str | None) -> list[str]:
    return list(ctx.pipeline.spec.tables) if table is None else [known_table(ctx.pipeline, table)]


def _work_on(stage: TableStage, ctx: Context, interval: Interval, table: str) -> StageOutcome:
    return stage(ctx, table, interval)


def _alone(ctx: Context, stage: str, interval: Interval, work: Callable[[], StageOutcome]) -> Iterator[StageOutcome]:
    """Yield the outcome of a stage of the whole pipeline, with its progress."""
    return watched_stages(ctx, stage, [ctx.pipeline.name], interval, lambda _: work())


def _table_command(name: str, stage: TableStage, summary: str) -> click.Command:
    @click.command(name, help=summary)
    @given_by(pipeline_options, interval_options, work_options, reason_option)
    @table_option
    def command(options: CommandOptions, table: str | None) -> int:
        interval, ctx = options.interval, options.context()
        work = partial(_work_on, stage, ctx, interval)
        return show(watched_stages(ctx, name, _tables(ctx, table), interval, work), as_json=options.as_json)

    return command


@click.command("validate")
@given_by(pipeline_options, interval_options, work_options)
@table_option
@click.option("--rescan", is_flag=True, help="Measure the published rows again, for a suite with new expectations.")
def validate_command(options: CommandOptions, table: str | None, rescan: bool) -> int:
    """Judge the stored Profiles by the current suites, without Spark; exit 3 when a blocking check does not hold."""
    interval, ctx = options.interval, options.context()

    def work(each: str) -> StageOutcome:
        return validate(ctx, each, interval, rescan=rescan)

    return show(watched_stages(ctx, "validate", _tables(ctx, table), interval, work), as_json=options.as_json)


@click.command("train")
@given_by(pipeline_options, work_options, reason_option, date_option("Only labels known before this date are used."))
@click.option("--name", default="", help="The name of a side training, beside the pipeline's own.")
@click.option("--candidates", help="Another module:function of candidates, for a side training.")
@click.option("--if-ready", is_flag=True, help="Only with enough history and outcomes; otherwise do nothing.")
@click.option("--only-if-requested", is_flag=True, help="Only if the last monitoring requests a training.")
def train_command(
    options: CommandOptions, name: str, candidates: str | None, if_ready: bool, only_if_requested: bool
) -> int:
    """Fit the constant, the baselines and the candidates, and log them to MLflow; nothing is promoted."""
    day, ctx = parse_date(str(options.day)), options.context()
    skip_reason = too_little_history(ctx, day) if if_ready else ""
    if only_if_requested and not skip_reason:
        skip_reason = retrain_skip_reason(ctx, day)
    if skip_reason:
        skipped = StageOutcome("train", ctx.pipeline.name, None, skip_reason, status=RunStatus.SKIPPED)
        return show([skipped], as_json=options.as_json)

    def work() -> StageOutcome:
        return train_or_skip(ctx, day) if if_ready and not name else train(ctx, day, name=name, candidates=candidates)

    return show(_alone(ctx, "train", Interval.of(day), work), as_json=options.as_json)


@click.command("gate")
@given_by(pipeline_options, work_options)
@click.option("--date", "judged", metavar="YYYY-MM-DD", help="The date of the training to judge.")
@click.option("--name", default="", help="The name of a side training.")
@click.option("--propose", is_flag=True, help="Write a proposal for 'assay promote' instead of promoting.")
@click.option("--replay", "replayed", metavar="RUN", help="Compute this earlier verdict again, and change nothing.")
def gate_command(options: CommandOptions, judged: str | None, name: str, propose: bool, replayed: str | None) -> int:
    """Judge a training's contenders and the champion by their folds; exit 3 when none may be promoted.

    With --replay, compute an earlier verdict from what is stored; exit 3 when it is another one.
    """
    if (judged is None) == (replayed is None):
        hint = "--date 2013-03-01 judges a training, and --replay RUN computes an earlier verdict again"
        raise InputError("which training, or which run?", code="usage", hint=hint)
    if replayed is not None:
        if name or propose or options.force:
            raise InputError("--replay goes alone", code="usage", hint=f"assay gate --replay {replayed}")
        return show([replay(options.context(), replayed)], as_json=options.as_json)
    day, ctx = parse_date(str(judged)), options.context()
    judged_once = _alone(ctx, "gate", Interval.of(day), lambda: gate(ctx, day, name=name, propose=propose))
    return show(judged_once, as_json=options.as_json)


land_command = _table_command("land", land, "Check the landed files and write their manifest.")
clean_command = _table_command(
    "clean", clean, "Clean, measure and judge the landed days; publish the good days, hold the bad ones (exit 3)."
)


@click.command("score")
@given_by(pipeline_options, interval_options, work_options, reason_option)
@click.option(
    "--replace",
    "version",
    type=int,
    metavar="VERSION",
    help="Instead of dates: score again, from the same data, what VERSION had scored.",
)
def score_command(options: CommandOptions, version: int | None) -> int:
    """Score an interval with the champion."""
    if version is None:
        interval, ctx = options.interval, options.context()
        return show(_alone(ctx, "score", interval, lambda: score(ctx, interval)), as_json=options.as_json)
    if options.start or options.end or options.day:
        hint = "the dates are those that have the version's scores"
        raise InputError("--replace goes without dates", code="usage", hint=hint)
    return show(rescore(options.context(), ModelVersion(version)), as_json=options.as_json)


@click.command("monitor")
@given_by(pipeline_options, interval_options, work_options, reason_option)
@click.option("--backtest", "replays", is_flag=True, help="Show the alarms of past days by several settings; no Spark.")
@click.option("--timeline", "lists", is_flag=True, help="List what happened on past days, from the ledger; no Spark.")
def monitor_command(options: CommandOptions, replays: bool, lists: bool) -> int:
    """Judge inputs, scores and outcomes; print the action that follows."""
    interval = options.interval
    if not replays and not lists:
        ctx = options.context()
        return show(_alone(ctx, "monitor", interval, lambda: monitor(ctx, interval)), as_json=options.as_json)
    if options.force or options.reason or (replays and lists):
        flag = "--backtest" if replays else "--timeline"
        raise InputError(f"{flag} changes nothing: it goes alone, without --force and --reason", code="usage")
    ctx = options.context()
    if lists:
        events = timeline(ctx, interval)
        return _print(timeline_document(ctx, interval, events), timeline_lines(ctx, interval, events), options.as_json)
    tested = backtest(ctx, interval)
    return _print(backtest_document(tested), backtest_lines(tested), options.as_json)


def _print(document: Mapping[str, Any], lines: Iterable[str], as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(document, indent=2))
    for line in () if as_json else lines:
        click.echo(line)
    return 0
