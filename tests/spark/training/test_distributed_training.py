"""The same frame fitted on the driver and on executors: the contenders agree within what docs/training.md states."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from optuna.trial import FixedTrial
from pyspark.sql import functions as F
from sklearn.base import clone

from assay.core.evaluation.metrics import METRICS
from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.models.estimators.calibrator import Platt, Recalibration
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.serialization import from_bytes, to_bytes
from assay.models.mlflow.figures import importances
from assay.models.training.contenders import FittedContender
from assay.models.training.executors.spark_linear import fit_linear
from assay.models.training.executors.spark_trees import fit_trees
from assay.models.training.executors.window import late_outcomes, open_window
from assay.models.training.validation_metric import validation_metric

from ...expect_errors import raises_code
from .flight_contenders import CLASSIFICATION, FEATURES, KEY, boosted, here, label_of, there

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@pytest.fixture(scope="module", params=list(TaskType))
def both(
    request: pytest.FixtureRequest, table: pa.Table, frame: DataFrame, profile: TableProfile
) -> tuple[dict[str, FittedContender], dict[str, FittedContender]]:
    return here(table, profile, request.param), there(frame, profile, request.param)


def test_the_constant_is_the_same(both: tuple[dict[str, FittedContender], dict[str, FittedContender]]) -> None:
    one, two = (side["constant"] for side in both)
    assert two.parameters == pytest.approx(one.parameters, rel=1e-12)
    assert two.validation == pytest.approx(one.validation, rel=1e-9)
    assert two.rows == one.rows


def test_the_linear_baseline_is_the_same_within_what_scikit_learn_leaves_open(
    both: tuple[dict[str, FittedContender], dict[str, FittedContender]], table: pa.Table
) -> None:
    one, two = (side["linear"] for side in both)
    assert type(two.estimator) is type(one.estimator)
    assert two.encoder == one.encoder
    assert two.parameters == one.parameters
    # lbfgs of scikit-learn stops early where a category's columns add up to the intercept's: measured, 0.0021.
    np.testing.assert_allclose(two.score(table), one.score(table), rtol=1e-3, atol=0.005)
    assert two.validation == pytest.approx(one.validation, rel=1e-3)


def test_its_coefficients_are_those_where_the_penalised_loss_is_smallest(
    both: tuple[dict[str, FittedContender], dict[str, FittedContender]], table: pa.Table
) -> None:
    fitted = both[1]["linear"]
    known = table.filter(table["late"].is_valid())
    matrix, label = fitted.encoder.encode(known).astype(np.float64), known[label_of(fitted.task)].to_numpy()
    exact = clone(fitted.estimator).set_params(tol=1e-10).fit(matrix, label)
    largest = np.abs(exact.coef_).max()
    np.testing.assert_allclose(fitted.estimator.coef_, exact.coef_, rtol=0, atol=1e-4 * largest)
    np.testing.assert_allclose(fitted.estimator.intercept_, exact.intercept_, rtol=1e-4)


def test_a_label_far_from_zero_costs_the_coefficients_no_digit(frame: DataFrame, profile: TableProfile) -> None:
    def coefficients(rows: DataFrame) -> Any:
        window = open_window(
            rows, key=KEY, partition="day", label="minutes", task=TaskType.REGRESSION, validation_days=4
        )
        return fit_linear(window.encoded(encoder), TaskType.REGRESSION)

    far = frame.withColumn("minutes", F.col("minutes") + F.lit(1e9))
    encoder = Encoder.for_linear(profile, FEATURES)
    one, two = (coefficients(rows) for rows in (frame, far))
    np.testing.assert_allclose(two.coef_, one.coef_, rtol=0, atol=1e-5 * np.abs(one.coef_).max())
    assert two.intercept_ - 1e9 == pytest.approx(one.intercept_, abs=1e-4)


def test_boosted_trees_are_as_good(both: tuple[dict[str, FittedContender], dict[str, FittedContender]]) -> None:
    one, two = (side["boosted"] for side in both)
    assert type(two.estimator) is type(one.estimator)
    assert [trial.parameters for trial in two.trials] == [trial.parameters for trial in one.trials]
    for local_trial, spark_trial in zip(one.trials, two.trials, strict=True):
        if one.metric == "roc_auc":
            assert abs(spark_trial.value - local_trial.value) < 0.005
        else:
            assert spark_trial.value == pytest.approx(local_trial.value, rel=0.02)


def test_the_metric_of_an_encoded_frame_is_that_of_its_rows(
    both: tuple[dict[str, FittedContender], dict[str, FittedContender]], frame: DataFrame, table: pa.Table
) -> None:
    fitted = both[1]["boosted"]
    label = label_of(fitted.task)
    window = open_window(frame, key=KEY, partition="day", label=label, task=fitted.task, validation_days=4)
    late = table.filter(pc.and_(table["late"].is_valid(), pc.greater_equal(table["day"], window.first)))
    encoded, model = window.encoded(fitted.encoder), to_bytes(fitted.estimator, "")
    days = late["day"].combine_chunks().dictionary_encode().indices.to_numpy()
    of_events = ("roc_auc", "within_day_roc_auc", "log_loss", "brier")
    for metric in of_events if fitted.task is CLASSIFICATION else ("rmse", "mae", "r2"):
        exact = validation_metric(metric, late[label].to_numpy(), fitted.score(late), days)
        metric_value = METRICS[metric].over(late_outcomes(encoded, model, fitted.task) or [])
        assert metric_value == pytest.approx(exact, rel=2e-3 if metric.endswith("auc") else 1e-6)


def test_a_calibrator_of_executors_is_near_that_of_the_driver(
    frame: DataFrame, table: pa.Table, profile: TableProfile
) -> None:
    method = Recalibration.PLATT
    one = here(table, profile, CLASSIFICATION, recalibrate=method)
    two = there(frame, profile, CLASSIFICATION, recalibrate=method)
    for name, fitted in two.items():
        assert (fitted.recalibrated is None) is (name == "constant")
        raw, scores = fitted.raw_score(table), []
        for attempt in (one[name].recalibrated, fitted.recalibrated):
            if attempt is not None:
                assert isinstance(attempt.calibrator, Platt)
                scores.append(attempt.calibrator(raw))
        if not scores:
            continue
        # Beyond the budget the forest is fitted on half of the rows.
        np.testing.assert_allclose(scores[1], scores[0], atol=0.1 if name == "forest" else 0.01)
        np.testing.assert_array_equal(fitted.score(table), scores[1])


def test_the_same_rows_and_workers_give_the_same_trees_however_the_rows_lie(
    both: tuple[dict[str, FittedContender], dict[str, FittedContender]], frame: DataFrame
) -> None:
    fitted = both[1]["boosted"]
    window = open_window(
        frame.repartition(5), key=KEY, partition="day", label=label_of(fitted.task), task=fitted.task, validation_days=4
    )
    again = boosted(fitted.task)(FixedTrial(dict(fitted.parameters)))
    fit_trees("boosted", 0, again, window.encoded(fitted.encoder), 2, 7)
    assert to_bytes(again, "")[1] == to_bytes(fitted.estimator, "")[1]


def test_what_was_fitted_on_executors_is_stored_and_read_as_ever(
    both: tuple[dict[str, FittedContender], dict[str, FittedContender]], table: pa.Table
) -> None:
    for fitted in both[1].values():
        score = from_bytes(*to_bytes(fitted.estimator, fitted.name), task=fitted.task)
        np.testing.assert_allclose(score(fitted.encoder.encode(table)), fitted.score(table), rtol=1e-6)
        weights = importances(fitted)
        assert bool(weights) is (fitted.kind != "constant")


def test_an_estimator_that_cannot_be_spread_sees_a_sample_and_says_so(
    both: tuple[dict[str, FittedContender], dict[str, FittedContender]],
) -> None:
    fitted = both[1]["forest"]
    [note] = [note for note in fitted.notes if "sample" in note]
    assert "RandomForest" in note
    seen, rows = (int(number.replace(",", "")) for number in re.findall(r"\b\d[0-9,]*\b", note))
    assert rows == fitted.rows
    assert 1_600 < seen <= 2_000
    assert all("sample" not in note for name in ("linear", "boosted") for note in both[1][name].notes)
    assert all("it is large" in one.notes for one in both[1].values())


def test_a_parameter_that_xgboost_refuses_is_the_users_mistake(frame: DataFrame, profile: TableProfile) -> None:
    from xgboost import XGBClassifier

    with raises_code(InputError, "candidate-failed", "deep", 0, "max_depth"):
        there(frame, profile, CLASSIFICATION, {"deep": lambda _: XGBClassifier(max_depth=-3)})
