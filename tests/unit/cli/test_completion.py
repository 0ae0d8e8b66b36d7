"""The completion of a shell: values of the project and of its ledger, without the imports of the commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import click
import pytest

from assay.cli.command_index import COMMANDS
from assay.cli.completion.values import STAGES, choices_of
from assay.cli.completion.word_commands import word_command, words_of
from assay.cli.generated import command_words, error_codes
from assay.cli.main import VARIABLE, cli, invoke
from assay.stages.operations.run import STAGES as STAGES_OF_A_RUN

from .command_tree import command_tree
from .two_pipelines import FIRST, NIGHTS, TwoPipelines, two_pipelines

LAST = FIRST + timedelta(days=NIGHTS - 1)
HEAVY = {"numpy", "scipy", "pandas", "pyarrow", "pyspark", "mlflow", "pydantic", "sklearn", "deltalake"}


@pytest.fixture
def lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TwoPipelines:
    return two_pipelines(tmp_path, monkeypatch)


def completed(line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What bash would offer at the end of the line."""
    words = line.split(" ")
    for name, value in (("COMP_WORDS", line), ("COMP_CWORD", str(len(words) - 1)), (VARIABLE, "bash_complete")):
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        invoke([])
    assert ended.value.code == 0
    monkeypatch.delenv(VARIABLE)
    return [entry.partition(",")[2] for entry in capsys.readouterr().out.split()]


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("assay landing-", ["landing-status"]),
        ("assay status ", ["letters", "parcels"]),
        ("assay status --pipeline p", ["parcels"]),
        ("assay status --pipeline=p", ["parcels"]),
        ("assay status --js", ["--json"]),
        ("assay clean parcels --table ", ["parcels", "deliveries"]),
        ("assay score parcels --date 2024-01-07", [str(LAST)]),
        ("assay plan parcels --from 2024-01-0", [str(FIRST + timedelta(days=n)) for n in reversed(range(NIGHTS))]),
        ("assay run parcels --select m", ["monitor"]),
        ("assay explain 20240108T03", ["20240108T030300-monitor-240107", "20240108T030200-score-240107",
                                       "20240108T030100-clean-240107", "20240108T030000-land-240107"]),
        ("assay promote p", ["parcels"]),
        ("assay promote parcels ", ["2", "1"]),
        ("assay promote letters ", ["1"]),
        ("assay rollback parcels --to ", ["2", "1"]),
        ("assay score parcels --replace ", ["2", "1"]),
        ("assay release parcels d", ["deliveries"]),
        ("assay status --env ", ["local"]),
        ("assay submission s", ["status"]),
        ("assay completion ", ["bash", "zsh", "fish"]),
        ("assay help not-land", ["not-landed"]),
        ("assay help landing-s", ["landing-status"]),
        ("assay status nothing-like-it", []),
    ],
)  # fmt: skip
def test_a_shell_offers(
    line: str, values: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert completed(line, capsys, monkeypatch) == values


def test_outside_of_a_project_and_in_a_damaged_lake_nothing_is_offered_and_nothing_fails(
    lived: TwoPipelines, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (lived.home / "lake" / "_assay").rglob("*.json"):
        path.write_text("{")
    of_the_project = ["letters", "parcels", "deliveries"]
    assert completed("assay explain ", capsys, monkeypatch) == of_the_project, "names, and no run or date"
    assert completed("assay promote parcels ", capsys, monkeypatch) == []
    (lived.root / "conf" / "environments" / "local.yaml").write_text("lake: [")
    assert completed("assay explain ", capsys, monkeypatch) == of_the_project
    monkeypatch.delenv("ASSAY_PROJECT")
    monkeypatch.chdir(tmp_path)
    assert completed("assay status ", capsys, monkeypatch) == []


def test_compacted_records_are_offered_too(
    lived: TwoPipelines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lived.home / "lake" / "_assay" / "letters" / "ledger"
    files = sorted(folder.glob("*.json"))
    (folder / f"0000000001-{len(files):010d}.jsonl").write_text(
        "".join(json.dumps(json.loads(file.read_text())) + "\n" for file in files)
    )
    for file in files:
        file.unlink()
    assert completed("assay explain 20240108T0103", capsys, monkeypatch) == ["20240108T010300-monitor-240107"]


@pytest.mark.usefixtures("lived")
def test_a_completion_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import atexit, sys; from assay.cli.main import main; "
        f"atexit.register(lambda: print(sorted({HEAVY} & set(sys.modules)))); main()"
    )
    variables = {VARIABLE: "bash_complete", "COMP_WORDS": "assay score parcels --date ", "COMP_CWORD": "4"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | variables, cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *values, heavy = done.stdout.splitlines()
    assert heavy == "[]"
    assert f"plain,{LAST}" in values


def test_the_generated_words_are_those_of_the_commands() -> None:
    assert command_words() == json.loads(json.dumps({n: words_of(c) for n, c in command_tree(cli).items()}))
    assert set(COMMANDS) <= set(command_words())
    assert word_command("no-command") is None


def test_a_command_of_words_has_the_options_of_the_command() -> None:
    for name, command in command_tree(cli).items():
        words = word_command(name)
        assert words is not None
        assert [each.name for each in words.params] == [each.name for each in command.params], name
        for word_parameter, real in zip(words.params, command.params, strict=True):
            assert isinstance(word_parameter, click.Option) == isinstance(real, click.Option)
            assert [*word_parameter.opts, *word_parameter.secondary_opts] == [*real.opts, *real.secondary_opts]


def test_the_stages_are_those_of_a_run() -> None:
    assert STAGES == STAGES_OF_A_RUN
    assert choices_of("profile", "file") is None


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_requests_completions_by_the_variable(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["completion", shell]) == 0
    assert f"{VARIABLE}={shell}_complete" in capsys.readouterr().out


def test_each_error_code_has_an_explanation(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(error_codes()) > 200
    assert invoke(["help", "not-landed", "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert (about["code"], about["exit_codes"]) == ("not-landed", [2])
    assert about["hints"]
    assert invoke(["help", "error[not-landed]:"]) == 0
    text = capsys.readouterr().out
    assert about["hints"][0] in text
    assert "exit 2" in text


def test_the_help_of_a_command_is_json_where_it_is_requested(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["help", "score"]) == 0
    text = capsys.readouterr().out
    assert invoke(["help", "score", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"command": "score", "help": text.rstrip("\n")}
    assert invoke(["help", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["command"] == ""


def test_a_misspelt_code_has_a_suggestion_and_a_command_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["help", "not-laned", "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["error"], "not-landed" in answer["hint"]) == ("unknown-code", True)
    for words in (["score"], ["submission", "status"], []):
        assert invoke(["help", *words]) == 0
        helped = capsys.readouterr().out
        assert invoke([*words, "--help"]) == 0
        assert capsys.readouterr().out == helped
    assert invoke(["help", "submission", "stauts"]) == 2
