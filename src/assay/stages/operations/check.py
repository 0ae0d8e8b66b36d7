"""check: find everything that can be known to be wrong before a job runs, and prove what features depend on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from assay.core.interval import Interval
from assay.core.text import quantity
from assay.errors import InputError, one_or_all
from assay.spec.checks.sql_expressions import Snippet, sql_snippets
from assay.spec.user_code.functions import check_arguments, load_function
from assay.stages.features.inputs import features_of, find_inputs, read_inputs
from assay.stages.features.leakage_proof import find_sample, prove, sample_on
from assay.stages.features.naive_features import check_naive_features
from assay.stages.ingest.clean import suite_checks, vetted_checks
from assay.stages.runtime.context import Context
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.tables.owners import refuse_other_definitions
from assay.stages.training.fit import load_candidates
from assay.store.filesystem.hdfs_path import HdfsPath

if TYPE_CHECKING:
    from assay.spark.cleaning.sql_analysis import SqlProblem, What


def check_pipeline(ctx: Context, *, static: bool, day: date | None, progress: Callable[[str], None]) -> list[str]:
    """Return one line per check that holds.

    The YAML itself was checked when the pipeline was opened.

    Raises:
        InputError: A check does not hold. The error has its place.
        SpecErrors: Several checks do not hold. Each error has its place.
    """
    spec = ctx.pipeline.spec
    lines = [f"{ctx.pipeline.document.path}: {quantity(len(spec.tables), 'table')}, every section is consistent"]
    lines += check_functions(ctx)
    if not (static and isinstance(ctx.lake, HdfsPath)):
        owned = refuse_other_definitions(ctx, spec.tables)
        lines += [f"the table {table} is {ownership.sentence}" for table, ownership in owned.items()]
    for table in spec.tables:
        path = ctx.pipeline.suite_path(table)
        if path is not None:
            checks = suite_checks(ctx, table)
            lines.append(f"{path.name}: {len(checks)} expectations on {table}")
    if static:
        return lines
    progress("analysing SQL on empty frames")
    with spark_failures():
        lines += check_sql(ctx)
        for table in spec.tables:
            vetted_checks(ctx, table)
        lines.append(prove_features(ctx, day))
    return lines


def check_functions(ctx: Context) -> list[str]:
    """Check that the functions exist and accept the arguments that they will get; return a line for each."""
    spec, lines, at = ctx.pipeline.spec, [], ctx.pipeline.document.at
    features = load_function(spec.features.function, location=at("features", "function"))
    check_arguments(
        features,
        positional=["rows"],
        keywords=list(spec.features.inputs),
        reference=spec.features.function,
        location=at("features", "function"),
    )
    lines.append(f"{spec.features.function} takes rows, {', '.join(spec.features.inputs)}")
    if spec.train.candidates:
        candidates = load_function(spec.train.candidates, location=at("train", "candidates"))
        check_arguments(candidates, positional=[], keywords=[], reference=spec.train.candidates)
        names = load_candidates(spec.train.candidates, at("train", "candidates"))
        lines.append(f"{spec.train.candidates} takes no arguments, and gives {', '.join(names)}")
    for name, table in spec.tables.items():
        if table.function:
            function = load_function(table.function, location=at("tables", name, "function"))
            check_arguments(
                function,
                positional=[name],
                keywords=[],
                reference=table.function,
                location=at("tables", name, "function"),
            )
            lines.append(f"{table.function} takes the rows of {name}")
    return lines


def check_sql(ctx: Context) -> list[str]:
    """Check each column, rule, label, KPI and sum by Spark's analysis on an empty frame of its table: no job runs."""
    from assay.spark.cleaning.sql_analysis import analyse_sql

    errors: list[InputError] = []
    snippets = sql_snippets(ctx.pipeline)
    for snippet in snippets:
        problem = analyse_sql(ctx.spark, snippet.sql, snippet.columns, _what(snippet), snippet.type)
        if problem is not None:
            errors.append(_explain(snippet, problem))
    if errors:
        raise one_or_all(errors)
    return [f"{len(snippets)} SQL expressions analysed by Spark"]


def _what(snippet: Snippet) -> What:
    kinds: dict[str, What] = {"kpi": "aggregate", "sum": "aggregate", "value": "number", "column": "column"}
    return kinds.get(snippet.kind, "rule")


_SQL_HINTS = {
    "aggregate": "write SQL over one row, without sum, count and other aggregates",
    "not-boolean": "write a condition, such as 'distance > 0'",
    "not-numeric": "write SQL that gives a number: a column, CAST(... AS double), or an aggregate such as avg(delay)",
    "other-type": "write CAST(... AS the type of the column)",
    "syntax": "correct the SQL at the marked place; 'spark-sql -e' shows more",
    "type": "cast the columns to one type",
    "unknown-function": "use a function of Spark SQL, or compute it in the cleaning function",
}


def _explain(snippet: Snippet, problem: SqlProblem) -> InputError:
    if problem.kind == "unknown-column":
        return InputError(
            f"{snippet.title} uses '{problem.name}', which the table '{snippet.table}' does not have",
            code=problem.kind,
            hint=f"did you mean '{problem.suggestion}'?" if problem.suggestion else "",
            location=snippet.locate(problem.name),
        )
    location = snippet.locate(problem.name) if problem.name else snippet.location
    return InputError(
        f"{snippet.title} cannot be used: {problem.message}",
        code=problem.kind,
        hint=problem.suggestion or _SQL_HINTS.get(problem.kind, ""),
        location=location,
    )


def prove_features(ctx: Context, day: date | None) -> str:
    """Prove on real rows that no feature uses rows from after its instant or depends on other dates of its batch.

    Raises:
        InputError: A feature does. The message has each leak.
    """
    sample = find_sample(ctx) if day is None else sample_on(ctx, day)
    if sample is None:
        return "no look-ahead: not proven yet, since too few days are clean; run check again after the first run"
    proven = prove(ctx, sample)
    if ctx.pipeline.spec.train.naive:
        inputs = find_inputs(ctx, Interval.of(sample.day))
        check_naive_features(ctx, features_of(ctx, inputs, read_inputs(ctx, inputs)))
    return proven
