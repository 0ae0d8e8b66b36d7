"""`help`: the explanation of an error code, or the help of a command; it reads no project."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from assay.cli.generated import error_codes
from assay.cli.terminal.screen import Screen, TextStyle, screen_of
from assay.cli.terminal.table import wrapped
from assay.core.suggestions import did_you_mean
from assay.errors import InputError

MEANINGS = {
    1: "a defect of Assay",
    2: "correct the input, and run the command again",
    3: "a verdict refused: a retry gives the same verdict",
    4: "a machine, a store or a service failed, or another process was faster: try again",
}
PAGE = "docs/reference/error-codes.md"


@click.command("help")
@click.argument("words", nargs=-1, metavar="[CODE|COMMAND]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def help_command(context: click.Context, words: tuple[str, ...], as_json: bool) -> int:
    """Explain an error code, which is the word in error[word], or show the help of a command."""
    whole = context.find_root()
    codes = error_codes()
    command = _command_of(whole, words)
    if command is not None and " ".join(words) not in codes:
        click.echo(json.dumps({"command": " ".join(words), "help": command}, indent=2) if as_json else command)
        return 0
    code = words[0].removeprefix("error[").removesuffix(":").removesuffix("]")
    if len(words) > 1 or code not in codes:
        assert isinstance(whole.command, click.Group), "the root of all commands is a group"
        known = [*codes, *whole.command.list_commands(whole)]
        raise InputError(
            f"there is no error code and no command '{' '.join(words)}'",
            code="unknown-code",
            hint=did_you_mean(" ".join(words), known, "for example"),
        )
    lines = explanation_lines(code, codes[code], screen_of(sys.stdout))
    click.echo(json.dumps({"code": code, **codes[code]}, indent=2) if as_json else "\n".join(lines))
    return 0


def _command_of(whole: click.Context, words: Sequence[str]) -> str | None:
    """Return the help of the command with this full name, None where there is none."""
    context = whole
    for word in words:
        group = context.command
        command = group.get_command(context, word) if isinstance(group, click.Group) else None
        if command is None:
            return None
        context = click.Context(command, info_name=word, parent=context)
    return context.get_help()


def explanation_lines(code: str, about: dict[str, Any], screen: Screen) -> Iterator[str]:
    """Yield the explanation of an error code: its exit code, its messages, and what to do."""
    yield screen.styled(f"error[{code}]", TextStyle.BOLD)
    for number in about["exit_codes"]:
        yield from wrapped(f"exit {number}: {MEANINGS.get(number, '')}", screen, indent=2)
    for title, texts in (("messages, with … for each value", about["messages"]), ("what to do", about["hints"])):
        if texts:
            yield screen.styled(f"  {title}", TextStyle.DIM)
        for text in texts:
            yield from wrapped(f"- {text}", screen, indent=4)
    yield screen.styled("  raised in", TextStyle.DIM)
    yield from wrapped(", ".join(f"src/assay/{place}" for place in about["places"]), screen, indent=4)
    yield f"  all codes: {PAGE}"
