"""Write runs to MLflow: one parent per training, one nested child per contender, and the gate's verdict on them."""

from __future__ import annotations

import io
import json
import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.models.bundle.pyfunc_flavor import check_signature, write_model

PREFIX = "assay."
LONGEST_PARAM, LONGEST_TAG = 5_000, 7_500
"""Below MLflow's own limits, which it enforces with a warning or an error depending on its settings."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A Delta table as it was read: its name, path, version, and the types of its columns by name."""

    name: str
    path: str
    version: int
    columns: Mapping[str, str] = field(default_factory=dict)
    context: str = "training"


@dataclass(frozen=True, slots=True)
class ContenderLog:
    """The content of a contender's child run; `bundle` is the folder to log as its model, None for none.

    `figures` maps file names to the bytes of PNG or SVG files. `trials` has a row per trial, whose numbers are drawn
    over the trial's number.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, bytes] = field(default_factory=dict)
    trials: Sequence[Mapping[str, Any]] = ()
    description: str = ""
    bundle: Path | None = None
    bundle_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingLog:
    """The content of a training's parent run, and its contenders; `run_id` is Assay's, and `name` is shown by MLflow.

    The tags (code, lock and spec digest, why, ...) go to every run of the training.
    """

    run_id: str
    name: str
    contenders: Sequence[ContenderLog] = ()
    inputs: Sequence[Dataset] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    figures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Child:
    """A child run in MLflow, and the model logged with it."""

    run_id: str
    model_id: str = ""
    model_uri: str = ""


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A training in MLflow: the parent run, and a child per contender."""

    parent_run_id: str
    children: Mapping[str, Child]


@dataclass(frozen=True, slots=True)
class ContenderVerdict:
    """The gate's verdict on one contender: its place (won, challenger, refused ...), a sentence, metrics, figures."""

    place: str = ""
    sentence: str = ""
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    figures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VerdictLog:
    """The gate's verdict on a training: `headline` for the list of runs, `table` (a row per contender) for its page."""

    action: str
    sentence: str
    headline: str = ""
    table: Sequence[Mapping[str, Any]] = ()
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    figures: Mapping[str, bytes] = field(default_factory=dict)
    contenders: Mapping[str, ContenderVerdict] = field(default_factory=dict)


class RunWriter:
    """Write into one experiment through a client, without MLflow's global state."""

    def __init__(self, client: Any, experiment: str) -> None:
        self._client = client
        self._experiment = experiment

    def start(self, name: str, tags: Mapping[str, str], *, who: str, stage: str, parent: str | None = None) -> str:
        """Start a run and return its id."""
        own = {"mlflow.user": who, "mlflow.source.name": f"assay {stage}", "mlflow.source.type": "JOB"}
        if parent is not None:
            own["mlflow.parentRunId"] = parent
        run = self._client.create_run(self._experiment, run_name=name, tags=own | _tags({"name": name} | dict(tags)))
        return str(run.info.run_id)

    def end(self, run_id: str, *, good: bool = True) -> None:
        """Mark the run as finished or failed."""
        self._client.set_terminated(run_id, "FINISHED" if good else "FAILED")

    def contender(self, run_id: str, contender: ContenderLog, inputs: Sequence[Dataset]) -> Child:
        """Write everything of `contender` into the running child `run_id`; the metrics belong to its model too."""
        self.values(run_id, contender.params, {})
        self.describe(run_id, contender.description)
        self.figures(run_id, contender.figures)
        self.trials(run_id, contender.trials)
        self.inputs(run_id, inputs)
        child = self._model(run_id, contender) if contender.bundle is not None else Child(run_id)
        self.values(run_id, {}, contender.metrics, child.model_id)
        return child

    def values(
        self, run_id: str, params: Mapping[str, Any], metrics: Mapping[str, float | None], model_id: str = ""
    ) -> None:
        """Log parameters and metrics; an undefined or infinite metric is left out, since no chart shows it."""
        from mlflow.entities import Metric, Param

        now = int(time.time() * 1000)
        of = {"model_id": model_id} if model_id else {}
        defined_metrics = [
            Metric(key, value, now, 0, **of) for key, value in metrics.items() if value is not None and _finite(value)
        ]
        logged_params = [Param(key, str(value)[:LONGEST_PARAM]) for key, value in params.items()]
        for at in range(0, max(len(logged_params), 1), 100):
            self._client.log_batch(
                run_id, metrics=defined_metrics if at == 0 else [], params=logged_params[at : at + 100]
            )

    def describe(self, run_id: str, text: str, tags: Mapping[str, str] | None = None) -> None:
        """Set the description that the UI shows on top of the run, and further tags."""
        from mlflow.entities import RunTag

        entries = _tags(tags or {}) | ({"mlflow.note.content": text[:LONGEST_TAG]} if text else {})
        if entries:
            self._client.log_batch(run_id, tags=[RunTag(key, value) for key, value in entries.items()])

    def rename(self, run_id: str, headline: str) -> None:
        """Show `headline` after the run's own name, in the list of runs; a second call shows it once."""
        name = self._client.get_run(run_id).data.tags.get(f"{PREFIX}name", "")
        self._client.update_run(run_id, name=f"{name}: {headline}" if headline else name)

    def figures(self, run_id: str, figures: Mapping[str, bytes]) -> None:
        """Log PNG and SVG files under `figures/`."""
        with tempfile.TemporaryDirectory() as folder:
            for name, data in figures.items():
                path = Path(folder) / Path(name).name
                path.write_bytes(data)
                self._client.log_artifact(run_id, str(path), "figures")

    def trials(self, run_id: str, trials: Sequence[Mapping[str, Any]]) -> None:
        """Log the trials as a table, and each of their numbers as a metric over the trial's number."""
        if not trials:
            return
        import csv

        from mlflow.entities import Metric

        names = list(dict.fromkeys(name for trial in trials for name in trial))
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(trials)
        self._client.log_text(run_id, text.getvalue(), "trials.csv")
        now = int(time.time() * 1000)
        points = [
            Metric(f"trial.{name}", float(trial[name]), now, step)
            for step, trial in enumerate(trials)
            for name in trial
            if name != "trial" and _finite(trial[name])
        ]
        for at in range(0, len(points), 1000):
            self._client.log_batch(run_id, metrics=points[at : at + 1000])

    def inputs(self, run_id: str, inputs: Sequence[Dataset]) -> None:
        """Record the tables that the run read, each at its version."""
        from mlflow.entities import Dataset as Entry
        from mlflow.entities import DatasetInput, InputTag

        entries = []
        for item in inputs:
            # MLflow's own source leaves out version 0; its digest may be 36 characters long.
            source = json.dumps({"path": item.path, "delta_table_version": item.version})
            columns = [{"type": kind, "name": name, "required": False} for name, kind in item.columns.items()]
            schema = json.dumps({"mlflow_colspec": columns}) if columns else None
            entry = Entry(item.name, str(item.version), "delta_table", source, schema=schema)
            entries.append(DatasetInput(entry, [InputTag("mlflow.data.context", item.context)]))
        if not entries:
            return
        try:
            self._client.log_inputs(run_id, datasets=entries)
        except Exception:
            # MLflow first looks for the table, then inserts it: the second of two writers finds it the next time.
            self._client.log_inputs(run_id, datasets=entries)

    def verdict(self, training: TrainingRun, verdict: VerdictLog) -> None:
        """Write the gate's verdict where the UI shows it: names in the list, descriptions, metrics, figures."""
        parent = training.parent_run_id
        text = "\n\n".join(part for part in (verdict.sentence, contender_table(verdict.table)) if part)
        self.describe(
            parent, text, {"verdict": verdict.action, "sentence": verdict.sentence, "headline": verdict.headline}
        )
        self.values(parent, {}, verdict.metrics)
        self.figures(parent, verdict.figures)
        self.rename(parent, verdict.headline or verdict.action)
        for name, judged in verdict.contenders.items():
            child = training.children[name]
            marks = {"place": judged.place, "sentence": judged.sentence}
            self.describe(child.run_id, judged.sentence, {key: value for key, value in marks.items() if value})
            self.values(child.run_id, {}, judged.metrics, child.model_id)
            self.figures(child.run_id, judged.figures)
            if judged.place:
                self.rename(child.run_id, judged.place)

    def _model(self, run_id: str, contender: ContenderLog) -> Child:
        from mlflow.entities import LoggedModelOutput

        assert contender.bundle is not None
        model = self._client.create_logged_model(
            self._experiment,
            name=contender.name,
            source_run_id=run_id,
            tags=_tags(dict(contender.tags) | {"bundle_digest": contender.bundle_digest}),
            params={key: str(value)[:LONGEST_PARAM] for key, value in contender.params.items()},
        )
        with tempfile.TemporaryDirectory() as folder:
            write_model(Path(folder), contender.bundle, model_id=model.model_id, run_id=run_id)
            self._client.log_model_artifacts(model.model_id, folder)
            kept = self._signed(model.model_id, Path(folder))
            check_signature(kept, contender.bundle)
        self._client.finalize_logged_model(model.model_id, "READY")
        self._client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 0)])
        self.describe(run_id, "", {"model_id": model.model_id, "bundle_digest": contender.bundle_digest})
        return Child(run_id, model.model_id, f"models:/{model.model_id}")

    def _signed(self, model_id: str, folder: Path) -> Path:
        from mlflow.artifacts import download_artifacts

        location = self._client.get_logged_model(model_id).artifact_location
        target = folder / "kept"
        target.mkdir()
        download_artifacts(
            artifact_uri=f"{location}/MLmodel", dst_path=str(target), tracking_uri=self._client.tracking_uri
        )
        return target


def contender_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return `rows` as the Markdown table of a description, with the columns of the first row; empty for no rows.

    >>> print(contender_table([{"contender": "boosted", "gain": 0.0213}]))
    | contender | gain |
    | --- | --- |
    | boosted | 0.0213 |
    """
    if not rows:
        return ""
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *([_cell(row.get(name)) for name in names] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value).replace("|", r"\|").replace("\n", " ")


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {f"{PREFIX}{key}": str(value)[:LONGEST_TAG] for key, value in tags.items()}


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
