"""Which of scikit-learn's estimators can be stored without a pickle: what users put together most, and no more."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import Matern, WhiteKernel
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    PowerTransformer,
    QuantileTransformer,
    StandardScaler,
)

from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.models.estimators.serialization import check_storable, check_stored, from_bytes, to_bytes
from assay.models.estimators.trusted_types import TRUSTED

STORED: dict[str, Callable[[], Any]] = {
    "imputed median": lambda: make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression()),
    "imputed constant": lambda: make_pipeline(
        SimpleImputer(strategy="constant", fill_value=0, add_indicator=True), LogisticRegression()
    ),
    "imputed by neighbours": lambda: make_pipeline(KNNImputer(), LogisticRegression()),
    "columns": lambda: make_pipeline(
        make_column_transformer(
            (StandardScaler(), [0, 1]),
            (KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"), slice(2, 3)),
            (OneHotEncoder(handle_unknown="ignore"), [3]),
            remainder="passthrough",
        ),
        LogisticRegression(),
    ),
    "quantiles": lambda: make_pipeline(QuantileTransformer(n_quantiles=50), PCA(2), LogisticRegression()),
    "power": lambda: make_pipeline(PowerTransformer(), SelectKBest(k=2), LogisticRegression()),
    "boosted": lambda: HistGradientBoostingClassifier(max_iter=5),
    "boosted trees": lambda: GradientBoostingClassifier(n_estimators=5),
    "forest": lambda: RandomForestClassifier(n_estimators=5),
    "voting": lambda: VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], voting="soft"),
    "stacked": lambda: StackingClassifier([("a", LogisticRegression()), ("b", GaussianNB())]),
    "calibrated": lambda: CalibratedClassifierCV(GaussianNB(), method="isotonic"),
    "neighbours": lambda: KNeighborsClassifier(algorithm="ball_tree", metric="manhattan"),
    "gaussian process": lambda: GaussianProcessClassifier(Matern() + WhiteKernel(noise_level_bounds="fixed")),
    "searched": lambda: GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=TimeSeriesSplit(3)),
}


def test_each_trusted_type_is_scikit_learns_or_numpys_and_runs_nothing_that_a_file_names() -> None:
    assert len(set(TRUSTED)) == len(TRUSTED)
    for name in TRUSTED:
        module, _, attribute = name.rpartition(".")
        referenced = getattr(importlib.import_module(module), attribute)
        assert module.split(".")[0] in {"sklearn", "numpy"}
        # A function is one of those that score features: they take arrays and give numbers.
        assert isinstance(referenced, type) or module.startswith("sklearn.feature_selection.")


@pytest.mark.parametrize("name", sorted(STORED))
def test_what_scikit_learn_itself_is_made_of_can_be_stored_and_scores_alike(name: str) -> None:
    random = np.random.default_rng(3)
    matrix = random.normal(size=(300, 4)).astype(np.float32)
    labels = (matrix[:, 0] > 0).astype(np.int8)
    matrix[::7, 1] = np.nan if name.startswith("imputed") or name == "boosted" else 0.0
    estimator = STORED[name]()
    check_storable(estimator, name)
    estimator.fit(matrix, labels)
    check_stored(estimator, name, matrix, TaskType.CLASSIFICATION)
    file, data = to_bytes(estimator, name)
    np.testing.assert_allclose(from_bytes(file, data)(matrix), estimator.predict_proba(matrix)[:, 1], atol=1e-6)


def test_a_model_that_reads_back_as_another_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = np.random.default_rng(3).normal(size=(200, 2))
    estimator = GaussianNB().fit(matrix, (matrix[:, 0] > 0).astype(np.int8))
    check_stored(estimator, "bayes", matrix, TaskType.CLASSIFICATION)
    monkeypatch.setattr(
        "assay.models.estimators.serialization.from_bytes", lambda *_, **__: lambda rows: np.full(len(rows), 0.5)
    )
    with pytest.raises(InputError) as refusal:
        check_stored(estimator, "bayes", matrix, TaskType.CLASSIFICATION)
    assert refusal.value.code == "unsafe-model"


@pytest.mark.parametrize(
    "estimator",
    [
        FunctionTransformer(lambda matrix: matrix),
        make_pipeline(SimpleImputer(), FunctionTransformer(np.save), LogisticRegression()),
        GridSearchCV(LogisticRegression(), {"C": [1.0]}, scoring=lambda *_: 1.0),
        KNeighborsClassifier(metric=lambda *_: 0.0),
    ],
    ids=["lambda", "numpy function", "scorer", "metric"],
)
def test_an_estimator_that_holds_a_function_is_refused_before_it_is_fitted(estimator: Any) -> None:
    with pytest.raises(InputError) as refusal:
        check_storable(estimator, "own")
    assert refusal.value.code == "unsafe-model"
    assert refusal.value.exit_code == 2
    assert "docs/training.md" in refusal.value.hint
