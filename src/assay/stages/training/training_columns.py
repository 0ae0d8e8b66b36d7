"""The columns of a training window: their Profile, and which of them only follow the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.interval import Interval
from assay.core.monitoring.calendar_columns import calendar_rule
from assay.core.monitoring.drift import JUDGED
from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.stages.features.inputs import published_days
from assay.stages.runtime.context import Context

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def training_profile(ctx: Context, window: DataFrame, features: list[str]) -> TableProfile:
    """Return the Profile of the training window's features, to which preprocessing and drift refer.

    It includes the label where that is a number, whose grid is that of every score.
    """
    from assay.spark.profiling.profile_job import feature_columns_of, measure_one

    label = ctx.pipeline.spec.label
    measured = [*features, label.name] if label.task is TaskType.REGRESSION else features
    return measure_one(window, feature_columns_of(window, measured), [])


def columns_of_the_calendar(ctx: Context, window: DataFrame, profile: TableProfile, dates: Interval) -> dict[str, str]:
    """Return the features that follow a rule of the calendar over the window, each with it: their drift is no news."""
    from assay.spark.profiling.daily_values import one_value_a_day

    label, days = ctx.pipeline.spec.label.name, published_days(ctx, ctx.pipeline.spec.features.rows, dates)
    whole = [
        name
        for name, state in profile.columns.items()
        if name != label and state.kind in JUDGED and state.rows == state.values
    ]
    if not whole or not days:
        return {}
    daily = one_value_a_day(window, ctx.partition, whole, days[-1])
    rules = {name: calendar_rule(values) for name, values in daily.items()}
    return {name: rule for name, rule in sorted(rules.items()) if rule is not None}
