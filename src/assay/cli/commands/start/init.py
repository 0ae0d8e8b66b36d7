"""`init`: write a new project from the files of a source, or from an example."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import json_option

if TYPE_CHECKING:
    from assay.core.proposals.pipeline import PipelineProposal
    from assay.scaffold.choices import Choice, Choices


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "sources",
    multiple=True,
    metavar="[NAME=]PATH",
    help="A file, a folder of files by date, or a Delta table.",
)
@click.option("--example", is_flag=True, help="Write a small project with made-up data.")
@click.option("--date-column", metavar="COLUMN", help="The column with the date of a row.")
@click.option("--key", metavar="COLUMNS", help="The columns that identify a row on a day, with commas.")
@click.option("--label", metavar="COLUMN|NAME=SQL", help="The predicted value.")
@click.option("--known", metavar="COLUMNS", help="Columns that are known when a row is scored, with commas.")
@click.option("--later", metavar="COLUMNS", help="Columns that are known later, with commas.")
@click.option("--label-delay", metavar="DAYS", help="Days until the label of a day is known; 1 by default.")
@click.option("--timezone", metavar="ZONE", help="The zone of the dates; UTC by default.")
@click.option("--owner", metavar="ADDRESS", help="The person or group to write to.")
@click.option("--question", metavar="TEXT", help="The question that a score answers.")
@click.option("--yes", is_flag=True, help="Take all proposals without questions.")
@json_option
def init_command(
    folder: Path, sources: tuple[str, ...], example: bool, yes: bool, as_json: bool, **options: str | None
) -> int:
    """Write a new project to FOLDER from the files of a source: conf, code, tests, jobs and DAGs of your own.

    It proposes dates, key, label, history, schemas and checks from all days of the files. On a terminal it requests
    each, with the proposal as the default; each has an option as well. The files of the source are never changed.
    """
    from assay.scaffold.write_folder import check_free

    _check_usage(sources, example)
    check_free(folder)
    with ExitStack() as stack:
        if example:
            from assay.scaffold.example import CHOICES, TABLE, write_source

            made = Path(stack.enter_context(tempfile.TemporaryDirectory())) / f"{TABLE}.csv"
            write_source(made)
            table, places, choices = TABLE, [made], _choices({**CHOICES, **_given(options)}, interactive=False)
        else:
            table, places = _table_and_places(sources)
            interactive = not (yes or as_json) and sys.stdin.isatty() and sys.stdout.isatty()
            choices = _choices(_given(options), interactive=interactive)
        return _write(folder, table, places, choices, as_json=as_json)


def _write(folder: Path, table: str, places: Sequence[Path], choices: Choices, *, as_json: bool) -> int:
    from assay.scaffold.project_files import next_commands, notes_of, project_files
    from assay.scaffold.propose import propose_pipeline
    from assay.scaffold.write_folder import land_with, write_project
    from assay.spec.inference.source_files import ends_of, files_of
    from assay.store.delta.first_rows import first_rows

    proposal = propose_pipeline(folder.absolute().name, table, places, choices, first_rows)
    if proposal.place is None:
        paths = [path for place in places for path, _ in files_of(place)]
        files = project_files(proposal, ends=ends_of(paths))
        write_project(folder, files, lambda new: land_with(new, proposal.package, paths))
    else:
        files = project_files(proposal)
        write_project(folder, files, lambda _: None)
    commands = [f"cd {folder}", *next_commands(proposal)]
    if as_json:
        click.echo(json.dumps(_document(folder, proposal, files, notes_of(proposal), commands), indent=2))
        return 0
    for note in notes_of(proposal):
        click.echo(f"  {note.replace('`', '')}")
    landed = f"the rows of {proposal.shape.first} to {proposal.shape.last}"
    how = f"{landed} divided by date in its landing" if proposal.place is None else f"{landed} read where they lie"
    click.echo(f"{folder}: {len(files)} files, and {how}")
    click.echo("next:\n" + "\n".join(f"  {command}" for command in commands))
    return 0


def _document(
    folder: Path, proposal: PipelineProposal, files: dict[str, str], notes: Sequence[str], commands: Sequence[str]
) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "pipeline": proposal.name,
        "package": proposal.package,
        "partition": proposal.partition,
        "key": list(proposal.key),
        "label": {"name": proposal.label.name, "sql": proposal.label.sql, "task": proposal.label.task.value},
        "known": list(proposal.known),
        "later": list(proposal.later),
        "training": str(proposal.windows.training),
        "in_place": proposal.place is not None,
        "files": list(files),
        "notes": list(notes),
        "next": list(commands),
    }


def _check_usage(sources: Sequence[str], example: bool) -> None:
    from assay.errors import InputError

    if example == bool(sources):
        what = "both --example and --from" if example else "neither --from nor --example"
        hint = "write assay init FOLDER --from PATH, or assay init FOLDER --example"
        raise InputError(f"the command has {what}", code="usage", hint=hint)


def _table_and_places(sources: Sequence[str]) -> tuple[str, list[Path]]:
    """The name of the table, and the paths of its files.

    Raises:
        InputError: The sources name several tables.
    """
    from assay.core.proposals.plain_names import plain_name
    from assay.errors import InputError

    names, places = [], []
    for source in sources:
        name, is_named, path = source.partition("=")
        is_named = is_named if name.isidentifier() and not Path(source).exists() else ""
        place = Path(path if is_named else source)
        places.append(place)
        names.append(name if is_named else place.name.split(".")[0])
    if len({name for name, source in zip(names, sources, strict=True) if source.startswith(f"{name}=")}) > 1:
        hint = "begin with the table of the label, and add the others to conf/pipelines by hand"
        raise InputError("the sources name several tables", code="usage", hint=hint)
    return plain_name(names[0])[:40], places


def _given(options: dict[str, str | None]) -> dict[Choice, str]:
    from assay.scaffold.choices import Choice

    return {Choice(name.replace("_", "-")): value for name, value in options.items() if value is not None}


def _choices(options: dict[Choice, str], *, interactive: bool) -> Choices:
    from assay.scaffold.choices import Choices

    return Choices(options, _ask if interactive else None)


def _ask(choice: Choice, proposal: str) -> str:
    from assay.scaffold.choices import QUESTIONS

    answer: str = click.prompt(QUESTIONS[choice], default=proposal, show_default=bool(proposal), type=str)
    return answer.strip()
