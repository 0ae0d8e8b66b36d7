"""The check that the naive baselines of a spec are number features, made as soon as the columns are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.errors import InputError, one_or_all
from assay.stages.features.inputs import feature_key
from assay.stages.runtime.context import Context

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def check_naive_features(ctx: Context, features: DataFrame) -> None:
    """Check that each feature of `train.naive` is a number among the columns of `features`; no job is started.

    Raises:
        InputError: One is not. The error has its place.
        SpecErrors: Several are not.
    """
    types = {name: type_ for name, type_ in features.dtypes if name not in feature_key(ctx)}
    errors = [_problem(ctx, index, name, types) for index, name in enumerate(ctx.pipeline.spec.train.naive)]
    if wrong := [error for error in errors if error is not None]:
        raise one_or_all(wrong)


def _problem(ctx: Context, index: int, name: str, types: dict[str, str]) -> InputError | None:
    from assay.models.estimators.naive import unknown_forecast, wrong_forecast
    from assay.spark.profiling.profile_job import MeasuredColumn

    if name not in types:
        error = unknown_forecast(name, list(types))
    elif (kind := MeasuredColumn(name, types[name]).kind) != "number":
        error = wrong_forecast(name, kind)
    else:
        return None
    error.location = ctx.pipeline.document.at("train", "naive", index)
    return error
