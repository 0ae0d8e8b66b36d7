"""Commands that only complete: made from their generated words, without the imports of the commands themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from assay.cli.completion.values import choices_of, complete_with
from assay.cli.generated import command_words


def words_of(command: click.Command) -> dict[str, Any]:
    """Return what a completion needs of a command: its help in one line, its parameters, and that it is a group."""
    return {
        "help": command.get_short_help_str(100),
        "group": isinstance(command, click.Group),
        "parameters": [_words_of_parameter(parameter) for parameter in command.params],
    }


def _words_of_parameter(parameter: click.Parameter) -> dict[str, Any]:
    kind = parameter.type
    words: dict[str, Any] = {"name": parameter.name, "nargs": parameter.nargs, "multiple": parameter.multiple}
    if isinstance(kind, click.Choice):
        words["choices"] = [str(choice) for choice in kind.choices]
    if isinstance(kind, click.Path):
        words["path"] = True
    if isinstance(parameter, click.Option):
        words["options"] = [*parameter.opts, *parameter.secondary_opts]
        words["flag"] = parameter.is_flag
        words["help"] = (parameter.help or "").split("\n")[0]
    return words


def word_command(name: str) -> click.Command | None:
    """Return the command with this full name as a shell completes it, None for an unknown name."""
    every = command_words()
    if name not in every:
        return None
    words = every[name]
    parameters = [_parameter(name, one) for one in words["parameters"]]
    last = name.split()[-1]
    if not words["group"]:
        return click.Command(last, params=parameters, help=words["help"], short_help=words["help"])
    group = click.Group(last, params=parameters, help=words["help"], short_help=words["help"])
    for below in every:
        command = word_command(below) if below.startswith(f"{name} ") else None
        if command is not None:
            group.add_command(command)
    return group


def _parameter(command: str, words: Mapping[str, Any]) -> click.Parameter:
    choices = choices_of(command, words["name"])
    settings: dict[str, Any] = {"nargs": words["nargs"], "type": _type(words)}
    if choices is not None:
        settings["shell_complete"] = complete_with(choices)
    if "options" not in words:
        return click.Argument([words["name"]], required=False, **settings)
    if words["flag"]:
        return click.Option([*words["options"], words["name"]], is_flag=True, help=words["help"])
    return click.Option([*words["options"], words["name"]], multiple=words["multiple"], help=words["help"], **settings)


def _type(words: Mapping[str, Any]) -> click.ParamType[Any] | None:
    if "choices" in words:
        return click.Choice(words["choices"])
    return click.Path() if words.get("path") else None
