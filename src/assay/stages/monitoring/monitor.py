"""monitor: find what drifted, judge the outcomes of the served scores, and decide what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from assay.core.check import Finding, Status
from assay.core.decisions.downgrade import better_version
from assay.core.evaluation.label_maturity import DayMeasurement
from assay.core.interval import Interval, as_of_instant
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.served_model import RECENT_DAYS, Served, decide_action, judge_served
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Verdict
from assay.stages.evaluation.judgement import policy_of
from assay.stages.features.inputs import feature_key
from assay.stages.models.model_versions import trained_profile, training_constant
from assay.stages.models.outcomes import outcomes_of
from assay.stages.models.served_outcomes import counted_outcomes, overdue, served_subject
from assay.stages.monitoring.drift import DailyDrift, daily_drift, drift_alarms, find_drift
from assay.stages.monitoring.earlier_models import judge_beside_earlier
from assay.stages.monitoring.estimate import estimate_served
from assay.stages.promotion.aliases import repair_aliases
from assay.stages.runtime.context import Context, StageOutcome, spark_failures
from assay.stages.tables.days import read_days
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, new_run_id

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, slots=True)
class Scored:
    """A day that was scored, with its run and its version."""

    run_id: str
    version: ModelVersion


def monitor(ctx: Context, interval: Interval) -> StageOutcome:
    """Judge the inputs and scores of the days up to the interval's end, and the outcomes that were mature by then.

    The outcomes of the `label_delay` days before the interval are measured again: they were still coming in. So are the
    outcomes of a night that was missed. Aliases of MLflow that lag behind the promotions are repaired at its end.

    The exit code is 3 when the verdict is downgrade, or when a metric cannot be computed.
    """
    outcome = _judge_served_days(ctx, interval)
    repair_aliases(ctx)
    return outcome


def _judge_served_days(ctx: Context, interval: Interval) -> StageOutcome:
    name = ctx.pipeline.name
    days = days_to_measure(ctx, interval)
    if not any(day in interval for day in days):
        return StageOutcome(
            "monitor", name, None, f"nothing of {interval} is scored, so there is nothing to judge", RunStatus.SKIPPED
        )
    run_id = new_run_id("monitor")
    with spark_failures():
        outcomes = measure_served(ctx, days, interval)
    if outcomes:
        ctx.profiles.write("outcomes", served_subject(ctx), run_id, outcomes)
    version = days[max(day for day in days if day in interval)].version
    version_outcomes = {day: profile for day, profile in outcomes.items() if days[day].version == version}
    daily = daily_drift(ctx, version, interval.end)
    findings = [
        *find_drift(ctx, interval, daily),
        *_served(ctx, daily, version_outcomes, interval.end),
    ]
    verdict = decide_action(findings)
    ctx.runs.write(run_id, VERDICT, verdict)
    _record(ctx, run_id, interval, days, outcomes, verdict, version)
    exit_code = 3 if verdict.status is Status.FAIL else 0
    sentence = f"{verdict.sentence} Action: {verdict.action}."
    return StageOutcome("monitor", name, run_id, sentence, status=verdict.action, exit_code=exit_code)


def days_to_measure(ctx: Context, interval: Interval) -> dict[date, Scored]:
    """Return the scored days whose outcomes are measured now.

    - The days of the interval, and the `label_delay` days before it, whose labels came in meanwhile.
    - Of the RECENT_DAYS days before these, those that are mature and were never measured so, since a night was missed.
    """
    spec = ctx.pipeline.spec
    back = interval.back(spec.label.label_delay)
    days = scored_days(ctx, back.back(RECENT_DAYS))
    missed = overdue(ctx, {day: scored.run_id for day, scored in days.items()}, interval.end)
    return {day: scored for day, scored in days.items() if day in back or day in missed}


def scored_days(ctx: Context, interval: Interval) -> dict[date, Scored]:
    """Return the days of the interval that were scored, with the version that scored each."""
    latest = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED)
    return {
        day: Scored(record.run_id, state.version)
        for day, (record, state) in latest.items()
        if day in interval and state.version is not None
    }


def measure_served(ctx: Context, days: Mapping[date, Scored], interval: Interval) -> dict[date, OutcomeProfile]:
    """Return the outcomes of the scores that were served, as known when the interval ended."""
    frame = _served_frame(ctx, days, interval)
    return outcomes_of(ctx, frame, {"score": "score"}, trained_profile(ctx, days[max(days)].version))["score"]


def _served_frame(ctx: Context, days: Mapping[date, Scored], interval: Interval) -> DataFrame:
    from pyspark.sql import functions as F

    from assay.spark.features.labels import with_label

    spec, key = ctx.pipeline.spec, feature_key(ctx)
    reach = Interval(min(days), interval.end)

    def read(kind: str, name: str) -> DataFrame:
        return read_days(ctx, kind, name, reach)

    frame = read("predictions", ctx.pipeline.name).where(F.col(ctx.partition).isin(list(days))).select(*key, "score")
    missing = [name for name in spec.gate.slices if name not in key]
    if missing:
        frame = frame.join(read("clean", spec.features.rows).select(*key, *missing), on=key, how="left")
    outcomes = spec.label.from_
    return with_label(
        frame,
        read("clean", outcomes),
        key=ctx.table(outcomes).key,
        sql=spec.label.sql,
        task=spec.label.task,
        name=spec.label.name,
        known_before=as_of_instant(interval.end, spec.as_of, ctx.pipeline.zone),
        available_at=ctx.table(outcomes).available_at,
        partition=ctx.partition,
    )


def _served(ctx: Context, daily: DailyDrift, fresh: Mapping[date, OutcomeProfile], at: date) -> list[Finding]:
    spec, version = ctx.pipeline.spec, daily.version
    measured = {day: DayMeasurement(outcomes, at) for day, outcomes in fresh.items()}
    counted = counted_outcomes(ctx, version, measured).before(at, spec.label.label_delay)
    left_out = {"waiting": len(counted.waiting), "seen": len(counted.seen)}
    constant = training_constant(ctx, version)
    served = Served(version, counted.days, daily.promised, constant=constant, **left_out)
    findings = judge_served(served, policy_of(ctx), list(spec.monitor.kpis))
    findings += judge_beside_earlier(ctx, version, counted.days)
    return [*findings, *estimate_served(ctx, daily.promised, daily.served, counted.days)]


def _record(
    ctx: Context,
    run_id: str,
    interval: Interval,
    days: Mapping[date, Scored],
    outcomes: Mapping[date, OutcomeProfile],
    verdict: Verdict,
    version: ModelVersion,
) -> None:
    name = ctx.pipeline.name
    details = MonitoringDetails(
        version=version, drifted=drift_alarms(verdict.findings), better=better_version(verdict.findings)
    )
    partitions: dict[str, PartitionState] = {}
    for day, profile in outcomes.items():
        identity = PartitionFingerprint(name, str(day), days[day].run_id, "", "")
        counts, version_of_day = {"rows": profile.overall.rows}, days[day].version
        partitions[str(day)] = PartitionState(PartitionStatus.JUDGED, identity, counts, version_of_day)
    ctx.ledger.append(
        ctx.record(
            run_id,
            "monitor",
            name,
            interval,
            verdict.action,
            partitions=partitions,
            counts={"days": len(days), "labelled": sum(p.overall.rows for p in outcomes.values())},
            verdict=verdict.summary,
            details=details,
        )
    )
