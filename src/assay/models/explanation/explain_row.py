"""Recompute the score of one row with a stored model, and divide it into what each feature adds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assay.core.explanation.score_parts import Method, Scale, ScoreParts, amounts_by_feature, contributions_of
from assay.core.explanation.shapley import shapley_values
from assay.core.task_type import TaskType
from assay.models.bundle.predictor import Bundle, predictor, raw_predictor
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.serialization import Score, from_bytes
from assay.models.estimators.trusted_types import TRUSTED

CANARY = "canary.arrow"
REFERENCE_ROWS = 100
"""The rows of a bundle that absent features are taken from: enough for a mean, and few enough for 1,024 sets."""

SAME = 1e-9
"""The largest relative difference between a linear model's score and that of its parts."""

Matrix = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class ExplainedRow:
    """The recomputed score of a row, the model's score before its calibrator, and the parts of that one.

    `calibrated` is true for a model with a calibrator, which changes the score after the parts.
    """

    score: float
    raw_score: float
    calibrated: bool
    parts: ScoreParts


def explain_row(bundle: Bundle, row: pa.Table) -> ExplainedRow:
    """Return the score of the one row of `row`, which has the bundle's features, and its parts.

    Raises:
        ValueError: `row` has not exactly one row.
        InputError: A feature is not there or has another type than in training.
    """
    if row.num_rows != 1:
        raise ValueError(f"one row can be explained, not {row.num_rows}")
    score, raw = float(predictor(bundle)(row)[0]), float(raw_predictor(bundle)(row)[0])
    return ExplainedRow(score, raw, bundle.calibrator is not None, _Parts(bundle, row, raw).parts())


class _Parts:
    """The parts of one raw score, by the kind of the stored model."""

    def __init__(self, bundle: Bundle, row: pa.Table, raw: float) -> None:
        self._bundle, self._row, self._raw = bundle, row, raw
        self._encoder = Encoder.from_json(json.loads(bundle.files["encoder.json"]))
        self._matrix = self._encoder.encode(row)
        self._features = [column.name for column in self._encoder.columns for _ in column.names]
        self._values = {name: row[name][0].as_py() for name in bundle.features}

    def parts(self) -> ScoreParts:
        data = self._bundle.files[self._bundle.model_file]
        if self._bundle.model_file == "model.json":
            return self._plain(json.loads(data))
        if self._bundle.model_file == "model.ubj":
            return self._trees(data)
        return self._linear(data) or self._shapley(data)

    def _plain(self, numbers: dict[str, float]) -> ScoreParts:
        """Return the parts of a constant, or of a naive forecast, whose one feature moves the mean label."""
        if "center" not in numbers:
            return ScoreParts(Method.CONSTANT, Scale.SCORE, self._raw, contributions_of({}, self._values), self._raw)
        mean = float(numbers["mean"])
        moved = contributions_of({self._encoder.features[0]: self._raw - mean}, self._values)
        return ScoreParts(Method.FORECAST, Scale.SCORE, mean, moved, self._raw)

    def _trees(self, data: bytes) -> ScoreParts:
        import xgboost

        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(data))
        booster.set_param({"nthread": 1})
        matrix = xgboost.DMatrix(self._matrix, feature_names=booster.feature_names, nthread=1)
        margin = float(booster.predict(matrix, output_margin=True)[0])
        *columns, start = booster.predict(matrix, pred_contribs=True)[0].astype(np.float64).tolist()
        scale = _scale_of(margin, self._raw, self._bundle.task, tolerance=1e-5)
        made = contributions_of(self._by_feature(columns), self._values)
        return ScoreParts(Method.TREE_SHAP, scale, start, made, margin)

    def _linear(self, data: bytes) -> ScoreParts | None:
        """Return the parts of a linear model; None for a model whose score is not that of its coefficients."""
        import skops.io

        estimator = skops.io.loads(data, trusted=list(TRUSTED))
        weights = np.asarray(getattr(estimator, "coef_", ()), dtype=np.float64).ravel()
        starts = np.asarray(getattr(estimator, "intercept_", ()), dtype=np.float64).ravel()
        if weights.shape != (self._matrix.shape[1],) or starts.shape != (1,):
            return None
        columns, start = weights * self._matrix[0].astype(np.float64), float(starts[0])
        output = float(self._matrix[0].astype(np.float64) @ weights) + start
        scale = _scale_of(output, self._raw, self._bundle.task, tolerance=SAME)
        if not _agree(output, self._raw, scale, SAME):
            return None
        made = contributions_of(self._by_feature(columns.tolist()), self._values)
        return ScoreParts(Method.LINEAR, scale, start, made, output)

    def _shapley(self, data: bytes) -> ScoreParts:
        score = from_bytes(self._bundle.model_file, data, task=self._bundle.task)
        reference = self._reference()
        players = list(dict.fromkeys(self._features))
        place = np.array([players.index(name) for name in self._features])
        game = _MixedRows(score, self._matrix[0], reference, place)
        shapley = shapley_values(game, len(players))
        amounts = dict(zip(players, shapley.values.tolist(), strict=True))
        errors = None if shapley.errors is None else dict(zip(players, shapley.errors.tolist(), strict=True))
        start = float(game(np.zeros((1, len(players)), dtype=bool))[0])
        method = Method.SHAPLEY if errors is None else Method.SAMPLED_SHAPLEY
        made = contributions_of(amounts, self._values, errors)
        return ScoreParts(method, Scale.SCORE, start, made, self._raw, len(reference))

    def _reference(self) -> Matrix:
        """Return encoded rows of the bundle, spread over all that it keeps."""
        rows = pa.ipc.open_file(pa.BufferReader(self._bundle.files[CANARY])).read_all()
        step = max(1, rows.num_rows // REFERENCE_ROWS)
        return self._encoder.encode(rows.take(list(range(0, rows.num_rows, step))[:REFERENCE_ROWS]))

    def _by_feature(self, columns: list[float]) -> dict[str, float]:
        return amounts_by_feature(list(zip(self._features, columns, strict=True)))


class _MixedRows:
    """The mean score of the reference rows with some features of the explained row (interventional expectation)."""

    def __init__(self, score: Score, row: Matrix, reference: Matrix, place: npt.NDArray[np.int64]) -> None:
        self._score, self._row, self._reference, self._place = score, row, reference, place

    def __call__(self, masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        means = np.empty(len(masks))
        for first in range(0, len(masks), 64):
            some = masks[first : first + 64, self._place]
            mixed = np.where(some[:, None, :], self._row, self._reference).reshape(-1, len(self._row))
            means[first : first + 64] = self._score(mixed).reshape(len(some), -1).mean(axis=1)
        return means


def _scale_of(output: float, score: float, task: TaskType, *, tolerance: float) -> Scale:
    """Return the scale on which an output is the model's score; the score's own where no other fits."""
    scales = list(Scale) if task is TaskType.CLASSIFICATION else reversed(Scale)
    return next((one for one in scales if _agree(output, score, one, tolerance)), Scale.SCORE)


def _agree(output: float, score: float, scale: Scale, tolerance: float) -> bool:
    with np.errstate(over="ignore"):
        on_score = {
            Scale.LOG_ODDS: np.exp(-np.logaddexp(0.0, -output)),
            Scale.LOG: np.exp(output),
            Scale.SCORE: output,
        }[scale]
    return bool(np.isclose(on_score, score, rtol=tolerance, atol=tolerance * 1e-3))
