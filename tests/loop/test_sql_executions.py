"""How many SQL executions of Spark one small day costs, from its landing to its monitoring."""

from __future__ import annotations

from datetime import timedelta

from assay.core.interval import Interval
from assay.stages.operations.run import run

from ..sql_executions import DAY_STAGES, sql_executions
from .conftest import TRAINED, Project

MAX_EXECUTIONS = 7
"""One measures each of the two tables, one brings the rows of each to its commit; scoring takes such a pair too; and
one measures what became of the scores."""


def test_a_day_from_its_landing_to_its_monitoring_costs_few_sql_executions(own: Project) -> None:
    from parcel_code.landing import write_drops

    warm, day = Interval.of(TRAINED), Interval.of(TRAINED + timedelta(days=1))
    write_drops(own.home / "landing", TRAINED, 2)
    ctx = own.context()
    run(ctx, warm, DAY_STAGES)  # which makes the table of predictions
    before = len(sql_executions(ctx.spark))
    outcomes = run(ctx, day, DAY_STAGES)
    new = sql_executions(ctx.spark)[before:]
    assert [outcome.stage for outcome in outcomes if outcome.run_id is not None][-2:] == ["score", "monitor"]
    assert len(new) <= MAX_EXECUTIONS, "\n".join(new)
