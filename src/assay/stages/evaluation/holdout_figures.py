"""The pictures of models on a holdout: of errors for numbers, of scores for probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.core.evaluation.curves import calibration, pr_curve, roc_curve
from assay.core.evaluation.metrics import base_rate
from assay.core.evaluation.regression_metrics import predicted_curve, residual_curve
from assay.core.profiles.outcome_profile import LabelledScores, Scored
from assay.core.profiles.residuals import Residuals

MAX_CURVE_POINTS = 400


def holdout_figures(whole: Mapping[str, Scored], title: str) -> dict[str, bytes]:
    """Return the pictures of the models by file name, as PNG; `whole` has each model's outcomes on all days."""
    errors = {name: state for name, state in whole.items() if isinstance(state, Residuals)}
    scores = {name: state for name, state in whole.items() if isinstance(state, LabelledScores)}
    return _figures_of_errors(errors, title) if errors else _figures_of_scores(scores, title)


def _figures_of_errors(whole: Mapping[str, Residuals], title: str) -> dict[str, bytes]:
    from assay.models.mlflow.figures import predicted_figure, residual_figure

    predicted = {name: [(p.mean_score, p.mean_label) for p in predicted_curve(state)] for name, state in whole.items()}
    residuals = {name: residual_curve(state) for name, state in whole.items()}
    return {
        "predicted.png": predicted_figure(predicted, f"{title}: predicted and actual"),
        "residuals.png": residual_figure(residuals, f"{title}: errors on the holdout"),
    }


def _figures_of_scores(whole: Mapping[str, LabelledScores], title: str) -> dict[str, bytes]:
    from assay.models.mlflow.figures import calibration_figure, pr_figure, roc_figure

    roc = {name: _thin(roc_curve(scores)) for name, scores in whole.items()}
    pr = {name: _thin(curve and (curve[1], curve[0])) for name, scores in whole.items() for curve in [pr_curve(scores)]}
    reliable = {name: [(p.mean_score, p.observed) for p in calibration(scores)] for name, scores in whole.items()}
    rate = base_rate(next(iter(whole.values())))
    return {
        "roc.png": roc_figure(roc, f"{title}: ROC on the holdout"),
        "pr.png": pr_figure(pr, f"{title}: precision and recall on the holdout", rate),
        "calibration.png": calibration_figure(reliable, f"{title}: calibration on the holdout"),
    }


def _thin(curve: Any) -> list[tuple[float, float]]:
    """Return about MAX_CURVE_POINTS points of a curve, its ends included: a figure shows no more."""
    if curve is None:
        return []
    x, y = curve[0], curve[1]
    step = max(1, len(x) // MAX_CURVE_POINTS)
    points = list(zip(x[::step].tolist(), y[::step].tolist(), strict=True))
    return [*points, (float(x[-1]), float(y[-1]))]
