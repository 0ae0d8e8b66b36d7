"""The commands of the pages, and how each kind of them is compared with what is there, without running it."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from assay.cli.commands.submit import _check_arguments
from assay.cli.main import cli
from assay.core.interval import parse_date

from .markdown_blocks import ROOT, Block, blocks

SHELLS = ("", "bash", "console", "sh")
"""The languages of the blocks that hold commands; a block without one has commands or a text."""

PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*|\.\.\.")
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
VARIABLES = set(re.findall(r"\$\((?:if \$\()?([A-Z]+)\)", MAKEFILE))


@dataclass(frozen=True, slots=True)
class DocumentedCommand:
    """A command of a block: its place, and its words."""

    place: str
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        return self.words[0].removeprefix(".venv/bin/").removeprefix("./")


class WrongCommandError(AssertionError):
    """A command that would be refused before it does anything."""


def documented_commands() -> Iterator[DocumentedCommand]:
    """Return each command of each block of a shell.

    Lines are joined at a backslash, and divided at '&&', '|' and ';'.
    """
    for block in blocks():
        if block.language in SHELLS:
            for line in _lines(block):
                for words in _divided(shlex.split(line, comments=True)):
                    yield DocumentedCommand(block.place, words)


def check_assay(words: Sequence[str]) -> None:
    """Parse the words that follow `assay` as click does, without calling the command.

    Raises:
        WrongCommandError: There is no such command or option, or one that is required is missing.
    """
    try:
        _parse(cli, "assay", list(words))
    except click.exceptions.Exit:
        return
    except click.ClickException as error:
        raise WrongCommandError(f"assay {' '.join(words)}: {error.format_message()}") from error


def check_options(words: Sequence[str]) -> None:
    """Compare the names of command and options alone, for a command inside of a sentence that leaves arguments out.

    Raises:
        WrongCommandError: There is no such command or option.
    """
    command: click.Command | None = cli
    for word in words:
        if not isinstance(command, click.Group) or not re.fullmatch(r"[a-z-]+", word) or word.startswith("-"):
            break
        command = command.get_command(click.Context(command), word)
        if command is None:
            raise WrongCommandError(f"there is no command {word} in 'assay {' '.join(words)}'")
    assert command is not None, "the loop has ended with a command"
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    known |= {"--help", "--version", "--"}
    if command.name == "submit":
        return  # the options of the stage that is submitted follow its own
    for word in words:
        if word.startswith("--") and word.split("=")[0] not in known:
            raise WrongCommandError(f"'assay {' '.join(words)}' has no option {word}")


def check_make(words: Sequence[str]) -> None:
    """Compare the words that follow `make` with the targets and the variables of the Makefile.

    Raises:
        WrongCommandError: There is no such target or variable.
    """
    for word in words:
        name, is_variable, _ = word.partition("=")
        if name not in (VARIABLES if is_variable else TARGETS):
            raise WrongCommandError(f"make {' '.join(words)}: there is no {name}")


def check_job(words: Sequence[str]) -> None:
    """Compare the words that follow `spark-submit` with the jobs: the script is there, and its command takes the rest.

    Raises:
        WrongCommandError: There is no such job, or its command refuses the options.
    """
    script, *arguments = words
    match = re.fullmatch(r"jobs/([a-z]+)\.py", script)
    if match is None or not (ROOT / script).is_file():
        raise WrongCommandError(f"there is no job {script}")
    check_assay([match[1], *arguments])


def check_module(words: Sequence[str]) -> None:
    """Find the module of `python -m module`.

    Raises:
        WrongCommandError: There is no such module.
    """
    if words[0] == "-m" and words[1] not in ("pytest", "pip", "venv") and importlib.util.find_spec(words[1]) is None:
        raise WrongCommandError(f"there is no module {words[1]}")


def _lines(block: Block) -> Iterator[str]:
    lines = "\n".join(block.lines).replace("\\\n", " ").splitlines()
    for line in lines:
        if block.language == "console":
            if line.startswith("$ "):
                yield line.removeprefix("$ ")
        elif line.strip():
            yield line


def _divided(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    part: list[str] = []
    for word in [*words, "&&"]:
        if word in ("&&", "|", ";"):
            if part:
                yield tuple(part)
            part = []
        else:
            part.append(word)


def _parse(command: click.Command, name: str, words: list[str]) -> None:
    if isinstance(command, click.Group) and words and not words[0].startswith("-"):
        below = command.get_command(click.Context(command), words[0])
        if below is None:
            raise click.UsageError(f"there is no command {words[0]}")
        _parse(below, words[0], words[1:])
        return
    context = command.make_context(name, list(words))
    if name == "submit":
        _check_arguments(context.params["stage"], list(context.params["arguments"]))
    for key in ("start", "end", "day"):
        value = context.params.get(key)
        if value is not None and not PLACEHOLDER.fullmatch(value):
            parse_date(value)
