"""Contenders whose scores are recalibrated on the rows that tuning held back, and their bundles."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from optuna.trial import FixedTrial
from sklearn.linear_model import LogisticRegression

from assay.errors import InputError
from assay.models.bundle.bundle import BundleInfo, Provenance, verify_bundle, write_bundle
from assay.models.bundle.predictor import CALIBRATOR, Bundle, Predict, load_predictor, raw_predictor
from assay.models.bundle.pyfunc_flavor import PyfuncModel
from assay.models.estimators.calibrator import Calibrator, Isotonic, Platt, Reach, Recalibration, log_odds_of
from assay.models.estimators.calibrator_fit import HeldBack, Recalibrated, recalibrated
from assay.models.estimators.serialization import to_bytes
from assay.models.estimators.task_scores import scores_of
from assay.models.training.contenders import FittedContender
from assay.models.training.date_split import split_by_date
from assay.models.training.tuning import fit_one

from ...expect_errors import missing_data, raises_code
from .conftest import FEATURES, boosted, make_flights, make_profile
from .test_bundle import rewrite

Fit = Callable[..., list[FittedContender]]
Contenders = dict[str, FittedContender]
FittedAs = Callable[[Recalibration | None], Contenders]
Bundled = Callable[..., BundleInfo]
METHODS = pytest.mark.parametrize("method", list(Recalibration))
KINDS = ["linear", "boosted", "deep"]
DAYS, HELD_BACK = 40, 10


def deep(trial: Any) -> Any:
    """A forest whose trees grow to the last row: it orders well, and its scores are far too sure."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=trial.suggest_int("n_estimators", 20, 30), bootstrap=False)


@pytest.fixture(scope="module")
def many() -> pa.Table:
    """Flights of which the ten days that are held back have 2,000 rows."""
    return make_flights(days=DAYS, per_day=200)


@pytest.fixture(scope="module")
def fitted_as(fit: Fit, many: pa.Table) -> FittedAs:
    kept: dict[Recalibration | None, Contenders] = {}

    def run(method: Recalibration | None) -> Contenders:
        if method not in kept:
            options = {"candidates": {"boosted": boosted, "deep": deep}, "trials": 2, "validation_days": HELD_BACK}
            profile = make_profile(many.select(FEATURES))
            kept[method] = {one.name: one for one in fit(many, profile=profile, recalibrate=method, **options)}
        return kept[method]

    return run


def calibrator_of(fitted: FittedContender) -> Calibrator | None:
    return None if fitted.recalibrated is None else fitted.recalibrated.calibrator


@METHODS
def test_all_contenders_but_the_constant_are_recalibrated_and_their_models_and_trials_stay(
    method: Recalibration, fitted_as: FittedAs
) -> None:
    plain, again = fitted_as(None), fitted_as(method)
    kind = Platt if method is Recalibration.PLATT else Isotonic
    assert {name: type(calibrator_of(one)) for name, one in again.items()} == {
        "constant": type(None), "linear": kind, "boosted": kind, "deep": kind
    }  # fmt: skip
    assert all(one.recalibrated is None for one in plain.values())
    for name, one in again.items():
        assert (one.parameters, one.validation) == (plain[name].parameters, plain[name].validation)
        notes = [note for note in one.notes if method.value in note]
        assert len(notes) == (name != "constant")
    assert to_bytes(again["boosted"].estimator, "") == to_bytes(plain["boosted"].estimator, "")


@METHODS
@pytest.mark.parametrize("name", ["linear", "boosted"])
def test_the_calibrator_is_that_of_the_rows_that_were_held_back_by_a_model_that_had_not_seen_them(
    method: Recalibration, name: str, fitted_as: FittedAs, many: pa.Table
) -> None:
    fitted = fitted_as(method)[name]
    split = split_by_date(many, FEATURES, "late", "flight_date", HELD_BACK, ["flight"])
    matrix, late = fitted.encoder.encode(split.frame), split.validation
    if name == "boosted":
        estimator = boosted(FixedTrial(dict(fitted.parameters)))
    else:
        estimator = LogisticRegression(max_iter=1_000)
        matrix = matrix.astype(np.float64)
    early = fit_one(name, 0, estimator, matrix[~late], split.labels[~late], 7)
    scores = scores_of(early, matrix[late], fitted.task)
    expected = recalibrated(name, method, HeldBack.of_rows(scores, split.labels[late])).calibrator
    assert expected is not None
    probe = np.linspace(0, 1, 101)
    actual = calibrator_of(fitted)
    assert actual is not None
    np.testing.assert_allclose(actual(probe), expected(probe), atol=1e-6)


def log_losses(scores: npt.NDArray[Any], labels: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    clipped = np.clip(scores, np.finfo(float).eps, 1 - np.finfo(float).eps)
    return np.asarray(-np.where(labels == 1, np.log(clipped), np.log1p(-clipped)))


def slope_of(scores: npt.NDArray[Any], labels: npt.NDArray[Any]) -> tuple[float, float]:
    """Return the slope of labels on the log-odds of their scores, 1 for calibrated ones, and its standard error."""
    log_odds = np.clip(log_odds_of(scores), -32, 32)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky").fit(log_odds.reshape(-1, 1), labels)
    rate = model.predict_proba(log_odds.reshape(-1, 1))[:, 1]
    columns = np.stack([log_odds, np.ones_like(log_odds)])
    information = (columns * (rate * (1 - rate))) @ columns.T
    return float(model.coef_[0, 0]), float(np.sqrt(np.linalg.inv(information)[0, 0]))


@METHODS
def test_a_forest_that_is_too_sure_loses_less_on_fresh_days_and_its_slope_comes_near_one(
    method: Recalibration, fitted_as: FittedAs
) -> None:
    fresh = make_flights(days=DAYS, per_day=200, seed=6)
    fresh = fresh.filter(pc.is_valid(fresh["late"]))
    labels = fresh["late"].to_numpy(zero_copy_only=False).astype(np.int8)
    before, after = (fitted_as(each)["deep"].score(fresh) for each in (None, method))
    gains = log_losses(before, labels) - log_losses(after, labels)
    # Five standard errors of the mean gain, over independent rows; of chance alone one run in three million passes.
    assert gains.mean() > 5 * gains.std() / np.sqrt(len(gains))
    raw_slope, raw_error = slope_of(before, labels)
    slope, error = slope_of(after, labels)
    assert raw_slope + 5 * raw_error < 0.8
    # The calibrator was fitted on a quarter of so many rows: its own error is twice that of the fresh ones.
    assert abs(slope - 1) < 4 * np.hypot(error, 2 * error)


def test_with_too_few_rows_of_a_label_a_contender_stays_as_it_is_and_a_note_says_why(
    fit: Fit, flights: pa.Table
) -> None:
    fitted = {one.name: one for one in fit(flights, recalibrate=Recalibration.ISOTONIC, trials=1)}
    for name in ("linear", "boosted"):
        assert calibrator_of(fitted[name]) is None
        [note] = [note for note in fitted[name].notes if "isotonic" in note]
        assert missing_data(note, name, "500") == []
        np.testing.assert_array_equal(fitted[name].score(flights), fitted[name].raw_score(flights))


@pytest.fixture
def bundled_as(tmp_path: Path, fitted_as: FittedAs, many: pa.Table, code_zip: bytes) -> Bundled:
    def write(method: Recalibration, name: str, **changes: Any) -> BundleInfo:
        fitted, origin = replace(fitted_as(method)[name], **changes), Provenance("r", "c", "s", {}, "ann", "why")
        return write_bundle(
            tmp_path / name, fitted, profile=make_profile(many.select(FEATURES)), features=FEATURES,
            canary=many, code_zip=code_zip, environment_lock="", origin=origin,
        )  # fmt: skip

    return write


@METHODS
@pytest.mark.parametrize("name", KINDS)
def test_a_bundle_scores_as_the_training_did_to_the_bit(
    method: Recalibration,
    name: str,
    bundled_as: Bundled,
    fitted_as: FittedAs,
) -> None:
    info = bundled_as(method, name)
    verify_bundle(info.path, info.digest)
    fresh, fitted = make_flights(seed=6), fitted_as(method)[name]
    scores = load_predictor(info.path, info.digest)(fresh)
    np.testing.assert_array_equal(scores, fitted.score(fresh))
    assert np.abs(scores - fitted.raw_score(fresh)).max() > 0.001
    served = PyfuncModel(load_predictor(info.path), fresh.select(FEATURES).schema).predict(fresh.to_pandas())
    np.testing.assert_array_equal(served, scores)


def test_the_calibrator_is_a_file_of_numbers_that_the_constant_has_none_of(
    bundled_as: Bundled,
) -> None:
    assert CALIBRATOR not in bundled_as(Recalibration.PLATT, "constant").files
    document = json.loads((bundled_as(Recalibration.PLATT, "deep").path / CALIBRATOR).read_bytes())
    assert set(document) == {"method", "reach", "slope", "intercept"}


def test_a_calibrator_that_was_changed_or_forged_is_refused(
    bundled_as: Bundled,
) -> None:
    info = bundled_as(Recalibration.PLATT, "deep")
    document = json.loads((info.path / CALIBRATOR).read_bytes())
    (info.path / CALIBRATOR).write_bytes(b"{}")
    with raises_code(InputError, "bundle-refused", CALIBRATOR):
        load_predictor(info.path)
    for forged in ({"slope": -1.0}, {"slope": "x"}, {"reach": 7}):
        digest = rewrite(info, CALIBRATOR, json.dumps(document | forged).encode())
        with raises_code(InputError, "bundle-refused", CALIBRATOR):
            load_predictor(info.path, digest)
    digest = rewrite(info, CALIBRATOR, json.dumps(document | {"slope": document["slope"] + 0.1}).encode())
    with raises_code(InputError, "bundle-refused", "canary"):
        verify_bundle(info.path, digest)


@pytest.mark.parametrize(("apart", "refused"), [(1e-8, False), (1e-4, True)])
def test_where_a_calibrator_is_steep_a_last_digit_of_another_machine_refuses_no_bundle(
    apart: float,
    refused: bool,
    bundled_as: Bundled,
    fitted_as: FittedAs,
    many: pa.Table,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    middle = float(np.median(log_odds_of(fitted_as(None)["boosted"].score(many))))
    steep = Isotonic(Reach(-9.0, 9.0), (-9.0, middle, middle + 1e-9, 9.0), (0.01, 0.1, 0.9, 0.99))
    info = bundled_as(Recalibration.PLATT, "boosted", recalibrated=Recalibrated(steep, ""))

    def moved(bundle: Bundle) -> Predict:
        return lambda rows: raw_predictor(bundle)(rows) + apart

    monkeypatch.setattr("assay.models.bundle.bundle.raw_predictor", moved)
    with raises_code(InputError, "bundle-refused", "canary") if refused else nullcontext():
        verify_bundle(info.path, info.digest)
