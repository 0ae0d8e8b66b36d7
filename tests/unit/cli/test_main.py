from __future__ import annotations

import subprocess
import sys

import click
import pytest

from assay.cli.main import COMMANDS, cli, invoke

from ...expect_errors import missing_data


def commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def test_every_command_is_found_under_its_own_name() -> None:
    assert {name: command.name for name, command in commands().items()} == {name: name for name in COMMANDS}


def test_whatever_prints_prints_json_when_it_is_asked_to() -> None:
    without = {
        name for name, command in commands().items() if "--json" not in [o for p in command.params for o in p.opts]
    }
    assert without == {"schema"}, "which prints nothing but JSON"


def test_an_unknown_command_is_a_mistake_in_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["rolback"]) == 2
    assert "rolback" in capsys.readouterr().err


def test_who_looks_at_one_command_does_not_wait_for_what_the_others_need() -> None:
    code = (
        "import sys; from assay.cli.main import invoke; code = invoke(['rollback', '--help']); "
        "assert not {'numpy', 'mlflow', 'pyspark', 'pandas', 'pyarrow'} & set(sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert missing_data(done.stdout, "rollback", "--reason") == []
