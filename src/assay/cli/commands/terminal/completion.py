"""`completion`: the script with which a shell completes the commands and their values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from assay.cli.main import VARIABLE


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> int:
    """Print the script with which bash, zsh or fish completes commands and values.

    It completes pipelines, tables, dates, runs, versions, environments, stages and error codes. Load it once:

    \b
    - bash  eval "$(assay completion bash)" in ~/.bashrc
    - zsh   eval "$(assay completion zsh)" in ~/.zshrc, after compinit
    - fish  assay completion fish > ~/.config/fish/completions/assay.fish
    """  # noqa: D301 - click keeps the lines after the character \b
    kind = get_completion_class(shell)
    assert kind is not None, "click has a class for each of the choices"
    click.echo(kind(context.find_root().command, {}, "assay", VARIABLE).source())
    return 0
