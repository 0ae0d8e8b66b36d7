"""Pictures of a contender, as PNG bytes, drawn from points that were computed elsewhere."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.models.estimators.serialization import is_xgboost

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from assay.models.training.contenders import FittedContender

Points = Sequence[tuple[float, float]]

MAX_BARS = 20
"""Bars in the figure of importance: the columns below are too unimportant to show."""


def roc_figure(curves: Mapping[str, Points], title: str) -> bytes:
    """The ROC curve of each model: points (share of false alarms, share of hits), with the line of chance."""
    figure, axes = _axes(title, "false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", linewidth=1)
    _curves(axes, curves, "")
    return _png(figure)


def pr_figure(curves: Mapping[str, Points], title: str, base_rate: float | None = None) -> bytes:
    """The precision-recall curve of each model: points (recall, precision), and the base rate."""
    figure, axes = _axes(title, "recall", "precision")
    if base_rate is not None:
        axes.axhline(base_rate, color="0.7", linestyle="--", linewidth=1)
    _curves(axes, curves, "")
    return _png(figure)


def calibration_figure(curves: Mapping[str, Points], title: str) -> bytes:
    """Draw how often the event happened against its predicted probability: points (mean score, observed share)."""
    figure, axes = _axes(title, "mean score", "observed share")
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", linewidth=1)
    _curves(axes, curves, "o")
    return _png(figure)


def predicted_figure(curves: Mapping[str, Points], title: str) -> bytes:
    """Draw the labels against the predictions: points (mean score, mean label), with the line of no error."""
    figure, axes = _axes(title, "mean score", "mean label", square=False)
    ends = [value for points in curves.values() for point in points for value in point]
    if ends:
        axes.plot([min(ends), max(ends)], [min(ends), max(ends)], color="0.7", linestyle="--", linewidth=1)
    _curves(axes, curves, "o")
    return _png(figure)


def residual_figure(curves: Mapping[str, Points], title: str) -> bytes:
    """The histogram of the errors: points (middle of a bin of score - label, share of rows), with the line of none."""
    figure, axes = _axes(title, "score - label", "share of rows", square=False)
    axes.axvline(0, color="0.7", linestyle="--", linewidth=1)
    for name, points in curves.items():
        axes.step([x for x, _ in points], [y for _, y in points], where="mid", label=_plain(name))
    if curves:
        axes.legend(frameon=False, fontsize=8, loc="best")
    return _png(figure)


def importance_figure(weights: Mapping[str, float], title: str) -> bytes:
    """Draw the columns with the most weight in a model, largest first."""
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:MAX_BARS][::-1]
    figure, axes = _axes(title, "importance", "", square=False)
    axes.barh([name for name, _ in ranked], [weight for _, weight in ranked], color="#4269d0")
    axes.tick_params(axis="y", labelsize=8)
    return _png(figure)


def importances(fitted: FittedContender) -> dict[str, float]:
    """Return the weight of each column of the encoder in the model, summing to 1; empty where the model has none.

    For xgboost it is the share of the total gain, for a linear model that of the absolute (standardised) coefficients.
    """
    estimator, names = fitted.estimator, fitted.encoder.names
    if is_xgboost(estimator):
        gains = estimator.get_booster().get_score(importance_type="total_gain")
        weights = np.array([float(gains.get(f"f{place}", 0.0)) for place in range(len(names))])
    elif hasattr(estimator, "coef_"):
        weights = np.abs(np.asarray(estimator.coef_, dtype=float)).ravel()
    elif hasattr(estimator, "feature_importances_"):
        weights = np.asarray(estimator.feature_importances_, dtype=float)
    else:
        return {}
    total = float(weights.sum())
    return dict(zip(names, (weights / total).tolist(), strict=True)) if total > 0 else {}


def _axes(title: str, x: str, y: str, *, square: bool = True) -> tuple[Figure, Axes]:
    # Not pyplot: its global state is neither thread-safe nor ever freed.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(_plain(title), fontsize=10)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if square:
        axes.set_xlim(-0.01, 1.01)
        axes.set_ylim(-0.01, 1.01)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _curves(axes: Any, curves: Mapping[str, Points], marker: str) -> None:
    for name, points in curves.items():
        axes.plot([x for x, _ in points], [y for _, y in points], marker=marker, markersize=4, label=_plain(name))
    if curves:
        axes.legend(frameon=False, fontsize=8, loc="best")


def _plain(text: str) -> str:
    # A dollar sign would start a formula, and a leading underscore hides a line from the legend.
    return text.replace("$", r"\$").lstrip("_")


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110, metadata={"Software": None})
    return out.getvalue()
