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
from assay.cli.exit_codes import guarded
from assay.store.deadline import is_work_left
from assay.store.failpoints import failpoint

COMMANDS = {
    "run": "plan:run_command",
    "plan": "plan:plan_command",
    "land": "stages:land_command",
    "clean": "stages:clean_command",
    "validate": "stages:validate_command",
    "train": "stages:train_command",
    "gate": "stages:gate_command",
    "score": "stages:score_command",
    "monitor": "stages:monitor_command",
    "profile": "project:profile",
    "check": "project:check",
    "schema": "project:schema",
    "status": "status:status",
    "explain": "status:explain",
    "report": "status:report",
    "models": "promotions:models",
    "promote": "promotions:promote_command",
    "decline": "promotions:decline_command",
    "rollback": "promotions:rollback_command",
    "pause": "promotions:pause_command",
    "resume": "promotions:resume_command",
    "release": "promotions:release_command",
    "own": "promotions:own_command",
    "maintain": "maintenance:maintain_command",
    "submit": "submit:submit_command",
    "submission": "submission:submission_group",
    "upload": "landing:upload_command",
    "landing-status": "landing:landing_status_command",
    "doctor": "doctor:doctor_command",
    "preflight": "doctor:preflight_command",
}


class Commands(click.Group):
    """The commands by name, each imported when it runs: a rollback does not wait for the imports of a training."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, sorted as click sorts them."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of that name, None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"assay.cli.commands.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with its help; below a group, write its commands by their full names."""
        rows: list[tuple[str, click.Command]] = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            assert command is not None, "each name that is listed is one of COMMANDS"
            rows.append((name, command))
            if isinstance(command, click.Group):
                rows += [(f"{name} {below}", command.commands[below]) for below in sorted(command.commands)]
        width = formatter.width - 6 - max(len(name) for name, _ in rows)
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(width)) for name, command in rows])

    def invoke(self, ctx: click.Context) -> Any:
        """Return the result of the command; 0 where the reader of its output has ended: click would fail there."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            interrupt.stop_writing()
            return 0


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
    failpoint("cli:started")
    code = invoke(sys.argv[1:])
    if is_work_left():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
