"""A pipeline's place in MLflow: its experiment, its registered model, and the aliases that follow the promotions."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.models.bundle.pyfunc_flavor import FOLDER
from assay.models.mlflow.addresses import opened_by, runs_table
from assay.models.mlflow.aliases import read_aliases
from assay.models.mlflow.client import experiment_id, fetch_folder, mlflow_errors, open_client
from assay.models.mlflow.moved_artifacts import follow_moved_artifacts
from assay.models.mlflow.run_contents import Child, ContenderLog, Dataset, TrainingLog, TrainingRun, VerdictLog
from assay.models.mlflow.run_logger import PREFIX, RunWriter

EXPERIMENTS = "experiments"
NOTE = "mlflow.note.content"
"""The tag that MLflow's pages show as a description."""


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A registered version: the child run it came from, and the digest that its bundle had."""

    version: int
    run_id: str
    model_id: str
    bundle_digest: str
    description: str
    tags: Mapping[str, str]


class Registry:
    """MLflow as one pipeline uses it; the promotions, and not MLflow, decide what is promoted.

    Every method raises InfrastructureError where MLflow fails. Nothing global of MLflow is used, so several registries
    may work in one process, in any thread.
    """

    def __init__(self, tracking_uri: str, artifacts: str | Path, pipeline: str, question: str = "") -> None:
        """Use `tracking_uri` for `pipeline`.

        `artifacts` is a folder or a URI for the pipeline's files; empty leaves the choice to an MLflow server. The
        `question` is the description of the experiment.
        """
        self._question = question
        self._uri = tracking_uri
        self._artifacts = artifacts
        self._pipeline = pipeline

    def log_training(self, training: TrainingLog, *, who: str) -> TrainingRun:
        """Log the parent run of a training and a nested child per contender, each with its model.

        A training that is logged whole already is found again. One that was interrupted is marked as failed and logged
        anew.
        """
        tags = {"pipeline": self._pipeline, "who": who, **training.tags, "run_id": training.run_id, "stage": "train"}
        with self._failing("log the training"):
            earlier_run = self._find_training(training.run_id)
            if earlier_run is not None:
                return earlier_run
            with self._running(training.name, tags, who=who, stage="train") as parent:
                self._writer.values(parent, training.params, {})
                self._writer.describe(parent, training.description)
                self._writer.figures(parent, training.figures)
                self._writer.inputs(parent, training.inputs)
                children: dict[str, Child] = {}
                for contender in training.contenders:
                    own = tags | dict(contender.tags) | {"contender": contender.name, "stage": "contender"}
                    with self._running(contender.name, own, who=who, stage="train", parent=parent) as child:
                        children[contender.name] = self._writer.contender(child, contender, training.inputs)
            return TrainingRun(parent, children)

    def record_verdict(self, training: TrainingRun, verdict: VerdictLog) -> None:
        """Write the gate's verdict into the training's runs, so that the UI shows which contender won, and why.

        A second call changes nothing.
        """
        with self._failing("write the verdict"):
            self._writer.verdict(training, verdict)

    def log_experiment(
        self, contender: ContenderLog, *, inputs: Sequence[Dataset], who: str, why: str, tags: Mapping[str, str]
    ) -> str:
        """Log a notebook's run, comparable with the contenders, and return its id; nothing is registered.

        It is a child of the pipeline's one run named `experiments`.
        """
        own = {"pipeline": self._pipeline, "who": who, **tags, "why": why, "contender": contender.name}
        with self._failing("log the experiment"):
            parents = self._search(f"tags.`{PREFIX}stage` = '{EXPERIMENTS}'")
            if parents:
                parent = str(parents[0].info.run_id)
            else:
                mark = {"pipeline": self._pipeline, "stage": EXPERIMENTS}
                parent = self._writer.start(EXPERIMENTS, mark, who=who, stage="experiment")
                self._writer.describe(parent, "What was tried in notebooks. None of it is registered or judged.")
                self._writer.end(parent)
            stage = own | {"stage": "experiment"}
            with self._running(contender.name, stage, who=who, stage="experiment", parent=parent) as run:
                self._writer.contender(run, contender, inputs)
            return run

    def find_training(self, run_id: str) -> TrainingRun | None:
        """Return the training that Assay's run `run_id` logged whole, None if there is none."""
        with self._failing("look for the training"):
            return self._find_training(run_id, mend=False)

    def register(self, child_run_id: str, *, description: str = "", tags: Mapping[str, str] | None = None) -> int:
        """Return the version under which the child's model is registered: the same one however often this is called."""
        with self._failing("register the model"):
            registered_versions = self._versions_of(child_run_id)
            if registered_versions:
                return registered_versions[0]
            model_id = self._model_of(child_run_id)
            model = self._client.get_logged_model(model_id)
            self._make_registered_model()
            digest = model.tags.get(f"{PREFIX}bundle_digest", "")
            own = {**(tags or {}), "model_id": model_id, "bundle_digest": digest}
            # Not 'models:/<id>': MLflow 3.17 would look that up through its global tracking address.
            new_version = self._client.create_model_version(
                self._pipeline,
                model.artifact_location,
                child_run_id,
                description=description,
                model_id=model_id,
                tags={f"{PREFIX}{key}": str(value) for key, value in own.items()},
            )
            first = self._versions_of(child_run_id)[0]
            if first != int(new_version.version):  # another process registered the same run meanwhile
                self._client.delete_model_version(self._pipeline, str(new_version.version))
            known = json.dumps([{"name": self._pipeline, "version": first}])
            self._client.set_logged_model_tags(model_id, {"mlflow.modelVersions": known})
            return first

    def aliases(self) -> dict[str, int]:
        """Every alias of the pipeline's model, and the version it points to."""
        with self._failing("read the aliases"):
            return read_aliases(self._client, self._pipeline)

    def versions(self) -> list[RegisteredVersion]:
        """Every registered version, oldest first."""
        with self._failing("list the versions"):
            model_versions = self._client.search_model_versions(f"name = '{self._pipeline}'", max_results=10_000)
            return sorted((_version(item) for item in model_versions), key=lambda item: item.version)

    def fetch_bundle(self, version: int, cache: Path) -> Path:
        """Return the folder in `cache` that holds the bundle of `version`; copied once, whole or not at all.

        The bundle is not verified here: `verify_bundle` does that, against the ledger's digest.

        Raises:
            InputError: The version is not registered.
        """
        with self._failing("fetch the bundle"):
            known = {item.version: item for item in self.versions()}
            if version not in known:
                raise InputError(
                    f"'{self._pipeline}' has no version {version}",
                    code="unknown-version",
                    hint=f"it has: {', '.join(map(str, known)) or 'none'}",
                )
            name = f"{self._pipeline}-{version}-{known[version].bundle_digest[:12]}"
            return self._fetch(known[version].model_id, cache / name)

    def fetch_contender(self, child_run_id: str, cache: Path) -> Path:
        """As `fetch_bundle`, for a contender that is not registered yet."""
        with self._failing("fetch the bundle"):
            return self._fetch(self._model_of(child_run_id), cache / child_run_id)

    def runs_address(self) -> str:
        """Return the address of the pipeline's table of runs in MLflow's user interface."""
        with self._failing("find the experiment"):
            return runs_table(self._uri, self._experiment)

    def how_to_open(self) -> str:
        """Return that address, with the command that starts the user interface where no server has it."""
        command = opened_by(self._uri)
        return f"{self.runs_address()} (after: {command})" if command else self.runs_address()

    @cached_property
    def _client(self) -> Any:
        follow_moved_artifacts(self._uri, self._artifacts, self._pipeline)
        return open_client(self._uri)

    @cached_property
    def _experiment(self) -> str:
        experiment = experiment_id(self._client, self._pipeline, self._artifacts)
        if self._question and self._client.get_experiment(experiment).tags.get(NOTE) != self._question:
            self._client.set_experiment_tag(experiment, NOTE, self._question)
        return experiment

    @cached_property
    def _writer(self) -> RunWriter:
        return RunWriter(self._client, self._experiment)

    def _failing(self, doing: str) -> contextlib.AbstractContextManager[None]:
        return mlflow_errors(self._uri, doing)

    @contextlib.contextmanager
    def _running(
        self, name: str, tags: Mapping[str, str], *, who: str, stage: str, parent: str | None = None
    ) -> Iterator[str]:
        run = self._writer.start(name, tags, who=who, stage=stage, parent=parent)
        try:
            yield run
        except BaseException:
            with contextlib.suppress(Exception):
                self._writer.end(run, good=False)
            raise
        self._writer.end(run)

    def _search(self, condition: str) -> list[Any]:
        return list(self._client.search_runs([self._experiment], condition, max_results=1000))

    def _find_training(self, run_id: str, *, mend: bool = True) -> TrainingRun | None:
        runs = self._search(f"tags.`{PREFIX}run_id` = '{run_id}'")
        parents = [run for run in runs if run.data.tags.get(f"{PREFIX}stage") == "train"]
        whole = [run for run in parents if run.info.status == "FINISHED"]
        if mend and not whole:
            for run in runs:
                if run.info.status == "RUNNING":
                    self._writer.end(run.info.run_id, good=False)
        if not whole:
            return None
        parent = str(whole[0].info.run_id)
        children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent]
        return TrainingRun(parent, {run.data.tags[f"{PREFIX}contender"]: _child(run) for run in reversed(children)})

    def _model_of(self, child_run_id: str) -> str:
        model_id = str(self._client.get_run(child_run_id).data.tags.get(f"{PREFIX}model_id", ""))
        if not model_id:
            raise InputError(
                f"the run {child_run_id} has no model",
                code="no-model",
                hint="train again: the run was killed or deleted",
            )
        return model_id

    def _versions_of(self, run_id: str) -> list[int]:
        condition = f"name = '{self._pipeline}' and run_id = '{run_id}'"
        return sorted(int(item.version) for item in self._client.search_model_versions(condition))

    def _make_registered_model(self) -> None:
        if not self._client.search_registered_models(f"name = '{self._pipeline}'"):
            with contextlib.suppress(Exception):  # another process may have made it; if it did not, registering fails
                self._client.create_registered_model(self._pipeline)

    def _fetch(self, model_id: str, target: Path) -> Path:
        location = self._client.get_logged_model(model_id).artifact_location
        return fetch_folder(f"{location}/{FOLDER}", target, self._uri)


def _child(run: Any) -> Child:
    model_id = run.data.tags.get(f"{PREFIX}model_id", "")
    return Child(str(run.info.run_id), model_id, f"models:/{model_id}" if model_id else "")


def _version(item: Any) -> RegisteredVersion:
    tags = {key.removeprefix(PREFIX): value for key, value in item.tags.items() if key.startswith(PREFIX)}
    return RegisteredVersion(
        int(item.version),
        str(item.run_id or ""),
        tags.get("model_id", ""),
        tags.get("bundle_digest", ""),
        item.description or "",
        tags,
    )
