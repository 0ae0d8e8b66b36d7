from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assay.errors import InputError
from assay.models.bundle.bundle import BundleInfo, verify_bundle
from assay.models.bundle.predictor import load_predictor
from assay.models.mlflow.registry import Registry
from assay.models.mlflow.run_contents import (
    ContenderLog,
    ContenderVerdict,
    Dataset,
    TrainingLog,
    TrainingRun,
    VerdictLog,
)
from assay.models.mlflow.run_logger import contender_table
from assay.models.training.contenders import FittedContender

from ...expect_errors import raises_code

# MLflow's own use of SQLAlchemy, which nobody but MLflow can mend.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

PNG = b"\x89PNG\r\n\x1a\nnot a real one"
INPUTS = [Dataset("flights", "lake/clean/flights", 0, {"distance": "long", "carrier": "string"})]


@pytest.fixture
def registry(tracking_uri: str, tmp_path: Path) -> Registry:
    return Registry(tracking_uri, tmp_path / "art 1", "flight_delays")


@pytest.fixture
def log(
    registry: Registry, bundled: Callable[..., BundleInfo], contenders: dict[str, FittedContender]
) -> Callable[..., Any]:
    """Logs a training of two contenders, as the stage does."""
    infos = {name: bundled(name) for name in ("linear", "boosted")}

    def run(run_id: str = "run-1", **options: Any) -> TrainingRun:
        defaults: dict[str, Any] = {
            "run_id": run_id, "name": "2013-03-01", "inputs": INPUTS, "params": {"window": 60},
            "tags": {"why": "monthly", "code_digest": "c0de", "lock_digest": "10c4", "spec_digest": "5bec"},
            "contenders": [
                ContenderLog(
                    name, fitted.parameters, {"validation.roc_auc": fitted.validation, "odd": math.nan, "none": None},
                    {"recipe": f"recipe-{name}"}, {"importance.png": PNG},
                    [{"trial": t.number, **t.parameters, "roc_auc": t.value} for t in fitted.trials],
                    "Not judged yet.", infos[name].path, infos[name].digest,
                )
                for name, fitted in contenders.items() if name in infos
            ],
        }  # fmt: skip
        return registry.log_training(TrainingLog(**(defaults | options)), who="ann")

    return run


@pytest.fixture
def client(tracking_uri: str) -> Any:
    from assay.models.mlflow.client import open_client

    return open_client(tracking_uri)


def runs(client: Any) -> list[Any]:
    experiment = client.get_experiment_by_name("flight_delays")
    return list(client.search_runs([experiment.experiment_id]))


def test_a_training_is_one_parent_with_a_nested_child_per_contender(log: Callable[..., Any], client: Any) -> None:
    training = log()
    parent = client.get_run(training.parent_run_id)
    assert parent.info.status == "FINISHED"
    assert parent.info.run_name == "2013-03-01"
    assert parent.data.params == {"window": "60"}
    tags = {key.removeprefix("assay."): value for key, value in parent.data.tags.items() if key.startswith("assay.")}
    assert tags.items() >= {"code_digest": "c0de", "lock_digest": "10c4", "spec_digest": "5bec", "who": "ann"}.items()
    assert (tags["why"], tags["pipeline"]) == ("monthly", "flight_delays")
    assert list(training.children) == ["linear", "boosted"]
    for name, child in training.children.items():
        run = client.get_run(child.run_id)
        assert (run.info.run_name, run.info.status) == (name, "FINISHED")
        assert run.data.tags["mlflow.parentRunId"] == training.parent_run_id
        assert run.data.tags["assay.recipe"] == f"recipe-{name}"
        assert run.data.tags["mlflow.note.content"]
        assert run.data.metrics["validation.roc_auc"] > 0.5
        assert not {"odd", "none"} & set(run.data.metrics)
        assert [file.path for file in client.list_artifacts(child.run_id, "figures")] == ["figures/importance.png"]


def test_the_trials_are_a_table_and_a_curve(
    log: Callable[..., Any], client: Any, contenders: dict[str, FittedContender]
) -> None:
    child = log().children["boosted"]
    curve = client.get_metric_history(child.run_id, "trial.roc_auc")
    assert [point.value for point in curve] == [trial.value for trial in contenders["boosted"].trials]
    text = Path(client.download_artifacts(child.run_id, "trials.csv")).read_text()
    assert text.splitlines()[0] == "trial,n_estimators,max_depth,roc_auc"


def test_every_run_names_the_tables_it_read_with_their_versions(log: Callable[..., Any], client: Any) -> None:
    training = log()
    for run_id in (training.parent_run_id, training.children["linear"].run_id):
        (entry,) = client.get_run(run_id).inputs.dataset_inputs
        assert (entry.dataset.name, entry.dataset.digest, entry.dataset.source_type) == ("flights", "0", "delta_table")
        assert json.loads(entry.dataset.source) == {"path": "lake/clean/flights", "delta_table_version": 0}
        assert [(tag.key, tag.value) for tag in entry.tags] == [("mlflow.data.context", "training")]


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred")  # MLflow's, about a type of its own
def test_the_logged_model_scores_through_mlflow_itself_and_kept_its_signature(
    log: Callable[..., Any], client: Any, flights: pa.Table, features: list[str], contenders: dict[str, FittedContender]
) -> None:
    import mlflow.pyfunc

    child = log().children["boosted"]
    model = mlflow.pyfunc.load_model(client.get_logged_model(child.model_id).artifact_location)
    inputs = model.metadata.get_input_schema()
    assert [(column.name, column.type.name, column.required) for column in inputs] == [
        ("carrier", "string", False), ("distance", "double", False), ("wind", "double", False),
        ("holiday", "boolean", False), ("dead", "double", False),
    ]  # fmt: skip
    frame = flights.select(features).to_pandas()
    assert frame.isna().any().any()
    np.testing.assert_allclose(model.predict(frame), contenders["boosted"].score(flights), atol=1e-6)


def test_a_training_that_is_logged_already_is_found_again(
    log: Callable[..., Any], client: Any, registry: Registry
) -> None:
    first = log()
    assert log() == first == registry.find_training("run-1")
    assert len(runs(client)) == 3
    assert registry.find_training("run-2") is None


def test_a_training_that_fails_halfway_is_marked_and_logged_anew(log: Callable[..., Any], client: Any) -> None:
    with raises_code(InputError, "bundle-refused", "nowhere"):
        log(contenders=[ContenderLog("linear", bundle=Path("nowhere"))])
    assert {run.info.status for run in runs(client)} == {"FAILED"}
    log()
    assert sorted(run.info.status for run in runs(client)) == ["FAILED", "FAILED", "FINISHED", "FINISHED", "FINISHED"]


def test_a_training_that_was_killed_does_not_stay_running(
    log: Callable[..., Any], client: Any, registry: Registry
) -> None:
    registry._writer.start("2013-03-01", {"run_id": "run-1", "stage": "train"}, who="ann", stage="train")
    log()
    assert sorted(run.info.status for run in runs(client)) == ["FAILED", "FINISHED", "FINISHED", "FINISHED"]


def verdict(sentence: str = "boosted beats linear by 0.021.") -> VerdictLog:
    return VerdictLog(
        "promote", sentence, "boosted +0.021",
        [{"contender": "boosted", "roc_auc": 0.7311, "verdict": "won"}],
        {"gain": 0.021},
        {"roc.png": PNG},
        {
            "boosted": ContenderVerdict("won", "It won.", {"holdout.roc_auc": 0.73}, {"roc.png": PNG}),
            "linear": ContenderVerdict("beaten"),
        },
    )  # fmt: skip


def test_the_verdict_stands_where_a_reader_looks_first(
    log: Callable[..., Any], client: Any, registry: Registry
) -> None:
    training = log()
    for _ in range(2):
        registry.record_verdict(training, verdict())
    parent = client.get_run(training.parent_run_id)
    assert parent.info.run_name == "2013-03-01: boosted +0.021"
    assert parent.info.status == "FINISHED"
    assert parent.data.tags["mlflow.note.content"] == (
        "boosted beats linear by 0.021.\n\n"
        "| contender &nbsp; | roc_auc &nbsp; | verdict |\n| --- | --- | --- |\n| boosted &nbsp; | 0.7311 &nbsp; | won |"
    )
    assert (parent.data.tags["assay.verdict"], parent.data.metrics["gain"]) == ("promote", 0.021)
    boosted = client.get_run(training.children["boosted"].run_id)
    assert boosted.info.run_name == "boosted: won"
    assert boosted.data.tags["mlflow.note.content"] == "It won."
    assert client.get_logged_model(training.children["boosted"].model_id).metrics[-1].value == 0.73
    assert client.get_run(training.children["linear"].run_id).info.run_name == "linear: beaten"


def test_a_run_is_registered_once_however_often_it_is_asked_for(
    log: Callable[..., Any], registry: Registry, client: Any
) -> None:
    training = log()
    linear, boosted = (training.children[name].run_id for name in ("linear", "boosted"))
    assert registry.register(linear, description="It won.", tags={"why": "monthly"}) == 1
    assert [registry.register(run) for run in (boosted, linear, boosted)] == [2, 1, 2]
    first, second = registry.versions()
    assert (first.version, first.run_id, first.description, first.tags["why"]) == (1, linear, "It won.", "monthly")
    assert second.bundle_digest == client.get_logged_model(second.model_id).tags["assay.bundle_digest"]
    assert json.loads(client.get_logged_model(second.model_id).tags["mlflow.modelVersions"]) == [
        {"name": "flight_delays", "version": 2}
    ]


def test_a_registered_bundle_is_fetched_whole_and_once(
    log: Callable[..., Any],
    registry: Registry,
    tmp_path: Path,
    flights: pa.Table,
    contenders: dict[str, FittedContender],
    capfd: Any,
) -> None:
    child = log().children["boosted"]
    version = registry.register(child.run_id)
    path = registry.fetch_bundle(version, tmp_path / "cache")
    verify_bundle(path, registry.versions()[0].bundle_digest)
    np.testing.assert_allclose(load_predictor(path)(flights), contenders["boosted"].score(flights), atol=1e-6)
    assert registry.fetch_bundle(version, tmp_path / "cache") == path
    assert list((tmp_path / "cache").iterdir()) == [path]
    verify_bundle(registry.fetch_contender(child.run_id, tmp_path / "cache"), registry.versions()[0].bundle_digest)
    assert capfd.readouterr() == ("", "")


def test_an_unknown_version_and_a_run_without_a_model_are_refused(registry: Registry, tmp_path: Path) -> None:
    with raises_code(InputError, "unknown-version", "flight_delays", 7):
        registry.fetch_bundle(7, tmp_path)
    run = registry.log_experiment(ContenderLog("mine"), inputs=[], who="ann", why="curious", tags={})
    with raises_code(InputError, "no-model", run):
        registry.register(run)


def test_an_experiment_is_a_comparable_child_that_registers_nothing(registry: Registry, client: Any) -> None:
    ids = [
        registry.log_experiment(
            ContenderLog("mine", {"depth": 3}, {"validation.roc_auc": 0.7}),
            inputs=INPUTS, who="ann", why="more depth?", tags={"split": "pinned"},
        )
        for _ in range(2)
    ]  # fmt: skip
    parents = {client.get_run(run).data.tags["mlflow.parentRunId"] for run in ids}
    assert [client.get_run(parent).info.run_name for parent in parents] == ["experiments"]
    tags = client.get_run(ids[0]).data.tags
    assert (tags["assay.why"], tags["assay.split"], tags["assay.stage"]) == ("more depth?", "pinned", "experiment")
    assert registry.versions() == []


def test_logging_leaves_no_active_run_and_no_global_address_behind(log: Callable[..., Any], tracking_uri: str) -> None:
    import mlflow

    before = mlflow.get_tracking_uri()
    log()
    assert mlflow.active_run() is None
    assert mlflow.get_tracking_uri() == before != tracking_uri


def test_two_threads_may_log_at_once(log: Callable[..., Any], client: Any, registry: Registry) -> None:
    registry.find_training("none")
    threads = [threading.Thread(target=log, args=(f"run-{n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs(client)) == 6
    assert {run.info.status for run in runs(client)} == {"FINISHED"}


def test_a_table_of_contenders_survives_what_is_in_it() -> None:
    table = contender_table([{"name": "a|b", "gain": 0.123456, "why": None}, {"name": "c\nd"}])
    assert table.splitlines()[2:] == [r"| a\|b &nbsp; | 0.1235 &nbsp; |  |", "| c d &nbsp; |  &nbsp; |  |"]
    assert contender_table([]) == ""
