"""The entry point of the command `assay`, and its commands by name."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

import assay
from assay.cli import interrupt
from assay.cli.command_index import COMMANDS, GROUPS, examples_text
from assay.cli.exit_codes import guarded
from assay.cli.pending_notifications import notify_pending
from assay.cli.terminal.live_line import LIVE
from assay.core.suggestions import closest
from assay.store.deadline import is_work_left
from assay.store.failpoints import failpoint


class Commands(click.Group):
    """The commands by name, each imported when it runs: a rollback does not wait for the imports of a training."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, sorted as click sorts them."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of that name, None for an unknown name.

        For a completion of a shell it is made of words alone, since the person waits for it at each key.
        """
        if cmd_name not in COMMANDS:
            return None
        if VARIABLE in os.environ:
            from assay.cli.completion.word_commands import word_command

            return word_command(cmd_name)
        module, attribute = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"assay.cli.commands.{module}"), attribute)
        for path, each in _with_subcommands(cmd_name, command):
            _add_examples(path, each)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first word names, and the other words.

        Raises:
            UsageError: There is no such command. The message has the most similar one.
        """
        word = args[0]
        if word not in COMMANDS and not word.startswith("-") and not ctx.resilient_parsing:
            near = closest(word, COMMANDS)
            hint = f"did you mean '{near}'?" if near else "'assay --help' lists the commands"
            ctx.fail(f"there is no command '{word}': {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by group, each with the first sentence of its help; those below a group by full names."""
        width = max(len(name) for name in COMMANDS)
        for title, names in GROUPS.items():
            rows: list[tuple[str, str]] = []
            for name in names:
                command = self.get_command(ctx, name)
                assert command is not None, "each name in a group is one of COMMANDS"
                rows += [(path, each.get_short_help_str(_WHOLE)) for path, each in _with_subcommands(name, command)]
            with formatter.section(title):
                formatter.write_dl(rows, col_max=width + 6)

    def invoke(self, ctx: click.Context) -> Any:
        """Return the result of the command; 0 where the reader of its output has ended: click would fail there."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            interrupt.stop_writing()
            return 0


VARIABLE = "_ASSAY_COMPLETE"
"""The variable by which the script of a shell requests completions, as click derives it from the program's name."""

_WHOLE = 500
"""Characters of a summary in the list of commands: more than any has, so that none is cut."""


def _with_subcommands(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    below = command.commands if isinstance(command, click.Group) else {}
    return [(name, command), *((f"{name} {sub}", below[sub]) for sub in sorted(below))]


def _add_examples(name: str, command: click.Command) -> None:
    examples = examples_text(name)
    if examples and examples not in (command.epilog or ""):
        command.epilog = "\n\n".join(filter(None, (command.epilog, examples)))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(assay.__version__, prog_name="assay")
def cli() -> None:
    """Batch machine learning on Spark that lets nothing move on untested.

    \b
    Exit codes:
    - 0    done
    - 1    a defect of Assay
    - 2    a mistake in usage, spec or input
    - 3    a failed verdict: a retry does not help
    - 4    a failure of infrastructure or a lost race: a retry may help
    - 130  interrupted by Ctrl-C
    """  # noqa: D301 - click keeps the lines after the character \b


def invoke(arguments: Sequence[str]) -> int:
    """Run the command line on `arguments` and return its exit code."""
    as_json = "--json" in arguments
    return guarded(lambda: cli.main(list(arguments), prog_name="assay", standalone_mode=False), as_json=as_json)


def main() -> None:
    """Run the console script, and end the process with the exit code."""
    interrupt.prepare_terminal(as_json="--json" in sys.argv)
    interrupt.before_the_answer(LIVE.give_way)
    failpoint("cli:started")
    code = invoke(sys.argv[1:])
    interrupt.concluded(code)
    notify_pending(code)
    if is_work_left():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
