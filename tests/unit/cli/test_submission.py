"""`assay submission`: the end of a submission by its tag, and its cancelling, as a scheduler reads both."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import assay.connections
from assay.cli.main import invoke
from assay.connections import lake_of
from assay.core.operations.submission import StageEnd
from assay.spec.project import open_project
from assay.store.ledger.submissions import ATTEMPT_VARIABLE, write_verdict

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
TAG = "assay-parcels-clean-1"


@dataclass(frozen=True, slots=True)
class FakeApplication:
    id: str
    over: bool


@dataclass(slots=True)
class FakeYarn:
    """Two applications of one tag, of which the older is over."""

    killed: list[str] = field(default_factory=list)

    def tagged(self, tag: str) -> list[FakeApplication]:
        return [FakeApplication("app_2", over=False), FakeApplication("app_1", over=True)] if tag == TAG else []

    def kill(self, name: str) -> None:
        self.killed.append(name)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASSAY_PROJECT", str(PARCELS))
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def yarn(home: Path, monkeypatch: pytest.MonkeyPatch) -> FakeYarn:  # noqa: ARG001 - the project that is opened
    yarn = FakeYarn()
    monkeypatch.setattr(assay.connections, "yarn_of", lambda _: yarn)
    return yarn


@pytest.mark.usefixtures("home")
def test_the_status_is_what_the_stage_left_and_exits_as_it_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(ATTEMPT_VARIABLE, "a1")
    write_verdict(lake_of(open_project(PARCELS)).place, "parcels", TAG, StageEnd(3, "1 day is held"))
    assert invoke(["submission", "status", TAG, "--attempt", "a1"]) == 3
    assert capsys.readouterr().out.strip() == "1 day is held"
    assert invoke(["submission", "status", TAG, "--attempt", "a1", "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert (document["exit_code"], document["attempt"]) == (3, "a1")


@pytest.mark.usefixtures("home")
def test_the_status_of_an_attempt_that_left_nothing_is_infrastructure(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["submission", "status", TAG, "--attempt", "a1", "--state", "killed", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["exit_code"] == 4


def test_cancel_ends_what_still_runs_of_the_tag_and_names_it(
    yarn: FakeYarn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["submission", "cancel", TAG, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"stopped": ["app_2"]}
    assert yarn.killed == ["app_2"]
    assert invoke(["submission", "cancel", "assay-parcels-clean-2"]) == 0
    assert yarn.killed == ["app_2"]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("command", [["submission"], ["submission", "statuss"], ["submission", "cancel"]])
def test_a_group_without_a_command_of_its_own_and_a_tag_is_a_mistake_in_usage(command: list[str]) -> None:
    assert invoke(command) == 2
