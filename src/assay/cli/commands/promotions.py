"""The commands that change who is champion, release a held day or change a table's owner.

Only `release` and `rollback --rescore` start a JVM.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import click

from assay.cli.options import (
    CommandOptions,
    date_option,
    env_option,
    given_by,
    json_option,
    known_table,
    open_context,
    pipeline_name,
    pipeline_option,
    pipeline_options,
    show,
)
from assay.core.interval import parse_date
from assay.core.model_versions import ModelVersion
from assay.errors import InputError
from assay.spec.project import open_project
from assay.stages.ingest.release import release
from assay.stages.promotion.aliases import align_aliases
from assay.stages.promotion.auto_rollback import downgrade
from assay.stages.promotion.pause import pause, resume
from assay.stages.promotion.promote import promote, rollback
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.scoring.blast_radius import blast_radius
from assay.stages.tables.owners import transfer

why_option = click.option("--reason", default="", help="Why; required.")
proposal_option = click.option(
    "--proposal", metavar="RUN", help="The proposal of that gate; 'assay status' lists those that wait."
)


@click.command("promote")
@given_by(env_option, pipeline_option, why_option, json_option)
@click.option("--date", "day", metavar="YYYY-MM-DD", help="Instead of VERSION: the proposal of the gate of that date.")
@proposal_option
@click.option(
    "--override", "contender", metavar="CONTENDER", help="With --date: this contender, whatever the gate decided."
)
@click.option("--expires", metavar="YYYY-MM-DD", help="The last day of an override; required with it.")
@click.argument("names", nargs=-1, metavar="[PIPELINE] [VERSION]")
def promote_command(
    options: CommandOptions, names: tuple[str, ...], proposal: str | None, contender: str | None, expires: str | None
) -> int:
    """Make VERSION the champion, or carry out a proposal, with a reason; MLflow's alias follows.

    With --override, a contender serves that the gate did not show to be better.
    """
    if contender is not None or expires is not None:
        return _override(options, names, contender, expires)
    if options.date is not None or proposal is not None:
        from assay.stages.promotion.proposal import carry_out

        if len(names) > 1:
            hint = "assay promote --pipeline NAME --date D"
            raise InputError("a proposal or a version, not both", code="usage", hint=hint)
        which = _which(options, proposal)
        ctx = replace(options, pipeline=names[0] if names else None).context()
        return _print_and_align(ctx, carry_out(ctx, which), as_json=options.as_json)
    if len(names) not in {1, 2} or not names[-1].isdigit():
        hint = "assay promote --pipeline NAME VERSION, or with --date D for what the gate of D proposed"
        raise InputError("promote takes a version, or a pipeline and a version", code="usage", hint=hint)
    ctx = replace(options, pipeline=names[0] if len(names) == 2 else None).context()
    return _print_and_align(ctx, promote(ctx, ModelVersion(int(names[-1]))), as_json=options.as_json)


def _override(options: CommandOptions, names: tuple[str, ...], contender: str | None, expires: str | None) -> int:
    from assay.stages.promotion.override import override

    if contender is None or expires is None or options.date is None or len(names) > 1:
        hint = "assay promote --pipeline NAME --date D --override CONTENDER --expires D --reason '...'"
        raise InputError("an override needs --date, --override and --expires", code="usage", hint=hint)
    ctx = replace(options, pipeline=names[0] if names else None).context()
    return _print_and_align(ctx, override(ctx, options.date, contender, parse_date(expires)), as_json=options.as_json)


@click.command("rollback")
@given_by(pipeline_options, why_option, json_option)
@click.option("--to", "version", type=int, help="An earlier champion; else the newest that was not rolled back from.")
@click.option("--automatic", is_flag=True, help="Only if the monitor requests it and the spec allows it.")
@click.option("--rescore", is_flag=True, help="Then score again what the version had scored, from the same data.")
@click.option("--dry-run", is_flag=True, help="Only show what the scores of the champion have reached.")
def rollback_command(
    options: CommandOptions, version: int | None, automatic: bool, rescore: bool, dry_run: bool
) -> int:
    """Make an earlier champion the champion again, with a reason; effective at once.

    First it shows the days, rows and tables that have the scores of the version which leaves, and who reads them.
    """
    ctx = options.context()
    state = ctx.promotions.current()
    reach = None if state is None or state.champion is None else blast_radius(ctx, state.champion)
    if reach is not None and not options.as_json:
        click.echo("\n".join(reach.lines()))
    if dry_run:
        if options.as_json:
            click.echo(json.dumps({"reach": reach.to_json() if reach else None}, indent=2))
        return 0
    to = None if version is None else ModelVersion(version)
    outcome = downgrade(ctx) if automatic else rollback(ctx, to)
    if reach is None or outcome.run_id is None:
        return _print_and_align(ctx, outcome, as_json=options.as_json)
    outcome = replace(outcome, numbers={**outcome.numbers, "reach": reach.to_json()})
    if rescore and (reach.days or reach.held):
        return show(_repaired(ctx, outcome, reach.version), as_json=options.as_json)
    if reach.days or reach.held:
        hint = f"to score these days again: assay score {ctx.pipeline.name} --replace {reach.version}"
        return _print_and_align(ctx, outcome, as_json=options.as_json, hint=hint)
    return _print_and_align(ctx, outcome, as_json=options.as_json)


def _repaired(ctx: Context, outcome: StageOutcome, version: ModelVersion) -> Iterator[StageOutcome]:
    """Yield the outcome of a rollback, then those of scoring again what the version had scored."""
    yield outcome
    _align(ctx)
    yield from _scored_again(ctx, version)


def _scored_again(ctx: Context, version: ModelVersion) -> Iterator[StageOutcome]:
    """Yield the outcomes of scoring again what a version had scored, on the cluster where the environment has one."""
    if not ctx.pipeline.project.environment.on_yarn:
        from assay.stages.scoring.rescore import rescore

        yield from rescore(ctx, version)
        return
    from assay.cli.commands.submit import say
    from assay.submission.submit import prepare, submit

    arguments = ("--replace", str(version), "--reason", ctx.why)
    end = submit(prepare(ctx.pipeline, "score", arguments, None, ()), say, to_stderr=True)
    yield StageOutcome("score", ctx.pipeline.name, None, end.sentence, exit_code=end.exit_code)


@click.command("decline")
@given_by(pipeline_options, why_option, json_option)
@click.option("--date", "day", metavar="YYYY-MM-DD", help="The proposal of the gate of that date.")
@proposal_option
@click.option("--unanswered", is_flag=True, help="No answer came in time; the next training proposes the recipe again.")
def decline_command(options: CommandOptions, proposal: str | None, unanswered: bool) -> int:
    """Decline the proposal of a gate, with a reason; its recipe rests."""
    from assay.stages.promotion.proposal import decline

    ctx = options.context()
    outcome = decline(ctx, _which(options, proposal), unanswered=unanswered)
    return _print_and_align(ctx, outcome, as_json=options.as_json, only_if_behind=True)


def _print_and_align(
    ctx: Context, outcome: StageOutcome, *, as_json: bool, only_if_behind: bool = False, hint: str = ""
) -> int:
    """Print the outcome and a hint, and only then update MLflow's aliases: the import of MLflow takes seconds.

    Aliases that still lag cause a warning on standard error, and no failure.
    """
    code = show([outcome], as_json=as_json)
    if hint and not as_json:
        click.echo(hint)
    _align(ctx, only_if_behind=only_if_behind)
    return code


def _align(ctx: Context, *, only_if_behind: bool = False) -> None:
    warning = align_aliases(ctx, only_if_behind=only_if_behind)
    if warning:
        click.echo(f"warning: {warning}", err=True)


def _which(options: CommandOptions, proposal: str | None) -> date | str:
    """Return the key of the proposal: the date of its gate, or its run."""
    if (options.date is None) == (proposal is None):
        hint = "--date 2013-04-01 for what a gate proposed, or --proposal RUN; 'assay status' lists those that wait"
        raise InputError("which proposal?", code="usage", hint=hint)
    return options.date or str(proposal)


@click.command("pause")
@given_by(pipeline_options, why_option, json_option)
def pause_command(options: CommandOptions) -> int:
    """Stop scoring and promotions, with a reason, until 'assay resume'; a rollback stays possible."""
    return show([pause(options.context())], as_json=options.as_json)


@click.command("resume")
@given_by(pipeline_options, why_option, json_option)
def resume_command(options: CommandOptions) -> int:
    """Allow scoring and promotions again, with a reason."""
    return show([resume(options.context())], as_json=options.as_json)


@click.command("release")
@given_by(env_option, pipeline_option, why_option, json_option, date_option("The held date."))
@click.option("--scores", is_flag=True, help="The scores of the pipeline instead of a table.")
@click.argument("names", nargs=-1, metavar="[PIPELINE] TABLE")
def release_command(options: CommandOptions, names: tuple[str, ...], scores: bool) -> int:
    """Publish a held day nevertheless; the ledger records your name and your reason."""
    if scores:
        from assay.stages.scoring.release_scores import release_scores

        if len(names) > 1:
            raise InputError("release --scores takes a pipeline and no table", code="usage")
        ctx = replace(options, pipeline=names[0] if names else None).context()
        return show([release_scores(ctx, parse_date(str(options.day)))], as_json=options.as_json)
    if not names:
        raise InputError("release takes a table, or --scores", code="usage")
    if len(names) > 2:
        raise InputError("release takes a table, or a pipeline and a table", code="usage")
    table, day = names[-1], parse_date(str(options.day))
    first = names[0] if len(names) == 2 else None
    named = first or options.named
    pipeline = pipeline_name(first, options.named, options.env) if named else _pipeline_with(table, options)
    return show([release(open_context(pipeline, options), table, day)], as_json=options.as_json)


@click.command("own")
@given_by(env_option, why_option, json_option)
@click.option("--pipeline", "named", required=True, help="The pipeline that owns the table from now on.")
@click.argument("table")
def own_command(options: CommandOptions, table: str) -> int:
    """Make --pipeline the owner of TABLE, with a reason; other pipelines then have to share its definition."""
    ctx = options.context()
    return show([transfer(ctx, known_table(ctx.pipeline, table))], as_json=options.as_json)


def _pipeline_with(table: str, options: CommandOptions) -> str:
    names = open_project(env=options.env).pipelines()
    having = [name for name in names if table in open_context(name, options).pipeline.spec.tables]
    if len(having) == 1:
        return having[0]
    what = "no pipeline has" if not having else f"{len(having)} pipelines have"
    hint = f"add --pipeline NAME, one of: {', '.join(having or names)}"
    raise InputError(f"{what} a table '{table}'", code="unknown-table", hint=hint)
