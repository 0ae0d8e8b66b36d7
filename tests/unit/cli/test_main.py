from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from assay.cli.command_index import COMMANDS, EXAMPLES, GROUPS
from assay.cli.main import cli, invoke

from ...expect_errors import missing_data
from .command_tree import command_tree, options_of, runnable


def test_every_command_is_found_under_its_own_name() -> None:
    tree = command_tree(cli)
    assert {name: command.name for name, command in tree.items()} == {name: name.split()[-1] for name in tree}
    assert set(tree) == {*COMMANDS, "submission cancel", "submission status"}


def test_the_help_lists_every_command_by_its_full_name_and_each_of_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["--help"]) == 0
    lines = capsys.readouterr().out.partition("Write a pipeline:")[2].splitlines()
    names = [line.strip().partition("  ")[0] for line in lines if re.match(r"  \S", line)]
    assert sorted(names) == sorted(command_tree(cli))
    assert [line.removesuffix(":") for line in lines if re.match(r"\S", line)] == list(GROUPS)[1:]


@pytest.mark.parametrize("name", sorted(runnable(command_tree(cli))))
def test_every_command_shows_examples_that_it_understands(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke([*name.split(), "--help"]) == 0
    help_text = capsys.readouterr().out
    command = runnable(command_tree(cli))[name]
    assert EXAMPLES[name]
    for line in EXAMPLES[name]:
        assert f"  {line}\n" in help_text
        words = shlex.split(line.partition(" > ")[0])
        assert words[: 1 + len(name.split())] == ["assay", *name.split()]
        command.make_context(name, words[1 + len(name.split()) :])


def test_whatever_prints_prints_json_when_it_is_asked_to() -> None:
    without = {name for name, command in runnable(command_tree(cli)).items() if "--json" not in options_of(command)}
    assert without == {"schema", "completion"}, "which print nothing but JSON, and a script for a shell"


def test_an_unknown_command_is_a_mistake_in_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["rolback"]) == 2
    assert missing_data(capsys.readouterr().err, "rolback", "rollback") == []
    assert invoke(["status", "--jsno"]) == 2
    assert missing_data(capsys.readouterr().err, "--jsno", "--json") == []
    assert invoke(["qqqq"]) == 2
    assert "qqqq" in capsys.readouterr().err


def test_who_looks_at_one_command_does_not_wait_for_what_the_others_need() -> None:
    code = (
        "import sys; from assay.cli.main import invoke; code = invoke(['rollback', '--help']); "
        "assert not {'numpy', 'mlflow', 'pyspark', 'pandas', 'pyarrow'} & set(sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert missing_data(done.stdout, "rollback", "--reason") == []
