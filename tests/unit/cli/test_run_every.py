"""`run --all` and `plan --all`: the order, one exit code, a line for each pipeline, and what a failure stops."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assay.cli.commands import plan as plan_command
from assay.cli.main import invoke
from assay.core.interval import Interval
from assay.core.operations.submission import Ending
from assay.core.run_status import RunStatus
from assay.errors import AssayError, InfrastructureError
from assay.spec.project import load_pipeline, open_project
from assay.stages.operations.run_all import links_of
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.tables.owners import own_table
from assay.submission.submit import Prepared

from ...expect_errors import error_codes

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
DAY = ("--date", "2024-01-01")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of three pipelines that are alike but for their names, and no table has an owner yet."""
    root, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__"))
    home.mkdir()
    monkeypatch.setenv("ASSAY_PROJECT", str(root))
    monkeypatch.setenv("ASSAY_HOME", str(home))
    monkeypatch.syspath_prepend(str(root))
    write(root, "letters")
    write(root, "stamps")
    return root


def write(root: Path, name: str, replaced: Mapping[str, str] | None = None) -> None:
    folder = root / "conf" / "pipelines"
    text = (folder / "parcels.yaml").read_text().replace("pipeline: parcels\n", f"pipeline: {name}\n", 1)
    for old, new in (replaced or {}).items():
        assert old in text
        text = text.replace(old, new)
    (folder / f"{name}.yaml").write_text(text)


def context(root: Path, name: str) -> Context:
    return Context(load_pipeline(open_project(root), name))


def owned_by(root: Path, name: str) -> None:
    ctx = context(root, name)
    for table in ctx.pipeline.spec.tables:
        own_table(ctx, table)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pipelines that ran, in order; a run does nothing but to note its name and to end as `ends` has it."""
    names: list[str] = []
    monkeypatch.setattr(plan_command, "run", lambda ctx, *rest: _noted(names, ctx, rest[-1]))
    return names


ENDS: dict[str, AssayError | StageOutcome] = {}


def _noted(names: list[str], ctx: Context, note: Any) -> list[StageOutcome]:
    name = ctx.pipeline.name
    names.append(name)
    end = ENDS.get(name, StageOutcome("clean", name, None, "done"))
    if isinstance(end, AssayError):
        raise end
    note(end)
    return [end]


@pytest.fixture(autouse=True)
def fresh_ends() -> None:
    ENDS.clear()


def answer(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert invoke([*arguments, *DAY, "--json"]) == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_the_owner_of_a_shared_table_runs_first(root: Path, ran: list[str]) -> None:
    owned_by(root, "stamps")
    assert invoke(["run", "--all", *DAY]) == 0
    assert ran == ["stamps", "letters", "parcels"]


def test_a_pipeline_runs_after_the_one_whose_predictions_it_reads(root: Path) -> None:
    write(root, "letters", {"landing/parcels,": "lake/predictions/parcels,"})
    owned_by(root, "stamps")
    links = links_of([context(root, name) for name in ("letters", "parcels", "stamps")])
    assert {link.after for link in links["letters"]} >= {"parcels"}
    assert {link.after for link in links["parcels"]} == {"stamps"}


def test_a_circle_is_refused_with_its_names_and_nothing_runs(
    root: Path, ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write(root, "letters", {"landing/parcels,": "lake/predictions/parcels,"})
    write(root, "parcels", {"landing/parcels,": "lake/predictions/letters,"})
    assert invoke(["run", "--all", *DAY]) == 2
    output = capsys.readouterr().err
    assert error_codes(output) == ["pipeline-circle"]
    assert "letters" in output
    assert "parcels" in output
    assert ran == []


def test_a_failed_pipeline_stops_only_those_that_depend_on_it(
    root: Path, ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    owned_by(root, "parcels")
    ENDS["parcels"] = InfrastructureError("the disk is gone", code="not-mounted")
    document = answer(capsys, 4, "run", "--all")
    ends = {one["pipeline"]: one for one in document["pipelines"]}
    assert ran == ["parcels"]
    assert ends["parcels"]["error"] == "not-mounted"
    assert {ends[name]["state"] for name in ("letters", "stamps")} == {"not run"}
    assert "parcels" in ends["letters"]["sentence"]


def test_without_anything_shared_each_runs_and_the_worst_code_counts(
    root: Path, ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ENDS["letters"] = InfrastructureError("the disk is gone", code="not-mounted")
    ENDS["stamps"] = StageOutcome("clean", "parcels", None, "a day is held", status=RunStatus.HELD, exit_code=3)
    document = answer(capsys, 4, "run", "--all")
    assert ran == ["letters", "parcels", "stamps"]
    assert [one["exit_code"] for one in document["pipelines"]] == [4, 0, 3]
    assert document["exit_code"] == 4
    assert root.is_dir()


def test_a_held_day_of_the_owner_does_not_stop_those_that_share_the_table(root: Path, ran: list[str]) -> None:
    owned_by(root, "parcels")
    ENDS["parcels"] = StageOutcome("clean", "parcels", None, "a day is held", status=RunStatus.HELD, exit_code=3)
    assert invoke(["run", "--all", *DAY]) == 3
    assert ran == ["parcels", "letters", "stamps"]


def test_a_pipeline_that_cannot_be_read_hides_no_other(
    root: Path, ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "conf" / "pipelines" / "broken.yaml").write_text("pipeline: broken\n")
    assert invoke(["run", "--all", *DAY]) == 2
    assert ran == ["letters", "parcels", "stamps"]
    lines = [line for line in capsys.readouterr().out.splitlines() if line and not line.startswith(" ")]
    assert [line.split()[0] for line in lines[-4:]] == ["broken", "letters", "parcels", "stamps"]


def test_a_name_and_all_together_are_a_mistake(root: Path, ran: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("run", "plan"):
        assert answer(capsys, 2, verb, "parcels", "--all")["error"] == "usage"
    assert ran == []
    assert root.is_dir()


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[str, ...], str]]:
    """The submissions in order: pipeline, arguments and mode; nothing is sent, and they end as `SUBMITTED` has it."""
    sent: list[tuple[str, tuple[str, ...], str]] = []

    def submit(prepared: Prepared, _: Any) -> Ending:
        one = prepared.submission
        sent.append((one.pipeline, one.arguments, one.deploy_mode))
        return SUBMITTED.get(one.pipeline, Ending(0, "done"))

    SUBMITTED.clear()
    monkeypatch.setattr("assay.submission.submit.submit", submit)
    return sent


SUBMITTED: dict[str, Ending] = {}


def test_submit_run_all_submits_each_pipeline_in_order(
    root: Path, submitted: list[tuple[str, tuple[str, ...], str]], capsys: pytest.CaptureFixture[str]
) -> None:
    owned_by(root, "stamps")
    SUBMITTED["letters"] = Ending(3, "a day is held")
    document = submitted_document(capsys, 3)
    assert submitted == [(name, (*DAY, "--select", "land"), "client") for name in ("stamps", "letters", "parcels")]
    assert [end["state"] for end in document["pipelines"]] == ["ran", "ran", "ran"]


@pytest.mark.parametrize("code", [2, 4])
def test_a_failed_submission_stops_only_those_that_depend_on_it(
    root: Path, submitted: list[tuple[str, tuple[str, ...], str]], capsys: pytest.CaptureFixture[str], code: int
) -> None:
    owned_by(root, "parcels")
    SUBMITTED["parcels"] = Ending(code, "no queue")
    document = submitted_document(capsys, code)
    assert [name for name, *_ in submitted] == ["parcels"]
    states = {end["pipeline"]: end["state"] for end in document["pipelines"]}
    assert states == {"parcels": "failed", "letters": "not run", "stamps": "not run"}


def submitted_document(capsys: pytest.CaptureFixture[str], code: int) -> dict[str, Any]:
    capsys.readouterr()
    assert invoke(["submit", "run", "--all", *DAY, "--select", "land", "--json"]) == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.mark.parametrize("words", [["clean", "--all"], ["run", "--all", "--pipeline", "parcels"]])
def test_all_goes_with_a_submission_of_run_without_a_name(
    root: Path, submitted: list[tuple[str, tuple[str, ...], str]], words: list[str]
) -> None:
    assert root.is_dir()
    assert invoke(["submit", *words, *DAY]) == 2
    assert submitted == []


@pytest.mark.parametrize("command", [["plan", *DAY], ["plan", "--all", *DAY], ["runs"], ["models"], ["status"]])
def test_commands_over_all_pipelines_show_the_others_beside_a_broken_one(
    root: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    own = context(root, "letters")
    record = own.record("20240101T000000-land-000001", "land", "parcels", Interval.of(date(2024, 1, 1)), RunStatus.DONE)
    own.ledger.append(record)
    (root / "conf" / "pipelines" / "broken.yaml").write_text("pipeline: broken\n")
    capsys.readouterr()
    assert invoke(command) == 2
    printed = capsys.readouterr()
    for name in ("letters", "broken"):
        assert name in printed.out + printed.err
    assert invoke([*command, "--json"]) == 2
    document = capsys.readouterr().out
    json.loads(document)
    assert '"broken"' in document
