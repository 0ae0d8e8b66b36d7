"""The commands of the command line by the words that a person types, those of groups among them."""

from __future__ import annotations

import click


def command_tree(group: click.Group, prefix: str = "") -> dict[str, click.Command]:
    """Return each command and each group below `group`, by its full name."""
    context, tree = click.Context(group), {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        tree[f"{prefix}{name}"] = command
        if isinstance(command, click.Group):
            tree |= command_tree(command, f"{prefix}{name} ")
    return tree


def options_of(command: click.Command) -> list[str]:
    return [option for parameter in command.params for option in parameter.opts]


def runnable(tree: dict[str, click.Command]) -> dict[str, click.Command]:
    """Return the commands that do something, without the groups that only hold others."""
    return {name: command for name, command in tree.items() if not isinstance(command, click.Group)}
