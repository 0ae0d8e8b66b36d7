"""The values that complete a parameter of a command: pipelines, tables, dates, runs, versions, stages, codes."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem, split_arg_string

from assay.cli.completion.project_files import ProjectFiles
from assay.cli.generated import command_words, error_codes

STAGES = ("land", "clean", "validate", "train", "gate", "score", "monitor")
MOST_VALUES = 60
"""Dates and runs that are offered, the newest ones."""

Typed = Mapping[str, Any]
"""The parameters of the command that were typed before, by their names."""
Choices = Callable[[ProjectFiles, Typed], Iterable[str | tuple[str, str]]]
"""A function that returns values, or pairs of a value and its explanation."""


def _pipelines(files: ProjectFiles, _: Typed) -> Iterable[str]:
    return files.pipelines()


def _environments(files: ProjectFiles, _: Typed) -> Iterable[str]:
    return files.environments()


def _pipeline_of(files: ProjectFiles, typed: Typed) -> str:
    """Return the pipeline that was typed, or the only one; empty where it is not known."""
    known = files.pipelines()
    words = [typed.get("pipeline"), typed.get("named"), *(typed.get("names") or ()), *_typed_words()[2:]]
    named = next((word for word in words if word in known), None)
    return str(named) if named else known[0] if len(known) == 1 else ""


def _typed_words() -> list[str]:
    """Return the words of the command line: click parses none of them while an option lacks its value."""
    return split_arg_string(os.environ.get("COMP_WORDS", ""))


def _environment(typed: Typed) -> str:
    words = _typed_words()
    after = next((value for name, value in itertools.pairwise(words) if name == "--env"), "")
    return str(typed.get("env") or after or "local")


def _tables(files: ProjectFiles, typed: Typed) -> Iterable[str]:
    named = _pipeline_of(files, typed)
    names = [named] if named else files.pipelines()
    return dict.fromkeys(table for name in names for table in files.tables(name))


def _records(files: ProjectFiles, typed: Typed) -> list[Mapping[str, Any]]:
    named = _pipeline_of(files, typed)
    return [record for name in ([named] if named else files.pipelines()) for record in files.records(name)]


def _dates(files: ProjectFiles, typed: Typed) -> Iterable[str]:
    days = {day for record in _records(files, typed) for day in record.get("partitions", ())}
    return sorted(days, reverse=True)


def _runs(files: ProjectFiles, typed: Typed, stage: str = "") -> Iterable[tuple[str, str]]:
    for record in _records(files, typed):
        if record.get("stage") == stage or (not stage and record.get("stage") != "fold"):
            about = f"{record.get('stage')} of {record.get('subject')}, {record.get('start')}: {record.get('status')}"
            yield str(record.get("run_id")), about


def _gates(files: ProjectFiles, typed: Typed) -> Iterable[tuple[str, str]]:
    return _runs(files, typed, "gate")


def _versions(files: ProjectFiles, typed: Typed) -> Iterable[tuple[str, str]]:
    promotion = files.promotion(_pipeline_of(files, typed))
    versions = promotion.get("evidence", {}).get("versions", {})
    for version in sorted(versions, key=int, reverse=True):
        role = ", champion" if str(promotion.get("champion")) == version else ""
        yield version, f"{versions[version].get('name', '')}{role}"


def _pipeline_then(rest: Choices) -> Choices:
    """Return choices for arguments whose first word is the pipeline where the project has several."""

    def choose(files: ProjectFiles, typed: Typed) -> Iterable[str | tuple[str, str]]:
        if not typed.get("names"):
            yield from files.pipelines()
        if _pipeline_of(files, typed):
            yield from rest(files, typed)

    return choose


def _explained(files: ProjectFiles, typed: Typed) -> Iterable[str | tuple[str, str]]:
    if not typed.get("names") and len(files.pipelines()) > 1:
        yield from files.pipelines()
    for choose in (_tables, _runs, _dates):
        yield from choose(files, typed)


def _stages(_: ProjectFiles, __: Typed) -> Iterable[str]:
    return STAGES


def _codes(_: ProjectFiles, __: Typed) -> Iterable[tuple[str, str]]:
    yield from ((name, about["help"]) for name, about in command_words().items())
    yield from ((code, next(iter(about["messages"]), "")) for code, about in error_codes().items())


BY_NAME: Mapping[str, Choices] = {
    "pipeline": _pipelines,
    "named": _pipelines,
    "env": _environments,
    "table": _tables,
    "day": _dates,
    "judged": _dates,
    "start": _dates,
    "end": _dates,
    "at": _dates,
    "run_id": _runs,
    "replayed": _gates,
    "proposal": _gates,
    "version": _versions,
    "selection": _stages,
    "stage": _stages,
    "words": _codes,
}
"""The choices of a parameter by its name."""

BY_COMMAND: Mapping[tuple[str, str], Choices] = {
    ("explain", "names"): _explained,
    ("promote", "names"): _pipeline_then(_versions),
    ("release", "names"): _pipeline_then(_tables),
    ("profile", "table"): lambda *_: (),
    ("upload", "pipeline"): _pipelines,
}
"""The choices of a parameter whose name has another meaning in this command."""


def choices_of(command: str, parameter: str) -> Choices | None:
    """Return the choices of a parameter of a command; None where nothing is known about its values."""
    return BY_COMMAND.get((command, parameter), BY_NAME.get(parameter))


def complete_with(choices: Choices) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]:
    """Return a function for click's `shell_complete`: the choices that begin with what was typed."""

    def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        files = ProjectFiles(_environment(context.params))
        pairs = [one if isinstance(one, tuple) else (one, "") for one in choices(files, context.params)]
        matching = dict(pair for pair in pairs if pair[0].startswith(incomplete))
        return _items(list(matching.items()))

    return complete


def _items(pairs: Sequence[tuple[str, str]]) -> list[CompletionItem[str]]:
    return [
        CompletionItem(value, help=about.splitlines()[0] if about else None) for value, about in pairs[:MOST_VALUES]
    ]
