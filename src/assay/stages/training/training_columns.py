"""The columns of a training window: their Profile, and which of them only follow the calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from assay.core.interval import Interval
from assay.core.monitoring.calendar_columns import calendar_rule
from assay.core.monitoring.daily.history import MIN_DAYS
from assay.core.monitoring.daily.jump import REFERENCE_DAYS
from assay.core.monitoring.daily.measure import JUDGED
from assay.core.profiles.table_profile import DailyProfiles, TableProfile
from assay.core.task_type import TaskType
from assay.stages.features.inputs import published_days
from assay.stages.runtime.context import Context

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

REFERENCE_CELLS = 20_000
"""The most columns times days that are kept of a training: a cell is a histogram that the driver collects."""


def training_profile(ctx: Context, window: DataFrame, features: list[str]) -> TableProfile:
    """Return the Profile of the training window's features, to which preprocessing and drift refer.

    It includes the label where that is a number, whose grid is that of every score.
    """
    from assay.spark.profiling.profile_job import feature_columns_of, measure_one

    label = ctx.pipeline.spec.label
    measured = [*features, label.name] if label.task is TaskType.REGRESSION else features
    return measure_one(window, feature_columns_of(window, measured), [])


def reference_profiles(ctx: Context, features: DataFrame, profile: TableProfile, dates: Interval) -> DailyProfiles:
    """Return the Profile of each of the newest days of a training and its folds, on the grids of `profile`.

    They are at most REFERENCE_DAYS. With many columns they are fewer, so that days times columns are at most
    REFERENCE_CELLS, but never fewer than MIN_DAYS.
    """
    from pyspark.sql import functions as F

    from assay.spark.profiling.profile_job import feature_columns_of, measure

    label = ctx.pipeline.spec.label.name
    names = [name for name, state in profile.columns.items() if state.kind in JUDGED and name != label]
    days = min(REFERENCE_DAYS, max(MIN_DAYS, REFERENCE_CELLS // max(1, len(names))))
    newest = features.where(F.col(ctx.partition) >= F.lit(dates.end - timedelta(days=days)))
    return DailyProfiles(measure(newest, ctx.partition, feature_columns_of(newest, names, like=profile), []))


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
