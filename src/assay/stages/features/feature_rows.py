"""The features of some dates, computed once, from which windows and blocks with their labels are cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from assay.core.interval import Interval, as_of_instant
from assay.stages.features.inputs import Inputs, feature_key, features_of, read_inputs
from assay.stages.runtime.context import Context

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """The features of the inputs' dates, kept in Spark, and the inputs that they were computed from."""

    ctx: Context
    inputs: Inputs
    tables: Mapping[str, DataFrame]
    features: DataFrame

    @property
    def names(self) -> list[str]:
        """The names of the features, without the key."""
        from assay.spark.features.point_in_time import feature_columns

        return feature_columns(self.features, feature_key(self.ctx))

    def labelled(self, dates: Interval, *, known_on: date) -> DataFrame:
        """Return the rows of some dates with their labels, as far as these were known when the date `known_on` began.

        A row without a known label has NULL.
        """
        from assay.spark.features.labels import with_label

        spec = self.ctx.pipeline.spec
        outcomes = self.ctx.table(spec.label.from_)
        return with_label(
            self.of(dates),
            self._of(self.tables[spec.label.from_], dates),
            key=outcomes.key,
            sql=spec.label.sql,
            task=spec.label.task,
            name=spec.label.name,
            known_before=as_of_instant(known_on, spec.as_of, self.ctx.pipeline.zone),
            available_at=outcomes.available_at,
            partition=self.ctx.partition,
        )

    def of(self, dates: Interval) -> DataFrame:
        """Return the features of some dates."""
        return self._of(self.features, dates)

    def with_slices(self, frame: DataFrame) -> DataFrame:
        """Return the frame with the slice columns that the key does not hold already, from the table of rows."""
        spec, key = self.ctx.pipeline.spec, feature_key(self.ctx)
        missing = [name for name in spec.gate.slices if name not in key]
        if not missing:
            return frame
        return frame.join(self.tables[spec.features.rows].select(*key, *missing), on=key, how="left")

    def _of(self, frame: DataFrame, dates: Interval) -> DataFrame:
        from pyspark.sql import functions as F

        day = F.col(self.ctx.partition)
        return frame.where((day >= F.lit(dates.start)) & (day < F.lit(dates.end)))


@contextmanager
def feature_rows(ctx: Context, inputs: Inputs) -> Iterator[FeatureRows]:
    """Yield the features of the inputs' dates; Spark keeps them until the end."""
    tables = read_inputs(ctx, inputs)
    features = features_of(ctx, inputs, tables).persist()
    try:
        yield FeatureRows(ctx, inputs, tables, features)
    finally:
        features.unpersist()
