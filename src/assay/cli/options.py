"""The options that commands share, and the functions that read their values."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

import click

from assay.api import open_pipeline
from assay.cli.interrupt import published, stop_writing
from assay.cli.pending_notifications import remember
from assay.cli.terminal.live_line import LIVE
from assay.cli.terminal.screen import TextStyle, screen_of
from assay.core.interval import Interval, parse_date
from assay.core.suggestions import did_you_mean
from assay.errors import AssayError, InputError
from assay.spec.project import Pipeline, open_project
from assay.stages.runtime.context import Context, StageOutcome, exit_code

Command = Callable[..., Any]
Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOptions:
    """The values of the shared options of a command; a command that lacks an option has its default."""

    pipeline: str | None = None
    named: str | None = None
    env: str = "local"
    start: str | None = None
    end: str | None = None
    day: str | None = None
    force: bool = False
    wait: float = 0.0
    reason: str = ""
    as_json: bool = False

    @property
    def interval(self) -> Interval:
        """The interval of --date, or of --from and --to.

        Raises:
            InputError: The options name no interval, or two.
        """
        return interval_of(self.start, self.end, self.day)

    @property
    def date(self) -> date | None:
        """The date of --date, None where it was left out."""
        return None if self.day is None else parse_date(self.day)

    def context(self) -> Context:
        """Return the context of the named pipeline, or of the only one; progress is printed on a terminal alone."""
        return open_context(pipeline_name(self.pipeline, self.named, self.env), self)


def given_by(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Add these options to a command, and call it with one `CommandOptions` for them and its own options by name."""

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def gathered(**values: Any) -> Any:
            shared = {field.name: values.pop(field.name) for field in fields(CommandOptions) if field.name in values}
            return function(CommandOptions(**shared), **values)

        command: Command = gathered
        for option in options:
            command = option(command)
        return command

    return decorate


def pipeline_options(command: Command) -> Command:
    """Add PIPELINE as an argument, and --pipeline, which the jobs use; both are optional in a project with one."""
    command = pipeline_option(env_option(command))
    return click.argument("pipeline", required=False)(command)


def interval_options(command: Command) -> Command:
    """Add --date, and --from with --to (half-open)."""
    command = click.option("--date", "day", metavar="YYYY-MM-DD", help="One date.")(command)
    command = click.option("--to", "end", metavar="YYYY-MM-DD", help="The first date that is left out.")(command)
    return click.option("--from", "start", metavar="YYYY-MM-DD", help="The first date.")(command)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
pipeline_option = click.option(
    "--pipeline", "named", metavar="NAME", help="The pipeline; optional in a project with only one."
)
env_option = click.option("--env", default="local", show_default=True, help="The file of conf/environments to use.")
all_option = click.option(
    "--all", "every", is_flag=True, help="All pipelines of the project, in the order of what they share."
)
reason_option = click.option("--reason", default="", help="Why, for the ledger.")


def date_option(meaning: str) -> Callable[[Command], Command]:
    """Return the option --date as a required one, with its meaning as help."""
    return click.option("--date", "day", required=True, metavar="YYYY-MM-DD", help=meaning)


def work_options(command: Command) -> Command:
    """Add --force, --wait and --json."""
    command = json_option(command)
    command = click.option("--wait", default=0.0, metavar="SECONDS", help="Wait that long for another run to finish.")(
        command
    )
    return click.option("--force", is_flag=True, help="Redo what is already done.")(command)


def interval_of(start: str | None, end: str | None, day: str | None) -> Interval:
    """Return the interval that the options name.

    Raises:
        InputError: They name no interval, or two.
    """
    if day is not None and (start is not None or end is not None):
        raise InputError("--date goes without --from and --to", code="usage", hint="use one or the other")
    if day is not None:
        return Interval.of(parse_date(day))
    if start is None or end is None:
        raise InputError(
            "which dates?", code="usage", hint="add --date 2013-01-31, or --from 2013-01-01 --to 2013-02-01 (half-open)"
        )
    return Interval.parse(start, end)


def known_table(pipeline: Pipeline, name: str) -> str:
    """Return the name of a table after the check that the pipeline has it.

    Raises:
        InputError: The pipeline has no such table.
    """
    if name not in pipeline.spec.tables:
        raise InputError(
            f"the pipeline {pipeline.name} has no table '{name}'",
            code="unknown-table",
            hint=did_you_mean(name, list(pipeline.spec.tables)),
        )
    return name


def pipeline_name(pipeline: str | None, named: str | None, env: str) -> str:
    """Return the name of the pipeline: the argument, --pipeline, or the only pipeline of the project.

    Raises:
        InputError: The argument and --pipeline differ, or none is given and the project has not exactly one.
    """
    if pipeline and named and pipeline != named:
        raise InputError(f"two pipelines were named: {pipeline} and {named}", code="usage", hint="name one")
    if pipeline or named:
        return str(pipeline or named)
    names = open_project(env=env).pipelines()
    if len(names) == 1:
        return names[0]
    hint = f"add --pipeline NAME, one of: {', '.join(names)}" if names else "write conf/pipelines/NAME.yaml"
    raise InputError("which pipeline?", code="usage", hint=hint)


def pipeline_names(options: CommandOptions) -> list[str]:
    """Return the pipeline that was named, or the names of all pipelines of the project.

    Raises:
        InputError: The argument and --pipeline differ, or the project has no pipeline.
    """
    names = [] if options.pipeline or options.named else open_project(env=options.env).pipelines()
    return names or [pipeline_name(options.pipeline, options.named, options.env)]


def every_pipeline(options: CommandOptions) -> list[str]:
    """Return the names of all pipelines, for --all.

    Raises:
        InputError: A pipeline was named too, or the project has none.
    """
    if options.pipeline or options.named:
        raise InputError("--all goes without the name of a pipeline", code="usage", hint="leave one of the two out")
    return pipeline_names(options)


def open_context(pipeline: str, options: CommandOptions) -> Context:
    """Return the context of `pipeline` with the values of the options."""
    opened = open_pipeline(
        pipeline, env=options.env, progress=progress, force=options.force, wait=options.wait, why=options.reason
    )
    remember(opened.context)
    return opened.context


def open_contexts(names: Iterable[str], options: CommandOptions) -> tuple[list[Context], dict[str, AssayError]]:
    """Return the contexts of the pipelines that can be read, and the errors of the others by name."""
    contexts: list[Context] = []
    broken: dict[str, AssayError] = {}
    for name in names:
        try:
            contexts.append(open_context(name, options))
        except AssayError as error:
            broken[name] = error
    return contexts, broken


def each_pipeline(
    names: Sequence[str], options: CommandOptions, work: Callable[[Context], Shown]
) -> tuple[dict[str, Shown], dict[str, AssayError]]:
    """Return what `work` returns for each pipeline, and the errors of those that cannot be read or worked on, by name.

    Raises:
        AssayError: There is only one pipeline, and it has an error.
    """
    contexts, broken = open_contexts(names, options)
    results: dict[str, Shown] = {}
    for ctx in contexts:
        try:
            results[ctx.pipeline.name] = work(ctx)
        except AssayError as error:
            broken[ctx.pipeline.name] = error
    if broken and len(names) == 1:
        raise broken[names[0]]
    return results, broken


def champion_clause(champion: int | None) -> str:
    """Return a clause with the version that serves."""
    return "no champion" if champion is None else f"champion {champion}"


def progress(line: str) -> None:
    """Write one line of progress, dimmed, to standard error if it is a terminal."""
    if sys.stderr.isatty():
        with LIVE.out_of_the_way():
            sys.stderr.write(screen_of(sys.stderr).styled(f"  {line}", TextStyle.DIM) + "\n")


def show(outcomes: Iterable[StageOutcome], *, as_json: bool) -> int:
    """Print the outcome of each stage when it is done, and return the worst of their exit codes."""
    done: list[StageOutcome] = []
    for outcome in outcomes:
        print_outcome(outcome, as_json=as_json)
        done.append(outcome)
    return concluded(done, as_json=as_json)


def concluded(done: Sequence[StageOutcome], *, as_json: bool) -> int:
    """Return the exit code of outcomes that were printed; with `as_json`, print them now as one document."""
    code = exit_code(done)
    if as_json:
        click.echo(json.dumps({"exit_code": code, "outcomes": [outcome.to_json() for outcome in done]}, indent=2))
    return code


def print_outcome(outcome: StageOutcome, *, as_json: bool) -> None:
    """Print the outcome of a stage, unless a JSON document will hold it, and note it for the text after Ctrl-C."""
    line = f"{outcome.stage:<9} {outcome.sentence}" + (f"  [{outcome.run_id}]" if outcome.run_id else "")
    if outcome.run_id:
        published(line)
    if as_json:
        progress(line)
    else:
        try:
            with LIVE.out_of_the_way():
                click.echo(line)
        except BrokenPipeError:
            stop_writing()  # the work goes on, and its exit code stays that of its verdicts
