"""How many SQL executions of Spark one day of the reference pipeline costs, from its landing to its monitoring."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assay.core.interval import Interval
from assay.stages.operations.run import run
from bench.setting import Setting
from bench.small import DAY, prepare

from ..sql_executions import DAY_STAGES, sql_executions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MAX_EXECUTIONS = 16
"""Measured: 14. Three tables are measured and committed, one expectation is left to Great Expectations, and the scores,
their commit, their outcomes and their drift come after."""


@pytest.mark.system
@pytest.mark.timeout(900)
def test_a_day_of_flights_from_its_landing_to_its_monitoring_costs_few_sql_executions(
    spark: SparkSession, tmp_path: Path
) -> None:
    from flight_delays.landing import write_drops

    ctx, _ = prepare(Setting(spark, tmp_path, tmp_path, rows=0, repeats=1, quick=True, say=print))
    ctx.force = False
    day = Interval.of(DAY + timedelta(days=1))
    write_drops(ctx.pipeline.project.home / "landing", day.start, day.end, arrived_before=day.end)
    before = len(sql_executions(ctx.spark))
    outcomes = run(ctx, day, DAY_STAGES)
    new = sql_executions(ctx.spark)[before:]
    assert {outcome.stage for outcome in outcomes if outcome.run_id is not None} >= {"clean", "score", "monitor"}
    assert len(new) <= MAX_EXECUTIONS, "\n".join(new)
