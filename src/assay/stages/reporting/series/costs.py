"""The time and the cost of the stages, from the use that each run's record holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from assay.report.content.series import StageCost
from assay.stages.runtime.context import Context

RECENT = 28
"""The days of data whose cost the index adds up."""


@dataclass(frozen=True, slots=True)
class StageCostSummary:
    """The runs of a stage whose use was measured: their number, their medians, and the newest one."""

    stage: str
    runs: int
    seconds: float
    cpu_seconds: float | None
    rows_per_second: float | None
    peak_memory: int | None
    newest: StageCost


def stage_costs(ctx: Context) -> tuple[StageCost, ...]:
    """Return the measured runs of all stages, in the order of the ledger."""
    return tuple(
        StageCost(
            record.stage, record.end - timedelta(days=1), record.run_id, record.use.duration_seconds,
            record.use.cpu_seconds, record.use.rows, record.use.peak_memory,
        )
        for record in ctx.ledger.records()
        if record.use is not None and record.stage != "fold"
    )  # fmt: skip


def cost_summaries(costs: tuple[StageCost, ...]) -> tuple[StageCostSummary, ...]:
    """Return a summary for each stage, in the order in which they first ran."""
    summaries = []
    for stage in dict.fromkeys(cost.stage for cost in costs):
        runs = [cost for cost in costs if cost.stage == stage]
        speeds = [cost.rows / cost.seconds for cost in runs if cost.rows and cost.seconds > 0]
        cpu = [cost.cpu_seconds for cost in runs if cost.cpu_seconds is not None]
        peaks = [cost.peak_memory for cost in runs if cost.peak_memory is not None]
        summaries.append(
            StageCostSummary(
                stage,
                len(runs),
                median(cost.seconds for cost in runs),
                median(cpu) if cpu else None,
                median(speeds) if speeds else None,
                max(peaks) if peaks else None,
                runs[-1],
            )
        )
    return tuple(summaries)


def recent_cpu_seconds(costs: tuple[StageCost, ...]) -> float | None:
    """Return the CPU seconds of the runs about the newest RECENT days; None where none was measured.

    Tables that were at work at once count in part in each other, so the sum is an upper bound.
    """
    newest = max((cost.day for cost in costs), default=date.min)
    recent = [cost.cpu_seconds for cost in costs if (newest - cost.day).days < RECENT and cost.cpu_seconds is not None]
    return sum(recent) if recent else None
