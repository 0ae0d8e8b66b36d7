"""A label is an event or a number, and its metric and limit have to fit it."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest

from assay.core.evaluation.metrics import METRICS, metrics_of
from assay.core.task_type import TaskType
from assay.errors import InputError, SpecErrors
from assay.models.estimators.calibrator import Recalibration
from assay.models.training.validation_metric import TUNED
from assay.spec.checks.label_and_metric import ERRORS, LOWER_IS_BETTER, METRICS_OF
from assay.spec.checks.sql_expressions import sql_snippets
from assay.spec.json_schema import pipeline_json_schema
from assay.spec.project import Pipeline
from assay.spec.schema.pipeline import GateSpec, TrainSpec

from ...expect_errors import missing_data, rendered_places

Change = Callable[..., None]
Refusal = Callable[[], str]
Load = Callable[[], Pipeline]

NUMBER = ('name: late, when: "delay > 15"', 'name: pace, value: "distance / air_time"')
KPI = ('"count_if(late AND score < 0.5)"', '"count_if(abs(score - pace) > 3)"')


@pytest.fixture
def regression(change: Change) -> None:
    """The pipeline asks for a number."""
    change(*NUMBER)
    change(*KPI)
    change("  margin: 0.01\n", "  metric: rmse\n  margin: 0.5\n")


@pytest.mark.usefixtures("regression")
def test_a_value_makes_the_task_a_regression(load: Load) -> None:
    pipeline = load()
    assert pipeline.spec.label.task is TaskType.REGRESSION
    label = next(snippet for snippet in sql_snippets(pipeline) if snippet.title == "the label 'pace'")
    assert (label.kind, label.sql) == ("value", "distance / air_time")
    kpi = sql_snippets(pipeline)[-1]
    assert dict(kpi.columns)["pace"] == "double"


def test_what_is_not_written_does_not_enter_the_digest_of_its_section(load: Load) -> None:
    spec = load().spec
    assert spec.label.task is TaskType.CLASSIFICATION
    assert set(spec.label.model_dump(by_alias=True)) == {"from", "name", "when", "label_delay"}
    assert "at_most" not in spec.gate.model_dump()
    assert spec.gate.model_dump()["at_least"] is None


def test_a_label_that_is_neither_is_shown_at_its_section(change: Change, refusal: Refusal) -> None:
    change(', when: "delay > 15"', "")
    assert rendered_places(refusal()) == [("missing-key", "conf/pipelines/trips.yaml:24:1", "label")]
    assert missing_data(refusal(), "label", "when", "value") == []


def test_a_label_that_is_both_is_shown_at_the_second(change: Change, refusal: Refusal) -> None:
    change('when: "delay > 15"', 'when: "delay > 15", value: delay')
    assert rendered_places(refusal()) == [("two-labels", "conf/pipelines/trips.yaml:24:56", "value")]
    assert missing_data(refusal(), "label", "when", "value") == []


@pytest.mark.usefixtures("regression")
def test_a_metric_of_probabilities_cannot_judge_a_number(change: Change, refusal: Refusal) -> None:
    change("metric: rmse", "metric: roc_auc")
    assert rendered_places(refusal()) == [("wrong-metric", "conf/pipelines/trips.yaml:28:11", "roc_auc")]
    assert missing_data(refusal(), "pace", "roc_auc") == []


@pytest.mark.usefixtures("regression")
def test_the_metric_of_a_number_has_to_be_named(change: Change, refusal: Refusal) -> None:
    change("  metric: rmse\n", "")
    shown = refusal()
    assert missing_data(shown, "roc_auc") == []
    assert "--> conf/pipelines/trips.yaml:26:1" in shown


def test_an_error_cannot_judge_an_event(change: Change, refusal: Refusal) -> None:
    change("  margin: 0.01\n", "  metric: mae\n  margin: 0.01\n")
    assert rendered_places(refusal())[0][:2] == ("wrong-metric", "conf/pipelines/trips.yaml:28:11")
    assert missing_data(refusal(), "late", "mae") == []
    assert missing_data(refusal(), "roc_auc", "pr_auc", "log_loss", "brier") == []


@pytest.mark.parametrize(
    ("metric", "limit", "place", "hint"),
    [
        ("rmse", "at_least: 8.5", "28:3", "at_most: 8.5"),
        ("mae", "at_least: 8", "28:3", "at_most: 8"),
        ("r2", "at_most: 0.5", "28:3", "at_least: 0.5"),
        ("rmse", "at_most: 8\n  at_least: 8", "28:3", ""),
    ],
)
@pytest.mark.usefixtures("regression")
def test_a_limit_on_the_wrong_side_is_refused_with_the_right_one(
    change: Change, load: Load, metric: str, limit: str, place: str, hint: str
) -> None:
    change("  metric: rmse\n", f"  {limit}\n  metric: {metric}\n")
    with pytest.raises(InputError) as refused:
        load()
    assert not isinstance(refused.value, SpecErrors)
    assert refused.value.code == "wrong-limit"
    assert f"trips.yaml:{place}" in refused.value.render()
    assert hint in refused.value.render()


@pytest.mark.parametrize(
    ("metric", "limit", "kept"),
    [("rmse", "at_most: 8", 8), ("r2", "at_least: 0.3", 0.3), ("mae", "min_slice_rows: 9", None)],
)
@pytest.mark.usefixtures("regression")
def test_a_limit_on_the_right_side_is_the_one_that_must_be_kept(
    change: Change, load: Load, metric: str, limit: str, kept: float | None
) -> None:
    change("  metric: rmse\n", f"  {limit}\n  metric: {metric}\n")
    assert load().spec.gate.limit == kept


@pytest.mark.parametrize("limit", ["at_least: 0.2", "at_most: 0.2"])
def test_a_loss_of_probabilities_takes_either_word(change: Change, load: Load, limit: str) -> None:
    change("  margin: 0.01\n", f"  metric: brier\n  {limit}\n  margin: 0.01\n")
    assert load().spec.gate.limit == 0.2


def test_the_spec_knows_the_metrics_of_the_core() -> None:
    for task, names in METRICS_OF.items():
        known = metrics_of(task)
        assert set(names) == known.keys() - {"f1"}, "F1 has no value that tuning could follow"
    assert set(LOWER_IS_BETTER) == {name for name, metric in METRICS.items() if not metric.higher_is_better}
    assert set(ERRORS) == set(LOWER_IS_BETTER) & metrics_of(TaskType.REGRESSION).keys()
    named = {name for names in METRICS_OF.values() for name in names}
    assert set(get_args(GateSpec.model_fields["metric"].annotation)) == named
    assert set(TUNED) == named


@pytest.mark.parametrize(
    ("label", "right"),
    [({"when": "a > 1"}, True), ({"value": "a"}, True), ({}, False), ({"when": "a > 1", "value": "a"}, False)],
)
def test_the_json_schema_takes_exactly_one_of_both(label: dict[str, str], right: bool) -> None:
    import jsonschema

    schema = pipeline_json_schema()
    one = {"$ref": "#/$defs/LabelSpec", "$defs": schema["$defs"]}
    assert jsonschema.Draft202012Validator(one).is_valid({"from": "results", "name": "late"} | label) == right


@pytest.mark.usefixtures("regression")
def test_naive_baselines_are_features_by_name(change: Change, load: Load) -> None:
    change("train: {window: 60 days}", "train: {window: 60 days, naive: [last_pace, same_weekday_pace]}")
    assert load().spec.train.naive == ["last_pace", "same_weekday_pace"]
    assert load().spec.train.model_dump()["naive"] == ["last_pace", "same_weekday_pace"]


def test_without_naive_baselines_the_digest_of_the_section_does_not_know_the_key(load: Load) -> None:
    assert load().spec.train.naive == []
    assert "naive" not in load().spec.train.model_dump()


def test_an_event_has_no_naive_baseline(change: Change, refusal: Refusal) -> None:
    change("train: {window: 60 days}", "train: {window: 60 days, naive: [late_last_week]}")
    assert rendered_places(refusal()) == [("wrong-baseline", "conf/pipelines/trips.yaml:25:26", "naive")]
    assert missing_data(refusal(), "late", "naive") == []


@pytest.mark.usefixtures("regression")
def test_a_naive_baseline_that_is_listed_twice_is_shown_at_the_second(change: Change, refusal: Refusal) -> None:
    change("train: {window: 60 days}", "train: {window: 60 days, naive: [last_pace, last_pace]}")
    assert rendered_places(refusal()) == [("duplicate-name", "conf/pipelines/trips.yaml:25:45", "last_pace")]


def test_recalibration_is_refused_for_a_number_at_its_key(change: Change, refusal: Refusal) -> None:
    change(*NUMBER)
    change(*KPI)
    change("  margin: 0.01\n", "  metric: rmse\n  margin: 0.5\n")
    change("train: {window: 60 days}", "train: {window: 60 days, recalibrate: platt}")
    assert rendered_places(refusal()) == [("wrong-recalibration", "conf/pipelines/trips.yaml:25:26", "recalibrate")]
    assert missing_data(refusal(), "pace", "platt") == []


def test_a_method_that_is_not_there_is_shown_with_those_that_are(change: Change, refusal: Refusal) -> None:
    change("train: {window: 60 days}", "train: {window: 60 days, recalibrate: plat}")
    assert rendered_places(refusal()) == [("unknown-value", "conf/pipelines/trips.yaml:25:39", "plat")]
    assert missing_data(refusal(), "train.recalibrate", "platt") == []


def test_the_methods_of_the_spec_are_those_of_the_training() -> None:
    [written, _] = get_args(TrainSpec.model_fields["recalibrate"].annotation)
    assert get_args(written) == tuple(Recalibration)


def test_a_method_changes_the_digest_of_its_section_and_none_is_no_part_of_it(change: Change, load: Load) -> None:
    pipeline = load()
    assert "recalibrate" not in pipeline.spec.train.model_dump(by_alias=True)
    digests = [pipeline.section_digest("train")]
    change("train: {window: 60 days}", "train: {window: 60 days, recalibrate: platt}")
    digests.append(load().section_digest("train"))
    change("recalibrate: platt", "recalibrate: isotonic")
    digests.append(load().section_digest("train"))
    assert len(set(digests)) == 3


def test_labels_cannot_be_fresher_than_they_are_mature(change: Change, load: Load, refusal: Refusal) -> None:
    change('when: "delay > 15"}', 'when: "delay > 15", label_delay: 7 days}')
    change("monitor: {kpis", "monitor: {freshness: {labels: 7 days, scores: 0 days}, kpis")
    freshness = load().spec.monitor.freshness
    assert (freshness.landings, freshness.scores, freshness.labels) == (None, 0, 7)
    change("{labels: 7 days", "{labels: 6 days")
    assert rendered_places(refusal()) == [("wrong-limit", "conf/pipelines/trips.yaml:30:31", "6 days")]
    assert missing_data(refusal(), "7 days", "6 days") == []
