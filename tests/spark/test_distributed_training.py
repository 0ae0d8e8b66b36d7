"""The same frame fitted on the driver and on executors: the contenders agree within what docs/training.md states."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from optuna.trial import FixedTrial
from pyspark.sql import functions as F
from sklearn.base import clone

from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.serialization import from_bytes, to_bytes
from assay.models.mlflow.figures import importances
from assay.models.training.contenders import FittedContender, fit_contenders
from assay.models.training.distributed import fit_on_executors
from assay.models.training.driver_budget import frame_size
from assay.models.training.spark_linear import fit_linear
from assay.models.training.spark_trees import fit_trees
from assay.models.training.spark_trials import on_executors
from assay.models.training.validation_metric import validation_metric
from assay.models.training.window import measured, open_window
from assay.spark.profiling.profile_job import feature_columns_of, measure_one

from ..expect_errors import raises_code

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FEATURES = ["carrier", "distance", "wind", "holiday"]
KEY = ["day", "flight"]
CLASSIFICATION = TaskType.CLASSIFICATION
METRIC = {TaskType.CLASSIFICATION: "roc_auc", TaskType.REGRESSION: "rmse"}


def flights(days: int = 16, per_day: int = 250) -> pa.Table:
    """Flights with an event and a number as labels; some values and some labels are missing."""
    random = np.random.default_rng(11)
    n = days * per_day
    carrier = random.choice(np.array(["AA", "UA", "B6", None], dtype=object), n, p=[0.4, 0.35, 0.2, 0.05])
    distance = random.integers(90, 2500, n)
    wind = np.where(random.random(n) < 0.1, np.nan, random.gamma(3.0, 4.0, n))
    push = np.select([carrier == "B6", carrier == "AA"], [1.2, -0.8], 0.0) + (np.nan_to_num(wind, nan=12.0) - 12) / 5
    push = push + (distance - 1300) / 1500
    missing = random.random(n) < 0.03
    return pa.table(
        {
            "day": pa.array([date(2013, 1, 1) + timedelta(days=int(i // per_day)) for i in range(n)]),
            "flight": pa.array(np.arange(n) % per_day),
            "carrier": pa.array(carrier, pa.string()),
            "distance": pa.array(distance, pa.int32(), mask=random.random(n) < 0.02),
            "wind": pa.array(wind),
            "holiday": pa.array(random.random(n) < 0.3),
            "late": pa.array((random.random(n) < 1 / (1 + np.exp(-push))).astype(np.int32), mask=missing),
            "minutes": pa.array(30 + 20 * push + random.normal(0, 10, n), mask=missing),
        }
    )


def boosted(task: TaskType) -> Callable[[Any], Any]:
    def candidate(trial: Any) -> Any:
        from xgboost import XGBClassifier, XGBRegressor

        kind = XGBClassifier if task is TaskType.CLASSIFICATION else XGBRegressor
        return kind(n_estimators=30, max_depth=trial.suggest_int("max_depth", 2, 4), learning_rate=0.3, n_jobs=1)

    return candidate


def forest(task: TaskType) -> Callable[[Any], Any]:
    def candidate(trial: Any) -> Any:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        kind = RandomForestClassifier if task is TaskType.CLASSIFICATION else RandomForestRegressor
        return kind(n_estimators=trial.suggest_int("n_estimators", 5, 9), max_depth=5)

    return candidate


def label_of(task: TaskType) -> str:
    return "late" if task is TaskType.CLASSIFICATION else "minutes"


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return flights()


@pytest.fixture(scope="module")
def frame(spark: SparkSession, table: pa.Table) -> DataFrame:
    return spark.createDataFrame(table).repartition(3).persist()


@pytest.fixture(scope="module")
def profile(frame: DataFrame) -> TableProfile:
    return measure_one(frame, feature_columns_of(frame, FEATURES), [])


def here(table: pa.Table, profile: TableProfile, task: TaskType, **changes: Any) -> dict[str, FittedContender]:
    candidates = {"boosted": boosted(task), "forest": forest(task)}
    fitted = fit_contenders(
        table,
        **{
            "features": FEATURES, "label": label_of(task), "partition": "day", "profile": profile, "trials": 2,
            "batch": 2, "seed": 7, "validation_days": 4, "order": KEY, "metric": METRIC[task],
            "candidates": candidates,
        } | changes,
    )  # fmt: skip
    return {one.name: one for one in fitted}


def there(
    frame: DataFrame,
    profile: TableProfile,
    task: TaskType,
    candidates: Mapping[str, Any] | None = None,
    sample_rows: int = 2_000,
) -> dict[str, FittedContender]:
    label = label_of(task)
    window = open_window(frame, key=KEY, partition="day", label=label, task=task, validation_days=4)
    fitted = fit_on_executors(
        window, features=FEATURES, profile=profile, trials=2, batch=2, seed=7, metric=METRIC[task], workers=2,
        candidates=candidates or {"boosted": boosted(task), "forest": forest(task)},
        sample_rows=sample_rows, why="it is large", on_progress=lambda *_: None,
    )  # fmt: skip
    return {one.name: one for one in fitted}


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
    options = {"key": KEY, "partition": "day", "label": "minutes", "task": TaskType.REGRESSION, "validation_days": 4}
    far = frame.withColumn("minutes", F.col("minutes") + F.lit(1e9))
    encoder = Encoder.for_linear(profile, FEATURES)
    one, two = (fit_linear(open_window(rows, **options).encoded(encoder), TaskType.REGRESSION) for rows in (frame, far))
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
    for metric in ("roc_auc", "log_loss", "brier") if fitted.task is CLASSIFICATION else ("rmse", "mae", "r2"):
        exact = validation_metric(metric, late[label].to_numpy(), fitted.score(late))
        metric_value = measured(encoded, model, fitted.task, metric)
        assert metric_value == pytest.approx(exact, rel=1e-3 if metric == "roc_auc" else 1e-6)


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


def test_the_sample_is_the_same_each_time_and_of_every_day(frame: DataFrame) -> None:
    window = open_window(frame, key=KEY, partition="day", label="late", task=CLASSIFICATION, validation_days=4)
    one, two = (_keys(drawn.sample(900)) for drawn in (window, replace(window, rows=window.rows.repartition(5))))
    assert one == two
    assert 700 < len(one) <= 900
    assert len({day for day, _ in one}) == 16


def _keys(rows: pa.Table) -> list[tuple[Any, ...]]:
    return sorted(zip(*(rows[name].to_pylist() for name in KEY), strict=True))


def test_a_budget_that_holds_hardly_a_row_is_refused_for_what_needs_a_sample(
    frame: DataFrame, profile: TableProfile
) -> None:
    with raises_code(InputError, "small-budget", "train.driver_budget", 99):
        there(frame, profile, CLASSIFICATION, {"forest": forest(CLASSIFICATION)}, sample_rows=99)


def test_a_parameter_that_xgboost_refuses_is_the_users_mistake(frame: DataFrame, profile: TableProfile) -> None:
    from xgboost import XGBClassifier

    with raises_code(InputError, "candidate-failed", "deep", 0, "max_depth"):
        there(frame, profile, CLASSIFICATION, {"deep": lambda _: XGBClassifier(max_depth=-3)})


@pytest.mark.parametrize(
    ("edit", "code"), [({"late": 1}, "one-class"), ({"day": date(2013, 1, 1)}, "short-window")], ids=str
)
def test_a_window_without_anything_to_learn_is_refused_as_on_the_driver(
    frame: DataFrame, table: pa.Table, profile: TableProfile, edit: dict[str, Any], code: str
) -> None:
    [(name, value)] = edit.items()
    edited = table.set_column(
        table.schema.get_field_index(name), name, pa.array([value] * table.num_rows, table[name].type)
    )
    options = {"key": KEY, "partition": "day", "label": "late", "task": CLASSIFICATION, "validation_days": 4}
    with pytest.raises(InputError) as there_:
        open_window(frame.withColumn(name, F.lit(value)), **options)
    with pytest.raises(InputError) as here_:
        here(edited, profile, CLASSIFICATION)
    assert there_.value.code == here_.value.code == code
    assert there_.value.message == here_.value.message


def test_the_size_of_a_frame_is_known_before_it_is_encoded(table: pa.Table, profile: TableProfile) -> None:
    size = frame_size(profile, FEATURES, CLASSIFICATION)
    encoded = Encoder.for_linear(profile, FEATURES).encode(table)
    assert size.bytes == encoded.nbytes + table.num_rows
    assert size.rows_within(size.bytes - 1) == table.num_rows - 1


def test_trials_on_executors_choose_the_same_parameters_and_the_same_model(
    spark: SparkSession, table: pa.Table, profile: TableProfile
) -> None:
    one = here(table, profile, CLASSIFICATION, trials=5, batch=3)
    two = here(table, profile, CLASSIFICATION, trials=5, batch=3, runner=partial(on_executors, spark))
    for name in ("boosted", "forest"):
        local_trials, spark_trials = (
            [(t.number, t.parameters, t.value) for t in side[name].trials] for side in (one, two)
        )
        assert spark_trials == local_trials
        assert two[name].parameters == one[name].parameters
        np.testing.assert_array_equal(two[name].score(table), one[name].score(table))
    assert to_bytes(two["boosted"].estimator, "")[1] == to_bytes(one["boosted"].estimator, "")[1]


def test_a_trial_that_fails_on_an_executor_is_named_as_on_the_driver(
    spark: SparkSession, table: pa.Table, profile: TableProfile
) -> None:
    from sklearn.ensemble import RandomForestClassifier

    candidates = {"odd": lambda _: RandomForestClassifier(n_estimators=-1)}
    with pytest.raises(InputError) as here_:
        here(table, profile, CLASSIFICATION, candidates=candidates)
    with pytest.raises(InputError) as there_:
        here(table, profile, CLASSIFICATION, candidates=candidates, runner=partial(on_executors, spark))
    assert there_.value.to_json() == here_.value.to_json()
