"""What MLflow's pages show, by a real MLflow: links, questions, holdouts by model, versions, days, and a moved home."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.errors import InfrastructureError
from assay.models.bundle.bundle import BundleInfo, verify_bundle
from assay.models.mlflow.addresses import opened_by, runs_table
from assay.models.mlflow.client import open_client
from assay.models.mlflow.moved_artifacts import follow_moved_artifacts
from assay.models.mlflow.projection import (
    LONGEST_DESCRIPTION,
    VersionText,
    project_days,
    project_versions,
    shown_days,
)
from assay.models.mlflow.registry import Registry
from assay.models.mlflow.run_contents import (
    ChampionVerdict,
    Child,
    ContenderLog,
    ContenderVerdict,
    Dataset,
    DatedValue,
    TrainingLog,
    TrainingRun,
    VerdictLog,
)

from ...expect_errors import raises_code

# MLflow's own use of SQLAlchemy, which nobody but MLflow can mend.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

MODEL = "flight_delays"
QUESTION = "Which flights will land late?"
DAY = date(2013, 3, 1)
HOLDOUT = Dataset("flights 2013-02-01..2013-02-28", "lake/clean/flights", 7, {"distance": "long"}, "holdout")
DAYS = [DatedValue("served.log_loss", DAY + timedelta(days=n), 0.5 + n / 10) for n in range(3)]


@pytest.fixture
def registry(tracking_uri: str, tmp_path: Path) -> Registry:
    return Registry(tracking_uri, tmp_path / "home" / "artifacts", MODEL, QUESTION)


@pytest.fixture
def client(tracking_uri: str) -> Any:
    return open_client(tracking_uri)


@pytest.fixture
def training(registry: Registry, client: Any) -> TrainingRun:
    """A training whose one contender has a model without files; as the gate knows it, by its run alone."""
    run = registry.log_training(
        TrainingLog(run_id="r", name="2013-03-01", contenders=[ContenderLog("boosted")]), who="ann"
    )
    child = run.children["boosted"].run_id
    model = client.create_logged_model(registry._experiment, name="boosted", source_run_id=child)
    client.set_tag(child, "assay.model_id", model.model_id)
    return TrainingRun(run.parent_run_id, {"boosted": Child(child)})


def points(client: Any, run_id: str, name: str) -> list[tuple[date, float]]:
    history = client.get_metric_history(run_id, name)
    return [(date.fromordinal(point.step), point.value) for point in sorted(history, key=lambda one: one.step)]


def test_the_experiment_has_the_question_and_its_address_opens_the_table_of_runs(
    registry: Registry, client: Any, training: TrainingRun, tracking_uri: str
) -> None:
    experiment = client.get_run(training.parent_run_id).info.experiment_id
    assert client.get_experiment(experiment).tags["mlflow.note.content"] == QUESTION
    address = f"http://127.0.0.1:5000/#/experiments/{experiment}/runs?workflowType=machine_learning"
    assert registry.runs_address() == address
    assert registry.how_to_open() == f"{address} (after: mlflow ui --backend-store-uri {tracking_uri})"


def test_the_address_of_a_server_needs_no_command_and_holds_no_secret() -> None:
    server = "https://ann:s3cr3t@mlflow.example.org/?token=s3cr3t"
    assert opened_by(server) == ""
    assert runs_table(server, "4") == "https://mlflow.example.org/#/experiments/4/runs?workflowType=machine_learning"


def test_the_command_that_opens_a_database_can_be_copied_into_a_shell() -> None:
    assert shlex.split(opened_by("sqlite:////my lake/mlflow.db"))[-1] == "sqlite:////my lake/mlflow.db"


@pytest.mark.parametrize("password", ["p@ss", "a@b@c"])
def test_no_part_of_a_password_with_an_unescaped_sign_is_shown(password: str) -> None:
    server = f"https://ann:{password}@mlflow.example.org"
    assert runs_table(server, "4").startswith("https://mlflow.example.org/#/")


def verdict(champion: ChampionVerdict | None = None) -> VerdictLog:
    folds = [DatedValue("fold.log_loss", DAY, 0.4), DatedValue("fold.log_loss", DAY + timedelta(days=28), 0.5)]
    judged = ContenderVerdict("won", "It won.", {"holdout.log_loss": 0.45}, folds=folds)
    return VerdictLog("promote", "It won.", contenders={"boosted": judged}, champion=champion, holdout=HOLDOUT)


def test_metrics_of_the_holdout_and_its_folds_belong_to_the_model_and_the_rows(
    registry: Registry, client: Any, training: TrainingRun
) -> None:
    for _ in range(2):
        registry.record_verdict(training, verdict())
    child = client.get_run(training.children["boosted"].run_id)
    assert points(client, child.info.run_id, "fold.log_loss") == [(DAY, 0.4), (DAY + timedelta(days=28), 0.5)]
    metrics = client.get_logged_model(child.data.tags["assay.model_id"]).metrics
    assert {metric.key for metric in metrics} == {"holdout.log_loss", "fold.log_loss"}
    assert {(metric.dataset_name, metric.dataset_digest) for metric in metrics} == {(HOLDOUT.name, "7")}
    contexts = {entry.dataset.name: entry.tags[0].value for entry in child.inputs.dataset_inputs}
    assert contexts == {HOLDOUT.name: "holdout"}


def test_the_champion_is_one_child_of_the_training_with_the_same_rows(
    registry: Registry, client: Any, training: TrainingRun
) -> None:
    measured = ContenderVerdict(sentence="The same days.", metrics={"holdout.log_loss": 0.6})
    champion = ChampionVerdict("champion (version 3)", training.children["boosted"].run_id, measured)
    for _ in range(2):
        registry.record_verdict(training, verdict(champion))
    experiment = client.get_run(training.parent_run_id).info.experiment_id
    [run] = client.search_runs([experiment], "tags.`assay.stage` = 'champion'")
    assert (run.info.run_name, run.info.status) == ("champion (version 3)", "FINISHED")
    assert run.data.tags["mlflow.parentRunId"] == training.parent_run_id
    assert run.data.metrics["holdout.log_loss"] == 0.6
    assert [entry.dataset.name for entry in run.inputs.dataset_inputs] == [HOLDOUT.name]
    logged = registry.find_training("r")
    assert logged is not None
    assert list(logged.children) == ["boosted"]


def test_a_champion_whose_writer_was_killed_is_finished_by_the_next_one(
    registry: Registry, client: Any, training: TrainingRun
) -> None:
    tags = {"contender": "champion (version 3)", "stage": "champion"}
    killed = registry._writer.start(
        "champion (version 3)", tags, who="assay", stage="gate", parent=training.parent_run_id
    )
    registry.record_verdict(training, verdict(ChampionVerdict("champion (version 3)", "0" * 32, ContenderVerdict())))
    assert client.get_run(killed).info.status == "FINISHED"


def test_a_champion_whose_run_was_removed_is_shown_without_its_model(
    registry: Registry, client: Any, training: TrainingRun
) -> None:
    gone = ChampionVerdict("champion (version 3)", "0" * 32, ContenderVerdict(metrics={"holdout.log_loss": 0.6}))
    registry.record_verdict(training, verdict(gone))
    experiment = client.get_run(training.parent_run_id).info.experiment_id
    [run] = client.search_runs([experiment], "tags.`assay.stage` = 'champion'")
    assert run.data.metrics["holdout.log_loss"] == 0.6


def test_days_are_points_at_their_dates_and_are_known_afterwards(
    tracking_uri: str, client: Any, training: TrainingRun
) -> None:
    run_id = training.children["boosted"].run_id
    assert shown_days(tracking_uri, run_id, "served.log_loss") == set()
    undefined = DatedValue("served.roc_auc", DAY, None)
    assert project_days(tracking_uri, run_id, [*DAYS, undefined]) == 3
    assert shown_days(tracking_uri, run_id, "served.log_loss") == {one.day for one in DAYS}
    project_days(tracking_uri, run_id, DAYS)
    assert points(client, run_id, "served.log_loss") == [(one.day, one.value) for one in DAYS]
    first = min(client.get_metric_history(run_id, "served.log_loss"), key=lambda one: one.step)
    assert first.timestamp == 1362096000000, "midnight of 2013-03-01 in UTC"


def test_a_day_is_logged_whole_or_not_at_all(
    tracking_uri: str, client: Any, training: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, kept = training.children["boosted"].run_id, client.log_batch
    many = [DatedValue(name, DAY + timedelta(days=n), 1.0) for n in range(400) for name in ("rows", "loss", "auc")]

    def fail_after_the_first(run: str, **entries: Any) -> None:
        kept(run, **entries)
        raise OSError("the process ended")

    monkeypatch.setattr(client, "log_batch", fail_after_the_first)
    monkeypatch.setattr("assay.models.mlflow.projection.open_client", lambda _uri: client)
    with raises_code(InfrastructureError, "mlflow"):
        project_days(tracking_uri, run_id, many)
    days = [{day for day, _ in points(client, run_id, name)} for name in ("rows", "loss", "auc")]
    assert days[0] == days[1] == days[2], "a day that is known by one metric has all of them"
    assert len(days[0]) == 333


def test_the_page_of_a_version_is_written_once_and_fits(tracking_uri: str, client: Any) -> None:
    client.create_registered_model(MODEL)
    for number in (1, 2):
        client.create_model_version(MODEL, f"s3://models/{number}", description="before")
    pages = {1: VersionText("now\n" * LONGEST_DESCRIPTION, {"state": "champion"}), 9: VersionText("of no version")}
    assert [project_versions(tracking_uri, MODEL, pages) for _ in range(2)] == [1, 0]
    first, second = (client.get_model_version(MODEL, number) for number in ("1", "2"))
    assert first.tags == {"assay.state": "champion"}
    assert first.description.startswith("now\n") and len(first.description) <= 5_000
    assert (second.description, second.tags) == ("before", {})
    pages[1] = VersionText(pages[1].description, {"state": "rolled back"})
    assert project_versions(tracking_uri, MODEL, pages) == 1
    assert client.get_model_version(MODEL, "1").tags == {"assay.state": "rolled back"}


def test_a_run_that_mlflow_does_not_have_is_one_error_with_its_code(tracking_uri: str) -> None:
    with raises_code(InfrastructureError, "mlflow"):
        project_days(tracking_uri, "0" * 32, DAYS)


@pytest.fixture
def version(registry: Registry, bundled: Callable[..., BundleInfo]) -> tuple[int, str]:
    """A registered version with its files, and the digest of its bundle."""
    info = bundled("linear")
    log = ContenderLog("linear", figures={"one.png": b"png"}, bundle=info.path, bundle_digest=info.digest)
    run = registry.log_training(TrainingLog(run_id="r", name="2013-03-01", contenders=[log]), who="ann")
    return registry.register(run.children["linear"].run_id), info.digest


def test_a_moved_home_still_finds_and_keeps_its_artifacts(
    version: tuple[int, str], tmp_path: Path, tracking_uri: str, client: Any
) -> None:
    (tmp_path / "home").rename(tmp_path / "new home")
    moved = Registry(tracking_uri, tmp_path / "new home" / "artifacts", MODEL, QUESTION)
    number, digest = version
    verify_bundle(moved.fetch_bundle(number, tmp_path / "cache"), digest)
    run_id = moved.versions()[0].run_id
    assert [one.path for one in client.list_artifacts(run_id, "figures")] == ["figures/one.png"]
    later = moved.log_training(TrainingLog(run_id="later", name="2013-04-01", figures={"two.png": b"png"}), who="ann")
    assert [one.path for one in client.list_artifacts(later.parent_run_id, "figures")] == ["figures/two.png"]
    assert not (tmp_path / "home").exists()
    assert follow_moved_artifacts(tracking_uri, tmp_path / "new home" / "artifacts", MODEL) is False


def test_a_second_path_to_the_same_home_changes_nothing(
    version: tuple[int, str], tmp_path: Path, tracking_uri: str
) -> None:
    assert version[0] == 1
    (tmp_path / "link").symlink_to(tmp_path / "home")
    assert follow_moved_artifacts(tracking_uri, tmp_path / "link" / "artifacts", MODEL) is False


def test_artifacts_that_were_not_moved_along_stay_where_they_are(
    version: tuple[int, str], tmp_path: Path, tracking_uri: str
) -> None:
    elsewhere = Registry(tracking_uri, tmp_path / "elsewhere", MODEL)
    number, digest = version
    verify_bundle(elsewhere.fetch_bundle(number, tmp_path / "cache"), digest)


@pytest.mark.parametrize("address", ["http://mlflow:5000", "sqlite:////nowhere/mlflow.db"])
def test_a_server_and_a_database_that_is_not_there_have_nothing_to_correct(tmp_path: Path, address: str) -> None:
    (tmp_path / MODEL).mkdir()
    (tmp_path / MODEL / "file").touch()
    assert follow_moved_artifacts(address, tmp_path, MODEL) is False
