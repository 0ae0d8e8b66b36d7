"""The parts of a score: they sum to the model's output, and are those that xgboost and scikit-learn give."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assay.core.explanation.score_parts import Method, Scale
from assay.core.task_type import TaskType
from assay.models.bundle.bundle import BundleInfo
from assay.models.bundle.predictor import Bundle, load_predictor, open_bundle
from assay.models.estimators.serialization import to_bytes
from assay.models.explanation.explain_row import REFERENCE_ROWS, explain_row
from assay.models.training.contenders import FittedContender

Bundled = Callable[..., BundleInfo]
ROWS = (0, 1, 7, 300)


@pytest.mark.parametrize("kind", ["constant", "linear", "boosted", "forest"])
@pytest.mark.parametrize("number", ROWS)
def test_the_parts_sum_to_the_output_of_the_model(
    kind: str, number: int, bundled: Bundled, flights: pa.Table, features: list[str]
) -> None:
    bundle = open_bundle(bundled(kind).path)
    row = flights.select(features).slice(number, 1)
    explained = explain_row(bundle, row)
    assert explained.score == load_predictor(bundle.path)(row)[0], "bit-equal"
    method, scale, tolerance = {
        "constant": (Method.CONSTANT, Scale.SCORE, 0.0),
        "linear": (Method.LINEAR, Scale.LOG_ODDS, 1e-9),
        "boosted": (Method.TREE_SHAP, Scale.LOG_ODDS, 1e-5),  # single precision
        "forest": (Method.SHAPLEY, Scale.SCORE, 1e-9),
    }[kind]
    parts = explained.parts
    assert (parts.method, parts.scale) == (method, scale)
    assert abs(parts.gap) <= tolerance
    assert {one.feature for one in parts.contributions} == set(features), "also those that the model leaves out"
    on_score = 1 / (1 + np.exp(-parts.output)) if scale is Scale.LOG_ODDS else parts.output
    assert on_score == pytest.approx(explained.raw_score, abs=1e-6)


@pytest.mark.parametrize("number", ROWS)
def test_a_linear_models_parts_are_its_coefficients_times_the_standardised_values(
    number: int, bundled: Bundled, contenders: dict[str, FittedContender], flights: pa.Table, features: list[str]
) -> None:
    row = flights.select(features).slice(number, 1)
    fitted = contenders["linear"]
    matrix = fitted.encoder.encode(row).astype(np.float64)
    parts = explain_row(open_bundle(bundled("linear").path), row).parts
    assert parts.output == pytest.approx(fitted.estimator.decision_function(matrix)[0], abs=1e-12)
    assert parts.start == fitted.estimator.intercept_[0]
    by_column = fitted.estimator.coef_[0] * matrix[0]
    names = [column.name for column in fitted.encoder.columns for _ in column.names]
    for one in parts.contributions:
        own = [amount for name, amount in zip(names, by_column, strict=True) if name == one.feature]
        assert one.amount == pytest.approx(sum(own), abs=1e-12)


@pytest.mark.parametrize("number", ROWS)
def test_trees_parts_are_xgboosts_own(
    number: int, bundled: Bundled, contenders: dict[str, FittedContender], flights: pa.Table, features: list[str]
) -> None:
    import xgboost

    row, fitted = flights.select(features).slice(number, 1), contenders["boosted"]
    matrix = xgboost.DMatrix(fitted.encoder.encode(row))
    booster = fitted.estimator.get_booster()
    shap = booster.predict(matrix, pred_contribs=True)[0]
    parts = explain_row(open_bundle(bundled("boosted").path), row).parts
    assert parts.start == pytest.approx(float(shap[-1]), abs=1e-6)
    assert sum(one.amount for one in parts.contributions) == pytest.approx(float(shap[:-1].sum()), abs=1e-5)
    assert parts.output == pytest.approx(float(booster.predict(matrix, output_margin=True)[0]), abs=1e-6)


def test_a_forests_parts_are_the_means_over_all_orders_of_the_features(
    bundled: Bundled, contenders: dict[str, FittedContender], flights: pa.Table, features: list[str]
) -> None:
    bundle = open_bundle(bundled("forest").path)
    row, fitted = flights.select(features).slice(3, 1), contenders["forest"]
    parts = explain_row(bundle, row).parts
    rows = pa.ipc.open_file(pa.BufferReader(bundle.files["canary.arrow"])).read_all()
    reference = rows.take(list(range(0, rows.num_rows, rows.num_rows // REFERENCE_ROWS))[:REFERENCE_ROWS])
    used = fitted.encoder.features
    amounts = dict.fromkeys(used, 0.0)
    orders = list(permutations(used))
    for order in orders:
        mixed, before = reference, fitted.score(reference).mean()
        for name in order:
            column = pa.concat_arrays([row[name].combine_chunks()] * reference.num_rows)
            mixed = mixed.set_column(mixed.column_names.index(name), name, column)
            after = fitted.score(mixed).mean()
            amounts[name] += (after - before) / len(orders)
            before = after
    assert parts.reference_rows == REFERENCE_ROWS
    assert {one.feature: one.amount for one in parts.contributions if one.feature in used} == pytest.approx(
        amounts, abs=1e-9
    )


def stored(estimator: Any, like: FittedContender, task: TaskType, features: list[str], rows: pa.Table) -> Bundle:
    """A bundle in memory of an estimator that is fitted on the encoded rows."""
    name, data = to_bytes(estimator, "it")
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    files = {name: data, "encoder.json": json.dumps(like.encoder.to_json()).encode(), "canary.arrow": sink.getvalue()}
    manifest = {"task": task, "features": [{"name": feature} for feature in features]}
    return Bundle(Path("bundle"), "", manifest, files)


def fitted_numbers(name: str) -> Any:
    from sklearn import ensemble, linear_model, pipeline, preprocessing
    from xgboost import XGBRegressor

    return {
        "ridge": lambda: linear_model.Ridge(),
        "poisson": lambda: linear_model.PoissonRegressor(),
        "trees": lambda: XGBRegressor(n_estimators=5, max_depth=3, n_jobs=1),
        "counts": lambda: XGBRegressor(n_estimators=5, max_depth=3, n_jobs=1, objective="count:poisson"),
        "pipeline": lambda: pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.Ridge()),
        "forest": lambda: ensemble.RandomForestRegressor(n_estimators=3, max_depth=3, random_state=0),
    }[name]()


@pytest.mark.parametrize(
    ("name", "method", "scale", "tolerance"),
    [
        ("ridge", Method.LINEAR, Scale.SCORE, 1e-9),
        ("poisson", Method.LINEAR, Scale.LOG, 1e-9),
        ("trees", Method.TREE_SHAP, Scale.SCORE, 1e-4),
        ("counts", Method.TREE_SHAP, Scale.LOG, 1e-4),
        ("pipeline", Method.SHAPLEY, Scale.SCORE, 1e-9),
        ("forest", Method.SHAPLEY, Scale.SCORE, 1e-9),
    ],
)
def test_regressors_are_explained_on_the_scale_on_which_they_add(
    name: str,
    method: Method,
    scale: Scale,
    tolerance: float,
    contenders: dict[str, FittedContender],
    flights: pa.Table,
    features: list[str],
) -> None:
    rows = flights.select(features).slice(0, 400)
    like = contenders["linear"]
    matrix = like.encoder.encode(rows).astype(np.float64)
    labels = np.abs(matrix[:, 0] + 2 * matrix[:, -1]) + 1
    bundle = stored(fitted_numbers(name).fit(matrix, labels), like, TaskType.REGRESSION, features, rows)
    parts = explain_row(bundle, rows.slice(5, 1)).parts
    assert (parts.method, parts.scale) == (method, scale)
    assert abs(parts.gap) <= tolerance * max(1, abs(parts.output))


def test_a_naive_forecast_moves_the_mean_by_its_one_feature(contenders: dict[str, FittedContender]) -> None:
    from assay.models.estimators.encoder import Encoder
    from assay.models.estimators.naive import NaiveForecast

    like = replace(contenders["linear"], encoder=Encoder.for_forecast("last", 10.0))
    for value, expected in ((12.5, 12.5), (None, 11.0)):
        rows = pa.table({"last": pa.array([value], pa.float64()), "other": ["x"]})
        bundle = stored(NaiveForecast(10.0, 11.0), like, TaskType.REGRESSION, ["last", "other"], rows)
        explained = explain_row(bundle, rows)
        assert (explained.score, explained.parts.method, explained.parts.start) == (expected, Method.FORECAST, 11.0)
        assert {one.feature: one.amount for one in explained.parts.contributions} == {
            "last": expected - 11.0,
            "other": 0.0,
        }


def test_one_row_alone_is_explained(bundled: Bundled, flights: pa.Table, features: list[str]) -> None:
    with pytest.raises(ValueError, match="one row"):
        explain_row(open_bundle(bundled("linear").path), flights.select(features).slice(0, 2))
