"""Write runs to MLflow: one parent per training, one nested child per contender, and the gate's verdict on them."""

from __future__ import annotations

import contextlib
import io
import json
import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from assay.models.bundle.pyfunc_flavor import check_signature, write_model
from assay.models.mlflow.run_contents import (
    ChampionVerdict,
    Child,
    ContenderLog,
    ContenderVerdict,
    Dataset,
    DatedValue,
    TrainingRun,
    VerdictLog,
)

PREFIX = "assay."
LONGEST_PARAM, LONGEST_TAG = 5_000, 7_500
"""Below MLflow's own limits, which it enforces with a warning or an error depending on its settings."""


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
        self,
        run_id: str,
        params: Mapping[str, Any],
        metrics: Mapping[str, float | None],
        model_id: str = "",
        dataset: Dataset | None = None,
    ) -> None:
        """Log parameters and metrics; an undefined or infinite metric is left out, since no chart shows it.

        By `model_id` and `dataset` MLflow compares models on the same rows.
        """
        from mlflow.entities import Metric, Param

        now, of = int(time.time() * 1000), _belonging(model_id, dataset)
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
            entry = Entry(item.name, item.digest, "delta_table", source, schema=schema)
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
            self._judged(child.run_id, child.model_id or self._model_of(child.run_id), judged, verdict.holdout)
        if verdict.champion is not None:
            self._champion(parent, verdict.champion, verdict.holdout)

    def _judged(self, run_id: str, model_id: str, judged: ContenderVerdict, holdout: Dataset | None) -> None:
        """Write the verdict on one model, and its metrics on the holdout, which belong to the model too."""
        marks = {"place": judged.place, "sentence": judged.sentence}
        self.describe(run_id, judged.sentence, {key: value for key, value in marks.items() if value})
        self.inputs(run_id, [holdout] if holdout is not None else [])
        self.values(run_id, {}, judged.metrics, model_id, holdout)
        points = dated_metrics(judged.folds, model_id, holdout)
        if points:
            self._client.log_batch(run_id, metrics=points)
        self.figures(run_id, judged.figures)
        if judged.place:
            self.rename(run_id, judged.place)

    def _champion(self, parent: str, champion: ChampionVerdict, holdout: Dataset | None) -> None:
        """Write the champion as one more child of the training: there MLflow compares it with the contenders."""
        mark, of = f"tags.`{PREFIX}contender` = '{champion.name}'", f"tags.`mlflow.parentRunId` = '{parent}'"
        runs = self._client.search_runs([self._experiment], f"{of} and {mark}", max_results=1)
        if runs:
            run_id = str(runs[0].info.run_id)
        else:
            tags = {"contender": champion.name, "stage": "champion", "champion_run": champion.run_id}
            run_id = self.start(champion.name, tags, who="assay", stage="gate", parent=parent)
        self._judged(run_id, self._model_of(champion.run_id), champion.measured, holdout)
        self.end(run_id)  # also one that was killed while it wrote

    def _model_of(self, run_id: str) -> str:
        """Return the id of the model that was logged with a run; empty for none, and where a person removed the run."""
        with contextlib.suppress(Exception):
            return str(self._client.get_run(run_id).data.tags.get(f"{PREFIX}model_id", ""))
        return ""

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


def dated_metrics(values: Sequence[DatedValue], model_id: str = "", dataset: Dataset | None = None) -> list[Any]:
    """Return the values as MLflow's metrics: the step is the day's ordinal, the time its midnight in UTC.

    What is undefined or infinite is left out.
    """
    from mlflow.entities import Metric

    of = _belonging(model_id, dataset)
    return [
        Metric(one.name, one.value, _midnight(one.day), one.day.toordinal(), **of)
        for one in values
        if one.value is not None and _finite(one.value)
    ]


def contender_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return `rows` as the Markdown table of a description, with the columns of the first row; empty for no rows.

    >>> print(contender_table([{"contender": "boosted", "gain": 0.0213}]))
    | contender &nbsp; | gain |
    | --- | --- |
    | boosted &nbsp; | 0.0213 |
    """
    if not rows:
        return ""
    names = list(rows[0])
    lines = [_spaced(names), ["---"] * len(names), *(_spaced([_cell(row.get(name)) for name in names]) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _spaced(cells: Sequence[str]) -> list[str]:
    """Return the cells with a space that MLflow keeps: it draws columns without a gap, and trims other spaces."""
    return [*(f"{cell} &nbsp;" for cell in cells[:-1]), *cells[-1:]]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value).replace("|", r"\|").replace("\n", " ")


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {f"{PREFIX}{key}": str(value)[:LONGEST_TAG] for key, value in tags.items()}


def _belonging(model_id: str, dataset: Dataset | None) -> dict[str, str]:
    """Return the fields of a metric that name its model, and the rows it was measured on; none without a model."""
    if not model_id:
        return {}
    return {"model_id": model_id} | (
        {"dataset_name": dataset.name, "dataset_digest": dataset.digest} if dataset is not None else {}
    )


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
