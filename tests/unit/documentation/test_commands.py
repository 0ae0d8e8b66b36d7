"""Every command of the pages parses: by click, by the Makefile's targets, by the jobs, or as a module that is there."""

from __future__ import annotations

import re
import shlex

import pytest

from .documented_commands import (
    DocumentedCommand,
    check_assay,
    check_job,
    check_make,
    check_module,
    check_options,
    documented_commands,
)
from .markdown_blocks import spans

CHECKS = {
    "assay": check_assay,
    "make": check_make,
    "spark-submit": check_job,
    "spark-submit.sh": lambda words: check_assay(["submit", *words]),
    "python": check_module,
}
NOT_CHECKED = {
    "the shell's own": (
        "cd", "chgrp", "chmod", "cp", "echo", "export", "head", "less", "mkdir", "rm", "sed", "sort", "unset",
    ),
    "a tool of another project, with options of its own": (
        "git", "hdfs", "kinit", "klist", "mlflow", "mvn", "pip", "pre-commit", "tar", "unzip",
        ".tools/uv/bin/uv", "$EDITOR",
    ),
}  # fmt: skip
"""The programs whose words this test does not compare with anything, by the reason."""

COMMANDS = list(documented_commands())
INLINE = sorted(
    {
        (page, text)
        for page, text in spans()
        if re.match(r"(?:\.venv/bin/)?assay [a-z]", text)
    }
)  # fmt: skip


def test_each_program_of_the_pages_is_checked_or_listed_with_a_reason() -> None:
    listed = {name for names in NOT_CHECKED.values() for name in names}
    programs = {command.program: command.place for command in COMMANDS}
    assert {name: place for name, place in programs.items() if name not in {*CHECKS, *listed}} == {}
    assert len(COMMANDS) > 80


@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one.program in CHECKS], ids=lambda one: f"{one.place} {' '.join(one.words)}"
)
def test_a_command_of_a_block_parses(command: DocumentedCommand) -> None:
    CHECKS[command.program](command.words[1:])


@pytest.mark.parametrize(("page", "text"), INLINE)
def test_a_command_inside_of_a_sentence_names_a_command_and_its_options(page: str, text: str) -> None:
    del page  # it is in the name of the case
    check_options(shlex.split(text)[1:])
