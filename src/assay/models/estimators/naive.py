"""The naive baseline: a feature that is itself a forecast of the label, such as the last value or the same weekday's.

Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 5.2 (simple methods).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.core.evaluation.contender import naive_name
from assay.core.profiles.table_profile import TableProfile
from assay.core.suggestions import did_you_mean
from assay.errors import InputError
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.feature_columns import Number

NOTED_SHARE = 0.05
"""The share of rows without a forecast from which a note names it: there the baseline is the mean."""


@dataclass(frozen=True, slots=True)
class NaiveForecast:
    """Predicts for every row the value of one feature, and `mean` where the feature has no value.

    The one column of the matrix has the feature's value minus `center`, in single precision. So a forecast that is
    large beside its spread, such as a time in seconds, keeps its digits.
    """

    center: float
    mean: float

    @classmethod
    def of(cls, encoder: Encoder, mean: float) -> NaiveForecast:
        """Return the forecast by the one column of an encoder that `forecast_encoder` made."""
        [column] = encoder.columns
        return cls(column.center if isinstance(column, Number) else 0.0, mean)

    def predict(self, matrix: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """One forecast per row, as scikit-learn's regressors give it."""
        values = np.asarray(matrix[:, 0], dtype=np.float64)
        return np.where(np.isnan(values), self.mean, values + self.center)


def forecast_encoder(profile: TableProfile, feature: str) -> Encoder:
    """Return the encoder whose one column is a feature, centred at its mean in training.

    Raises:
        InputError: The feature is not there, or is no number.
    """
    if feature not in profile.columns:
        raise unknown_forecast(feature, list(profile.columns))
    state = profile.columns[feature]
    if state.kind != "number":
        raise wrong_forecast(feature, state.kind)
    return Encoder.for_forecast(feature, state.mean or 0.0)


def forecast_notes(profile: TableProfile, feature: str) -> tuple[str, ...]:
    """Return a note on the share of rows without a forecast, if it is large."""
    state = profile.columns[feature]
    share = 1 - state.values / state.rows if state.rows else 0.0
    if share < NOTED_SHARE:
        return ()
    return (f"'{naive_name(feature)}' is the mean label for {share:.0%} of the rows: there '{feature}' has no value",)


def unknown_forecast(feature: str, features: list[str]) -> InputError:
    """The error for a naive baseline that is not among the features."""
    hint = did_you_mean(feature, features, "the features are")
    return InputError(f"'naive' names '{feature}', which is no feature", code="unknown-feature", hint=hint)


def wrong_forecast(feature: str, kind: str) -> InputError:
    """The error for a naive baseline that is no number."""
    return InputError(
        f"'naive' names the feature '{feature}', which is a {kind}, and a forecast of the label is a number",
        code="feature-type",
        hint="name a feature whose value is a forecast of the label, such as the last value or the same weekday's",
    )
