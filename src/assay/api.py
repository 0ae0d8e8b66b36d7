"""The notebook's door: `p = assay.open("flight_delays")`. The command line and the jobs come through it too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.interval import Interval, parse_date
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class PipelineHandle:
    """A pipeline that is open for work: its features, its experiments, its stages.

    `context` is what every stage takes; `assay.stages.*` are the verbs themselves.
    """

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.context.pipeline.name

    def features(self, start: str | date, end: str | date) -> DataFrame:
        """The features of the dates from `start` up to, and without, `end`: the very rows that scoring would see."""
        from assay.stages.training.inputs import features_of, find_inputs, read_inputs

        inputs = find_inputs(self.context, _interval(start, end))
        return features_of(self.context, inputs, read_inputs(self.context, inputs))

    def table(self, name: str) -> DataFrame:
        """The published rows of a table."""
        from assay.spark.tables.delta_tables import read_table

        folder = self.context.folder("clean", name)  # a lake that is refused is refused before Spark starts
        return read_table(self.context.spark, folder)

    def experiment(self, estimator: Any, *, why: str, date: str | date | None = None) -> str:
        """Fit an estimator on the split of the training of `date` (the newest by default) and log it beside that
        training's contenders; returns the MLflow run id. Nothing is registered: an experiment cannot be promoted.
        """
        from assay.stages.evaluation.experiment import experiment

        day = parse_date(date) if isinstance(date, str) else date
        return experiment(self.context, estimator, why=why, day=day)

    def __repr__(self) -> str:
        return f"<assay pipeline {self.name}: {self.context.pipeline.spec.question}>"


def open_pipeline(
    name: str,
    *,
    start: Path | None = None,
    env: str = "local",
    progress: Callable[[str], None] | None = None,
    **context: Any,
) -> PipelineHandle:
    """The pipeline `conf/pipelines/<name>.yaml` of the project around `start` (the working directory by default).

    Raises InputError, with the place in the YAML, for whatever is wrong in the spec.
    """
    pipeline = load_pipeline(open_project(start, env=env), name)
    ctx = Context(pipeline, **context)
    if progress is not None:
        ctx.progress = progress
    return PipelineHandle(ctx)


def _interval(start: str | date, end: str | date) -> Interval:
    first = parse_date(start) if isinstance(start, str) else start
    last = parse_date(end) if isinstance(end, str) else end
    return Interval(first, last)
