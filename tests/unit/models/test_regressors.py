"""Regressors are fitted, tuned, stored and read as classifiers are, and their scores are numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import root_mean_squared_error

from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.errors import InputError, NothingToLearn
from assay.models.bundle.bundle import BundleInfo, Provenance, verify_bundle, write_bundle
from assay.models.bundle.predictor import load_predictor, open_bundle
from assay.models.estimators.baselines import Mean
from assay.models.estimators.serialization import from_bytes, to_bytes
from assay.models.mlflow.figures import importances
from assay.models.training.contenders import FittedContender, TrainingJob
from assay.models.training.local_trainer import fit_contenders

from ...expect_errors import missing_data, raises_code

FEATURES = ["station", "yesterday", "wind"]
Fit = Callable[..., list[FittedContender]]


def make_weather(days: int = 24, per_day: int = 48, seed: int = 8) -> pa.Table:
    """Temperatures that follow yesterday's, the station and, by a step, the wind; some values are missing."""
    random = np.random.default_rng(seed)
    n = days * per_day
    station = random.choice(np.array(["EWR", "JFK", None], dtype=object), n, p=[0.5, 0.45, 0.05])
    yesterday, wind = random.normal(50, 12, n), random.gamma(3.0, 4.0, n)
    temp = 10 + 0.8 * yesterday + np.where(station == "JFK", -4.0, 0.0) - np.where(wind > 12, 9.0, 0.0)
    return pa.table(
        {
            "day": pa.array([date(2013, 1, 1) + timedelta(days=int(i // per_day)) for i in range(n)]),
            "hour": pa.array(np.arange(n) % per_day),
            "station": pa.array(station, pa.string()),
            "yesterday": pa.array(yesterday, mask=random.random(n) < 0.03),
            "wind": pa.array(wind),
            "temp": pa.array(temp + random.normal(0, 2, n), mask=random.random(n) < 0.03),
        }
    )


def boosted(trial: Any) -> Any:
    from xgboost import XGBRegressor

    return XGBRegressor(
        n_estimators=trial.suggest_int("n_estimators", 5, 40), max_depth=trial.suggest_int("max_depth", 1, 4)
    )


def forest(trial: Any) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(n_estimators=trial.suggest_int("n_estimators", 3, 6), max_depth=4)


@pytest.fixture(scope="module")
def weather() -> pa.Table:
    return make_weather()


@pytest.fixture(scope="module")
def seen(weather: pa.Table, profiled: Callable[[pa.Table], TableProfile]) -> TableProfile:
    return profiled(weather.select(FEATURES))


@pytest.fixture(scope="module")
def regress(seen: TableProfile) -> Fit:
    def run(frame: pa.Table, **options: Any) -> list[FittedContender]:
        usual = TrainingJob(
            features=FEATURES, label="temp", partition="day", profile=seen, metric="rmse",
            candidates={"boosted": boosted}, trials=4, batch=2, validation_days=5, order=["hour"],
        )  # fmt: skip
        return fit_contenders(frame, replace(usual, **options))

    return run


@pytest.fixture(scope="module")
def regressors(regress: Fit, weather: pa.Table) -> dict[str, FittedContender]:
    return {fitted.name: fitted for fitted in regress(weather, candidates={"boosted": boosted, "forest": forest})}


def known(frame: pa.Table) -> tuple[pa.Table, np.ndarray]:
    rows = frame.filter(frame["temp"].is_valid())
    return rows, rows["temp"].to_numpy()


def test_each_more_complex_contender_errs_less_on_what_it_can_learn(
    regressors: dict[str, FittedContender], weather: pa.Table
) -> None:
    rows, truth = known(weather)
    errors = {name: root_mean_squared_error(truth, fitted.score(rows)) for name, fitted in regressors.items()}
    assert list(errors) == ["constant", "linear", "boosted", "forest"]
    assert errors["constant"] == pytest.approx(np.std(truth))
    assert errors["constant"] > 2 * errors["linear"] > 2.5 * errors["boosted"]
    assert {fitted.task for fitted in regressors.values()} == {TaskType.REGRESSION}
    assert regressors["linear"].validation < regressors["constant"].validation


def test_the_constant_predicts_the_mean_label(regressors: dict[str, FittedContender], weather: pa.Table) -> None:
    rows, truth = known(weather)
    assert regressors["constant"].score(rows) == pytest.approx(truth.mean())
    assert regressors["constant"].parameters == {"mean": pytest.approx(truth.mean())}


@pytest.mark.parametrize(("metric", "better"), [("rmse", min), ("mae", min), ("r2", max)])
def test_tuning_chooses_the_best_trial_in_the_direction_of_the_metric(
    regress: Fit, weather: pa.Table, metric: str, better: Callable[[list[float]], float]
) -> None:
    fitted = regress(weather, metric=metric)[-1]
    values = [trial.value for trial in fitted.trials]
    assert len(set(values)) > 1
    assert fitted.validation == better(values)


def test_a_rerun_gives_the_same_models_whatever_the_order_of_the_rows(
    regress: Fit, weather: pa.Table, regressors: dict[str, FittedContender]
) -> None:
    shuffled = weather.take(np.random.default_rng(1).permutation(weather.num_rows))
    for frame in (weather, shuffled):
        again = {fitted.name: fitted for fitted in regress(frame)}
        assert to_bytes(again["boosted"].estimator, "")[1] == to_bytes(regressors["boosted"].estimator, "")[1]
        np.testing.assert_array_equal(again["linear"].score(weather), regressors["linear"].score(weather))


def test_labels_that_are_no_finite_number_are_noted_and_not_trained_on(
    regress: Fit, weather: pa.Table, regressors: dict[str, FittedContender]
) -> None:
    odd = weather.slice(0, 4).set_column(
        weather.schema.get_field_index("temp"), "temp", pa.array([math.nan, math.inf, -math.inf, 1e200])
    )
    with_odd_rows = {fitted.name: fitted for fitted in regress(pa.concat_tables([weather, odd]))}
    for fitted in with_odd_rows.values():
        assert [note for note in fitted.notes if missing_data(note, "4 rows", "NaN") == []]
        assert fitted.rows == regressors["boosted"].rows
    assert to_bytes(with_odd_rows["boosted"].estimator, "") == to_bytes(regressors["boosted"].estimator, "")
    assert regressors["boosted"].notes == ()


def test_whole_numbers_are_labels_of_a_regression_too(regress: Fit, weather: pa.Table) -> None:
    whole = pa.array(np.arange(weather.num_rows) % 7, pa.int32())
    fitted = regress(weather.set_column(weather.schema.get_field_index("temp"), "temp", whole))
    assert fitted[0].score(weather)[0] == pytest.approx(np.mean(whole.to_numpy()))


def classifier(_trial: Any) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=2)


def support_vectors(_trial: Any) -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC()


def endless(_trial: Any) -> Any:
    class Endless:
        def get_params(self, deep: bool = True) -> dict[str, Any]:
            return {"deep": deep}

        def fit(self, _matrix: Any, _labels: Any) -> Endless:
            return self

        def predict(self, matrix: Any) -> Any:
            return np.full(len(matrix), math.inf)

    return Endless()


@pytest.mark.parametrize(
    ("candidate", "named"),
    [
        (classifier, ["XGBClassifier", "classifier"]),
        (support_vectors, ["LinearSVC", "classifier"]),
        (lambda _trial: "a model", ["str", "predict"]),
    ],
)
def test_what_is_no_regressor_is_refused_by_name(
    regress: Fit, weather: pa.Table, candidate: Any, named: list[str]
) -> None:
    with raises_code(InputError, "candidate-type", "odd", 0, *named):
        regress(weather, candidates={"odd": candidate})


def test_a_candidate_whose_scores_are_infinite_is_refused(regress: Fit, weather: pa.Table, monkeypatch: Any) -> None:
    for check in ("check_storable", "check_stored"):
        monkeypatch.setattr(f"assay.models.training.tuning.{check}", lambda *_: None)
    with raises_code(InputError, "candidate-scores", "odd", 0):
        regress(weather, candidates={"odd": endless})


def test_a_label_that_is_always_the_same_number_is_refused(regress: Fit, weather: pa.Table) -> None:
    place = weather.schema.get_field_index("temp")
    with raises_code(NothingToLearn, "one-value", "temp", 5, 24, "1,152"):
        regress(weather.set_column(place, "temp", pa.array(np.full(weather.num_rows, 5.0))))
    with raises_code(InputError, "label-type", "temp", "string"):
        regress(weather.set_column(place, "temp", pa.array(["warm"] * weather.num_rows)))


@pytest.fixture
def kept(
    tmp_path: Path, regressors: dict[str, FittedContender], seen: TableProfile, weather: pa.Table, code_zip: bytes
) -> Callable[[str], BundleInfo]:
    def write(name: str) -> BundleInfo:
        return write_bundle(
            tmp_path / name, regressors[name], profile=seen, features=FEATURES, canary=weather, code_zip=code_zip,
            environment_lock="numpy==2.3.0\n", origin=Provenance("recipe", "code", "spec", {}, "ann", "monthly"),
        )  # fmt: skip

    return write


@pytest.mark.parametrize("name", ["constant", "linear", "boosted", "forest"])
def test_a_bundle_gives_back_the_numbers_that_training_saw(
    name: str, kept: Callable[[str], BundleInfo], regressors: dict[str, FittedContender], weather: pa.Table
) -> None:
    info = kept(name)
    assert open_bundle(info.path, info.digest).task is TaskType.REGRESSION
    verify_bundle(info.path, info.digest)
    scores = load_predictor(info.path, info.digest)(weather)
    np.testing.assert_allclose(scores, regressors[name].score(weather), rtol=1e-6)


def test_a_bundle_of_an_unknown_task_is_refused(kept: Callable[[str], BundleInfo]) -> None:
    path = kept("constant").path / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"task": "ranking"}))
    with raises_code(InputError, "bundle-refused", "constant", "bundle.json"):
        open_bundle(path.parent)


def test_a_bundle_of_before_there_were_regressors_is_a_classifier_s(bundled: Callable[..., BundleInfo]) -> None:
    path = bundled("linear").path
    written = json.loads((path / "bundle.json").read_text())
    assert written.pop("task") == "classification"
    (path / "bundle.json").write_text(json.dumps(written))
    assert open_bundle(path).task is TaskType.CLASSIFICATION


@pytest.mark.parametrize("mean", ["NaN", "Infinity", "1e200"])
def test_a_constant_that_is_no_number_is_not_loaded(mean: str) -> None:
    with raises_code(InputError, "model-format", "model.json", float(mean)):
        from_bytes("model.json", f'{{"mean": {mean}}}'.encode(), task=TaskType.REGRESSION)
    assert from_bytes(*to_bytes(Mean(-40.0), ""), task=TaskType.REGRESSION)(np.zeros((2, 1))).tolist() == [-40.0, -40.0]


def several() -> list[Any]:
    from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor
    from sklearn.linear_model import GammaRegressor, Lasso, TweedieRegressor
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR

    return [
        GradientBoostingRegressor(n_estimators=3), HistGradientBoostingRegressor(max_iter=3), Lasso(), SVR(),
        KNeighborsRegressor(), GammaRegressor(), TweedieRegressor(), MLPRegressor(tol=10.0, hidden_layer_sizes=4),
        make_pipeline(StandardScaler(), Lasso(alpha=0.1)),
    ]  # fmt: skip


@pytest.mark.parametrize("estimator", several(), ids=lambda estimator: type(estimator).__name__)
def test_regressors_of_scikit_learn_are_stored_without_a_pickle(estimator: Any) -> None:
    random = np.random.default_rng(2)
    matrix = random.normal(size=(120, 3))
    labels = 5 + np.abs(matrix @ [1, 2, 3]) + 0.1 * random.random(120)
    estimator.fit(matrix, labels)
    read = from_bytes(*to_bytes(estimator, "mine"), task=TaskType.REGRESSION)
    np.testing.assert_array_equal(read(matrix), estimator.predict(matrix))


def test_importances_of_a_regressor_are_shares(regressors: dict[str, FittedContender]) -> None:
    for name in ("linear", "boosted", "forest"):
        shares = importances(regressors[name])
        assert sum(shares.values()) == pytest.approx(1.0)
        assert max(shares, key=shares.__getitem__) == "yesterday"
