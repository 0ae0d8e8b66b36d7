"""The page of the command line: each command with its usage, its arguments and its options, from click."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from assay.cli import interrupt
from assay.cli.command_index import EXAMPLES, GROUPS
from assay.cli.completion.word_commands import words_of
from assay.cli.exit_codes import EXIT_BUG
from assay.cli.main import cli
from assay.core.operations.submission import JOBS
from assay.errors import InfrastructureError, InputError, VerdictFailed
from devtools.documentation.markdown import anchor, block, code, page, paragraphs, prose, table
from devtools.documentation.reference.package_json import package_json

LEAD = (
    "Look up a command, its options and its exit codes. `assay COMMAND --help` prints the same. A command that a "
    "program reads takes `--json` and then prints one JSON document."
)
EXIT_CODES = (
    (0, "Done, or done already."),
    (EXIT_BUG, "A defect of Assay. A traceback is printed."),
    (InputError.exit_code, "A mistake in usage, YAML, contract or input. Correct it, and run the command again."),
    (VerdictFailed.exit_code, "A verdict refused. Another try gives the same verdict."),
    (
        InfrastructureError.exit_code,
        "A machine, a store or a service failed, or another process was faster. Try again.",
    ),
    (interrupt.EXIT_CODE, "Interrupted by Ctrl-C. What was published stays, and the same command goes on."),
)

REFUSALS = {
    "run": "a stage of it exits with 3",
    "plan": "a day is held",
    "clean": "a day is held",
    "validate": "a blocking expectation does not hold",
    "gate": "no contender may move on",
    "score": "the pipeline is paused, or the model fails on a row",
    "monitor": "the served model is shown below its floor, or cannot be judged",
    "promote": "the pipeline is paused, or the proposal was declined",
    "rollback": "with `--automatic`: no earlier champion is left, or the cool-down lasts",
    "submit": "its stage exits with 3",
    "submission status": "the stage of the submission exited with 3",
}
"""The commands whose verdict may refuse (exit 3), and when."""


def command_line_page() -> str:
    """Return the page of all commands."""
    parts = ["## Exit codes", table(["code", "meaning"], [[str(number), text] for number, text in EXIT_CODES])]
    parts += ["The [error codes](error-codes.md) name the cause more exactly.", "## All commands", _overview()]
    for heading, names in GROUPS.items():
        parts.append(f"## {heading}")
        for name in names:
            parts += [_command(path, command) for path, command in _tree(name)]
    return page("Command line", LEAD, *parts, "## Jobs for spark-submit", _jobs())


def command_words_json() -> str:
    """Return the words of the commands that ship with the package, for the completion of a shell."""
    words = {path: words_of(command) for names in GROUPS.values() for name in names for path, command in _tree(name)}
    return package_json(words)


def _tree(name: str) -> Iterator[tuple[str, click.Command]]:
    """Return a command, and those below it where it is a group."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, f"{name} is a name of COMMANDS"
    yield name, command
    if isinstance(command, click.Group):
        yield from ((f"{name} {below}", command.commands[below]) for below in sorted(command.commands))


def _overview() -> str:
    every = [pair for names in GROUPS.values() for name in names for pair in _tree(name)]
    rows = [[f"[{code(path)}](#{anchor(f'assay {path}')})", _first_sentence(command)] for path, command in every]
    return table(["command", "what it does"], rows)


def _first_sentence(command: click.Command) -> str:
    """Return the first line of the help, which ends with a full stop."""
    return prose(inspect.cleandoc(command.help or "").split("\n\n")[0].replace("\n", " "))


def _command(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"assay {path}", max_content_width=10_000, terminal_width=10_000)
    usage = command.get_usage(context).removeprefix("Usage: ")
    parts = [f"### `assay {path}`", block("text", usage), paragraphs(inspect.cleandoc(command.help or ""))]
    if path in REFUSALS:
        parts.append(f"It exits with 3 when {REFUSALS[path]}.")
    rows = [_option(option, context) for option in command.params if isinstance(option, click.Option)]
    if note := (command.epilog or "").partition("\b")[0].strip():
        parts.append(paragraphs(note))
    if rows:
        parts.append(table(["option", "default", "meaning"], rows))
    if path in EXAMPLES:
        parts.append(block("bash", "\n".join(EXAMPLES[path])))
    return "\n\n".join(parts)


def _option(option: click.Option, context: click.Context) -> list[str]:
    names = ", ".join(code(name) for name in [*option.opts, *option.secondary_opts])
    if not option.is_flag:
        names += f" {code(option.make_metavar(context))}"
    return [names, _default(option), prose(option.help or "")]


def _default(option: click.Option) -> str:
    if option.required:
        return "required"
    default = option.to_info_dict()["default"]
    if option.is_flag or default in (None, "", ()):
        return ""
    return ", ".join(code(f'"{one}"') for one in default) if option.multiple else code(default)


def _jobs() -> str:
    names = ", ".join(code(name) for name in JOBS)
    usage = (
        "spark-submit jobs/STAGE.py --pipeline NAME [OPTIONS]\n"
        "./spark-submit.sh STAGE --pipeline NAME [OPTIONS] [-- SPARK_SUBMIT_FLAGS]"
    )
    text = (
        f"A job has the name and the options of its command: {names}. The first line runs in the Spark that "
        "`spark-submit` starts. The second line calls `assay submit`, for this machine or for a cluster."
    )
    return f"{block('text', usage)}\n\n{text}"
