"""The second reference pipeline: four months of real weather, from the landing to the verdict on served numbers."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.profiles.residuals import Residuals
from assay.errors import InputError
from assay.spec.project import load_pipeline, open_project
from assay.stages.evaluation.gate import gate
from assay.stages.evaluation.pinned_inputs import pinned_inputs
from assay.stages.features.feature_rows import feature_rows
from assay.stages.models.served_outcomes import measurements, served_outcomes
from assay.stages.operations.run import run, select_stages
from assay.stages.reporting.write_report import write_report
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.training.fit import training_job
from assay.stages.training.train import train
from assay.stages.training.training_columns import training_profile
from assay.store.ledger.run_details import TrainingDetails

from ..expect_errors import missing_data, raises_code
from .conftest import Project

ROOT = Path(__file__).resolve().parents[2]
NAME = "hourly_temperature"
NAIVE = ("naive same_hour_temp", "naive newest_temp")
BEFORE, SEPTEMBER = Interval(date(2013, 6, 1), date(2013, 9, 1)), Interval(date(2013, 9, 1), date(2013, 10, 1))
SHUFFLED = """
import numpy as np
from xgboost import XGBRegressor


class ShuffledLabels(XGBRegressor):
    def fit(self, X, y, **options):
        return super().fit(X, np.random.default_rng(0).permutation(y), **options)


def candidates():
    return {"shuffled": lambda trial: ShuffledLabels(n_estimators=trial.suggest_int("trees", 20, 40), n_jobs=1)}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose one pipeline is this one, and an empty home."""
    root = tmp_path_factory.mktemp("weather")
    for file in ("pipelines/hourly_temperature.yaml", "environments/local.yaml"):
        (root / "conf" / file).parent.mkdir(parents=True)
        shutil.copy(ROOT / "conf" / file, root / "conf" / file)
    for folder in ("schemas", "expectations"):
        (root / "conf" / folder).symlink_to(ROOT / "conf" / folder)
    return Project(root, root / "home")


def context(project: Project, **options: Any) -> Context:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_HOME", str(project.home))
        return Context(load_pipeline(open_project(project.root), NAME), claimed="tester", **options)


@pytest.fixture(scope="module")
def lived(project: Project) -> dict[str, StageOutcome]:
    """The outcome of each stage of September; the summer is its history."""
    from hourly_temperature.landing import write_drops

    landing = project.home / "landing"
    write_drops(landing, BEFORE.start, BEFORE.end, arrived_before=BEFORE.end)
    run(context(project), BEFORE, ["land", "clean"])
    write_drops(landing, BEFORE.start, SEPTEMBER.end, arrived_before=SEPTEMBER.end)
    return {outcome.stage: outcome for outcome in run(context(project), SEPTEMBER, select_stages(None))}


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Candidates that learned from labels in random order, as `module:function`."""
    folder = tmp_path_factory.mktemp("code")
    (folder / "shuffled_hours.py").write_text(SHUFFLED)
    sys.path.insert(0, str(folder))
    yield "shuffled_hours:candidates"
    sys.path.remove(str(folder))


def test_the_promoted_model_was_shown_to_err_less_than_the_constant(
    project: Project, lived: dict[str, StageOutcome]
) -> None:
    assert lived["gate"].status == "promote", lived["gate"].sentence
    verdict = context(project).runs.read_fields(str(lived["gate"].run_id), "verdict")
    promoted = context(project).promotions.history()[0].evidence.versions[ModelVersion(1)].name
    [shown] = [
        finding
        for finding in verdict["findings"]
        if finding["check"] == "gate.pair" and finding["details"]["ours"] == promoted
    ]
    judged = shown["details"]
    assert (judged["outcome"], judged["theirs"]) == ("shown better", "constant")
    assert missing_data(shown["sentence"], "RMSE") == []
    error, constant = judged["values"]
    assert constant > error + 0.25
    assert judged["estimate"] == pytest.approx(constant - error)
    assert judged["days"] == 42
    assert judged["p"] < judged["level"]
    assert judged["guard"]["baseline"] in NAIVE
    assert judged["guard"]["loss"] == pytest.approx(error)
    assert error < judged["guard"]["limit"] < constant, "the naive baseline is harder to beat than the mean"


def test_a_naive_baseline_errs_as_its_feature_does_and_is_the_same_when_it_is_fitted_on_executors(
    project: Project, lived: dict[str, StageOutcome]
) -> None:
    import numpy as np

    from assay.models.training.executors.distributed import SparkTrainer
    from assay.models.training.executors.window import open_window

    ctx = context(project)
    record = ctx.ledger.record(str(lived["train"].run_id))
    details = record.details_as(TrainingDetails)
    entries = details.contenders
    assert [entries[name].complexity for name in ("constant", *NAIVE, "linear", "boosted")] == [0, 1, 1, 2, 3]
    with feature_rows(ctx, pinned_inputs(ctx, record, details.window)) as rows, ExitStack() as kept:
        window = rows.labelled(details.window, known_on=SEPTEMBER.start)
        profile = training_profile(ctx, window, rows.names)
        job = training_job(ctx, profile, rows.names, {}, days=len(details.window))
        opened = open_window(
            window,
            key=job.order,
            partition=job.partition,
            label=job.label,
            task=job.task,
            validation_days=job.validation_days,
        )
        fitted = SparkTrainer(job, opened, 2, 0, "", kept).naive("same_hour_temp")
        frame = window.where("temperature IS NOT NULL").toArrow()
    late = frame["day"].to_numpy() >= np.datetime64(opened.first)
    labels, forecasts = (frame[name].to_numpy() for name in ("temperature", "same_hour_temp"))
    forecasts = np.where(np.isnan(forecasts), labels[~late].mean(), forecasts)
    error = np.sqrt(np.mean((forecasts - labels)[late] ** 2))
    assert entries["naive same_hour_temp"].validation == pytest.approx(error, rel=1e-6)
    assert fitted.validation == pytest.approx(error, rel=1e-6)
    assert fitted.parameters["mean"] == pytest.approx(labels.mean())


def test_every_hour_of_september_has_a_forecast_in_degrees(project: Project, lived: dict[str, StageOutcome]) -> None:
    assert lived["score"].numbers["rows"] == 30 * 72
    ctx = context(project)
    served = {day: day_profile.outcomes for day, day_profile in measurements(ctx, ModelVersion(1)).items()}
    assert sorted(served) == SEPTEMBER.dates()
    overall = [profile.overall for profile in served.values()]
    assert all(isinstance(state, Residuals) for state in overall)
    assert sum(state.rows for state in overall) > 30 * 72 * 0.95
    assert sum(state.rows + state.unlabelled for state in overall) == 30 * 72
    assert sorted(served[SEPTEMBER.start].slices["origin"]) == ["EWR", "JFK", "LGA"]


def test_the_served_error_is_that_of_the_rows_themselves(project: Project, lived: dict[str, StageOutcome]) -> None:
    from pyspark.sql import functions as F

    assert lived["monitor"].status in ("none", "look", "retrain"), lived["monitor"].sentence
    ctx = context(project)

    def read(kind: str, name: str) -> Any:
        return ctx.spark.read.format("delta").load(f"file://{project.lake(kind, name)}")

    both = read("predictions", NAME).join(read("clean", "observations"), on=["day", "origin", "time_hour"])
    error = F.col("score") - F.col("temp")
    rows = both.where("day < '2013-10-01' AND temp IS NOT NULL")
    [day_profile] = rows.agg(
        F.sqrt(F.avg(error * error)).alias("rmse"), F.count_if(F.abs(error) > 10).alias("off")
    ).collect()
    verdict = ctx.runs.read_fields(str(lived["monitor"].run_id), "verdict")
    findings = {finding["check"]: finding for finding in verdict["findings"]}
    recent = dict(sorted(served_outcomes(ctx, ModelVersion(1)).items())[-28:])
    assert findings["served.metric"]["details"]["days"] == len(recent)
    assert max(recent) == date(2013, 9, 29), "the labels of the last day are not mature when it ends"
    states = [day_profile.outcomes.overall for day_profile in measurements(ctx, ModelVersion(1)).values()]
    assert sum(state.sums["squared_error"] for state in states) / sum(state.rows for state in states) == pytest.approx(
        day_profile["rmse"] ** 2
    )
    assert sum(state.sums["way_off"] for state in states) == day_profile["off"]
    assert missing_data(findings["served.metric"]["sentence"], "10") == []
    assert {f["check"] for f in verdict["findings"]} & {"drift.jump", "drift.level"}
    mean = ctx.ledger.record(str(lived["train"].run_id)).details_as(TrainingDetails).constant
    assert mean is not None
    judged = rows.where(F.col("day").isin(list(recent)))
    [[constant]] = judged.agg(F.sqrt(F.avg((F.col("temp") - mean) ** 2))).collect()
    beside = findings["baseline.rmse"]
    assert beside["details"]["training"] == pytest.approx(constant)
    assert beside["sentence"] in lived["monitor"].sentence


def test_a_contender_that_was_trained_on_shuffled_labels_is_refused(
    project: Project, lived: dict[str, StageOutcome], shuffled: str
) -> None:
    assert lived["gate"].status == "promote"
    ctx = context(project, why="does the gate refuse what has learned nothing?")
    train(ctx, SEPTEMBER.start, name="shuffled", candidates=shuffled)
    outcome = gate(ctx, SEPTEMBER.start, name="shuffled")
    assert (outcome.status, outcome.exit_code) == ("refuse", 3)
    assert missing_data(outcome.sentence, "shuffled", "RMSE") == []
    assert ctx.promotions.history()[-1].champion == 1


def test_mlflow_shows_errors_and_their_figures(project: Project, lived: dict[str, StageOutcome]) -> None:
    assert lived["train"].run_id is not None
    ctx = context(project)
    record = ctx.ledger.record(lived["train"].run_id)
    details = record.details_as(TrainingDetails)
    assert details.calendar == {}, "no feature of this pipeline follows from the date alone"
    client = ctx.registry._client
    for name in ("constant", *NAIVE, "linear", "boosted"):
        run_id = details.contenders[name].run_id
        metrics = client.get_run(run_id).data.metrics
        assert {"holdout.rmse", "holdout.mae", "holdout.r2", "holdout.bias", "validation.rmse"} <= metrics.keys()
        assert "holdout.roc_auc" not in metrics
        assert 0 < metrics["holdout.mae"] <= metrics["holdout.rmse"]
        if name != "constant":
            of_constant = client.get_run(details.contenders["constant"].run_id).data.metrics
            gain = of_constant["holdout.rmse"] - metrics["holdout.rmse"]
            assert metrics["holdout.gain_over_constant"] == pytest.approx(gain)
        figures = {Path(item.path).name for item in client.list_artifacts(run_id, "figures")}
        assert {"predicted.png", "residuals.png"} <= figures
        assert "roc.png" not in figures
        assert ("importance.png" in figures) == (name in ("linear", "boosted"))


def test_looking_needs_no_jvm_and_reads_the_right_way_round(project: Project, lived: dict[str, StageOutcome]) -> None:
    ctx = context(project)
    page = write_report(ctx).path.read_text()
    assert missing_data(page, "RMSE") == []
    assert missing_data(page, "10") == []
    assert "<svg" in page
    for command in (["status", NAME], ["models", NAME], ["explain", str(lived["gate"].run_id)]):
        shown = project.here(*command, "--json")
        assert shown.returncode == 0, shown.stderr
        assert json.loads(shown.stdout)
    assert ctx._spark is None
    assert missing_data(project.here("explain", str(lived["gate"].run_id)).stdout, "RMSE") == []


def test_an_experiment_is_measured_by_its_errors(project: Project, lived: dict[str, StageOutcome]) -> None:
    from sklearn.tree import DecisionTreeRegressor

    from assay.stages.evaluation.experiment import experiment

    assert lived["train"].run_id is not None
    ctx = context(project)
    run_id = experiment(ctx, DecisionTreeRegressor(max_depth=4), why="is a single tree enough?")
    assert ctx.registry._client.get_run(run_id).data.metrics["holdout.rmse"] > 0


def test_a_label_of_another_kind_does_not_score_with_the_old_model(
    project: Project, lived: dict[str, StageOutcome]
) -> None:
    assert lived["score"].run_id is not None
    yaml = project.root / "conf" / "pipelines" / f"{NAME}.yaml"
    written = yaml.read_text()
    warm = written.replace("name: temperature, value: temp", 'name: warm, when: "temp > 50"')
    warm = warm.replace("metric: rmse", "metric: brier").replace("at_most: 10 ", "at_most: 0.3 ")
    warm = warm.replace("naive: [same_hour_temp, newest_temp]", "naive: []")
    warm = warm.replace("abs(score - temperature) > 10", "warm AND score < 0.5")
    try:
        yaml.write_text(warm)
        with raises_code(InputError, "other-task", 1, "hourly_temperature", "warm"):
            run(context(project, force=True), Interval.of(SEPTEMBER.start), ["score"])
    finally:
        yaml.write_text(written)
