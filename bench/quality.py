"""quality: a hundred expectations in one job, against Great Expectations and against SQL written by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.check import Check, Finding, Status
from assay.core.expectations.judge import judge_expectations
from assay.quality.suite import load_suite
from assay.spark.profiling.profile_job import MeasuredColumn, measure_one
from bench.data import FEATURES, features
from bench.measure import Way
from bench.proof import UnequalError
from bench.setting import Setting
from bench.table import BenchComparison, Count, Row, Target

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MOST_JOBS = 3
SHARE = 2
"""Great Expectations takes minutes: half of the rows is enough."""

LOW, HIGH = -25.0, 25.0


def run(setting: Setting) -> list[Row]:
    """Time five checks of each column; Great Expectations runs once, since it takes minutes, the others every round."""
    names = FEATURES[:2] if setting.quick else FEATURES
    checks = load_suite(write_suite(setting.place("suite.json"), names), dict.fromkeys(names, "double"))
    rows = setting.rows // SHARE
    frame = features(setting, rows=rows).select(*names)
    setting.say(f"proving that {len(checks)} verdicts are equal")
    judged, jobs = _counted(setting, lambda: judged_by_assay(frame, names, checks))
    _same_counts(judged, checks, _by_hand(frame, names))
    peers: list[dict[str, Any]] = []
    ways = [
        Way("ours", lambda: judged_by_assay(frame, names, checks)),
        Way("hand", lambda: _by_hand(frame, names)),
        Way("gx", lambda: peers.append(_great_expectations(frame, checks)), most=1),
    ]
    costs = setting.time(ways)
    _same_verdicts(judged, checks, peers[0])
    what = f"{len(checks)} checks, {rows:,} rows"
    return [
        Count("quality", f"Spark jobs of {len(checks)} checks", jobs, MOST_JOBS),
        BenchComparison(
            "quality", what, costs["ours"], "peer", "Great Expectations", costs["gx"], Target(10, faster=True)
        ),
        BenchComparison("quality", what, costs["ours"], "limit", "fused by hand", costs["hand"], Target(1.3)),
    ]


def write_suite(path: Path, names: Sequence[str]) -> Path:
    """Write checks that hold and checks that do not: null shares, bounds of values, mean, deviation and maximum."""
    entries = []
    for n, name in enumerate(names):
        wanted: list[tuple[str, dict[str, Any]]] = [
            ("values_to_not_be_null", {"mostly": 0.995 if n % 2 else 0.95}),
            ("values_to_be_between", {"min_value": LOW, "max_value": HIGH, "mostly": 0.98}),
            ("mean_to_be_between", {"min_value": -1, "max_value": 1}),
            ("stdev_to_be_between", {"min_value": 0.5, "max_value": 3}),
            ("max_to_be_between", {"min_value": 3, "max_value": 60}),
        ]
        entries += [{"type": f"expect_column_{kind}", "kwargs": {"column": name, **more}} for kind, more in wanted]
    path.write_text(json.dumps({"name": "bench", "expectations": entries}))
    return path


def judged_by_assay(frame: DataFrame, names: Sequence[str], checks: Sequence[Check]) -> list[Finding]:
    """Return the findings of the checks: the frame is measured once, the rest is Python."""
    columns = [MeasuredColumn(name, "double", -3) for name in names]
    return judge_expectations(checks, measure_one(frame, columns, checks), table="bench")


def _by_hand(frame: DataFrame, names: Sequence[str]) -> dict[str, Any]:
    """All that the checks need in one aggregate over the stacked columns: the fastest way that FACTS knows."""
    from pyspark.sql import functions as F

    stacked = frame.select(F.posexplode(F.array(*names)).alias("slot", "value"))
    value = F.col("value")
    aggregates = stacked.groupBy("slot").agg(
        F.count(F.lit(1)).alias("rows"),
        F.count(value).alias("values"),
        F.count_if((value < LOW) | (value > HIGH)).alias("outside"),
        F.avg(value).alias("mean"),
        F.stddev_samp(value).alias("stdev"),
        F.max(value).alias("max"),
    )
    return {names[row.slot]: row.asDict() for row in aggregates.collect()}


def _great_expectations(frame: DataFrame, checks: Sequence[Check]) -> dict[str, Any]:
    """Validate the suite as its own documentation does: one batch, one validation, no details of failing rows."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.registry import get_expectation_impl

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_spark("spark", force_reuse_spark_context=True)
    batch = (
        source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    )
    suite = gx.ExpectationSuite("bench")
    for check in checks:
        params = {name: value for name, value in check.params.items() if not name.startswith("_")}
        kind: Any = get_expectation_impl(check.type)
        suite.add_expectation(kind(column=check.column, **params))
    verdicts: list[Any] = batch.validate(suite, result_format="BOOLEAN_ONLY").results
    return {f"{v.expectation_config.type} {v.expectation_config.kwargs['column']}": v.success for v in verdicts}


def _same_verdicts(judged: Sequence[Finding], checks: Sequence[Check], peers: dict[str, Any]) -> None:
    assay_verdicts = {f"{c.type} {c.column}": f.status is Status.PASS for c, f in zip(checks, judged, strict=True)}
    other = {name for name in assay_verdicts.keys() | peers.keys() if assay_verdicts.get(name) is not peers.get(name)}
    if other:
        raise UnequalError(f"Great Expectations: other verdicts for {sorted(other)[:5]}")


def _same_counts(judged: Sequence[Finding], checks: Sequence[Check], hand: dict[str, Any]) -> None:
    """Raise UnequalError where the numbers behind the verdicts differ, one by one."""
    for check, finding in zip(checks, judged, strict=True):
        row = hand[str(check.column)]
        if check.predicate:
            null = check.type == "expect_column_values_to_not_be_null"
            expected = row["rows"] - row["values"] if null else row["outside"]
            good = finding.details["failed"] == expected
        else:
            good = math.isclose(finding.observed, row[check.type.split("_")[2]], rel_tol=1e-9)
        if not good:
            raise UnequalError(f"by hand, {check.type} of {check.column} is not {finding.observed}: {row}")


def _counted(setting: Setting, work: Any) -> tuple[Any, int]:
    """Run `work` and return its result, and the number of Spark jobs that it ran."""
    context = setting.spark.sparkContext
    context.setJobGroup("bench-quality", "counted")
    done = work()
    jobs = len(context.statusTracker().getJobIdsForGroup("bench-quality"))
    context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]
    return done, jobs
