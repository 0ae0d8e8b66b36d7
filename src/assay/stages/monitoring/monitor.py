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
from assay.core.monitoring.service.freshness import LABELS
from assay.core.monitoring.service.kpi import KpiLimits
from assay.core.monitoring.service.maturity_curve import LabelCount, later_days, maturity_curve, maturity_finding
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.run_status import RunStatus
from assay.core.verdict import Verdict
from assay.stages.evaluation.judgement import policy_of
from assay.stages.features.inputs import feature_key
from assay.stages.models.model_versions import trained_profile, training_constant
from assay.stages.models.outcomes import outcomes_of
from assay.stages.models.served_outcomes import counted_outcomes, label_counts, overdue, served_subject
from assay.stages.monitoring.causes import causes_of_fall
from assay.stages.monitoring.drift import DailyDrift, daily_drift, drift_alarms, find_drift
from assay.stages.monitoring.earlier_models import judge_beside_earlier
from assay.stages.monitoring.estimate import estimate_served, estimate_served_slices
from assay.stages.monitoring.freshness import find_freshness
from assay.stages.monitoring.service_in_mlflow import show_service
from assay.stages.promotion.aliases import repair_aliases
from assay.stages.promotion.pause import paused
from assay.stages.reviews.action_review import due_reviews
from assay.stages.reviews.cadence import age_finding, cadence_of
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.runtime.run_costs import judge_run_costs
from assay.stages.runtime.spark_failures import spark_failures
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
    outcomes of a night that was missed. At its end aliases of MLflow that lag behind the promotions are repaired, and
    MLflow shows what was measured.

    The exit code is 3 when the verdict is downgrade, or when a metric cannot be computed.
    """
    outcome = _judge_served_days(ctx, interval)
    if repair_aliases(ctx) and outcome.run_id is not None:
        show_service(ctx)
    return outcome


def _judge_served_days(ctx: Context, interval: Interval) -> StageOutcome:
    name = ctx.pipeline.name
    days = days_to_measure(ctx, interval)
    if not any(day in interval for day in days):
        return _nothing_scored(ctx, interval)
    run_id = new_run_id("monitor")
    with spark_failures():
        outcomes = measure_served(ctx, days, interval)
    if outcomes:
        ctx.profiles.write("outcomes", served_subject(ctx), run_id, outcomes)
    version = days[max(day for day in days if day in interval)].version
    version_outcomes = {day: profile for day, profile in outcomes.items() if days[day].version == version}
    daily, cadence = daily_drift(ctx, version, interval.end, keep=True), cadence_of(ctx, version)
    findings = [
        *find_drift(ctx, interval, daily),
        *_served(ctx, daily, version_outcomes, interval.end),
        *age_finding(ctx, version, interval.end, cadence),
        *judge_run_costs(ctx),
        *find_freshness(ctx, interval.end, outcomes),
    ]
    verdict = decide_action(findings)
    details = MonitoringDetails(
        version=version,
        drifted=drift_alarms(findings),
        better=better_version(findings),
        reviews=due_reviews(ctx, interval, _by_version(days, outcomes, interval.end)),
        cadence=cadence,
    )
    _record(ctx, run_id, interval, days, outcomes, verdict, details)
    exit_code = 3 if verdict.status is Status.FAIL else 0
    sentence = f"{verdict.sentence} Action: {verdict.action}."
    return StageOutcome("monitor", name, run_id, sentence, status=verdict.action, exit_code=exit_code)


def _by_version(
    days: Mapping[date, Scored], outcomes: Mapping[date, OutcomeProfile], at: date
) -> dict[ModelVersion, dict[date, DayMeasurement]]:
    """Return what this monitoring measured, by the version that scored each day."""
    measured: dict[ModelVersion, dict[date, DayMeasurement]] = {}
    for day, profile in outcomes.items():
        measured.setdefault(days[day].version, {})[day] = DayMeasurement(profile, at)
    return measured


def _nothing_scored(ctx: Context, interval: Interval) -> StageOutcome:
    """Skip an interval without scores; where the spec limits their age, record that they or their sources are late."""
    name, sentence = ctx.pipeline.name, f"nothing of {interval} is scored, so there is nothing to judge"
    held = paused(ctx)
    if held is not None:
        return StageOutcome("monitor", name, None, f"{sentence}: {held.sentence}", RunStatus.SKIPPED)
    warned = [one for one in find_freshness(ctx, interval.end) if one.status is Status.WARN]
    late = [one for one in warned if one.check != LABELS]  # nothing was measured tonight
    earlier = scored_days(ctx, Interval(date.min, interval.end)) if late else {}
    if not earlier:
        return StageOutcome("monitor", name, None, sentence, RunStatus.SKIPPED)
    run_id, verdict = new_run_id("monitor"), decide_action(late)
    _record(ctx, run_id, interval, {}, {}, verdict, MonitoringDetails(version=earlier[max(earlier)].version))
    sentence = f"{sentence}. {verdict.sentence} Action: {verdict.action}."
    return StageOutcome("monitor", name, run_id, sentence, status=verdict.action)


def days_to_measure(ctx: Context, interval: Interval) -> dict[date, Scored]:
    """Return the scored days whose outcomes are measured now.

    - The days of the interval, and the `label_delay` days before it, whose labels came in meanwhile.
    - Of the RECENT_DAYS days before these, those that are mature and were never measured so, since a night was missed.
    - Once a week one mature day, to learn how many of its labels came late.
    """
    delay = ctx.pipeline.spec.label.label_delay
    back = interval.back(delay)
    days = scored_days(ctx, back.back(RECENT_DAYS))
    missed = overdue(ctx, {day: scored.run_id for day, scored in days.items()}, interval.end)
    again = later_days(interval.start, interval.end, delay)
    return {day: scored for day, scored in days.items() if day in back or day in missed or day in again}


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
    kpis = [KpiLimits(name, kpi.at_least, kpi.at_most) for name, kpi in spec.monitor.kpis.items()]
    findings = judge_served(served, policy_of(ctx), kpis)
    findings += causes_of_fall(ctx, findings, daily.promised, counted.days)
    findings += judge_beside_earlier(ctx, version, counted.days)
    counts = label_counts(
        ctx, {day: LabelCount(day, (at - day).days - 1, one.overall.rows) for day, one in fresh.items()}
    )
    findings += maturity_finding(maturity_curve(counts, spec.label.label_delay), spec.label.label_delay)
    findings += estimate_served(ctx, daily.promised, daily.scores, counted)
    return [*findings, *estimate_served_slices(ctx, daily.promised, fresh, counted)]


def _record(
    ctx: Context,
    run_id: str,
    interval: Interval,
    days: Mapping[date, Scored],
    outcomes: Mapping[date, OutcomeProfile],
    verdict: Verdict,
    details: MonitoringDetails,
) -> None:
    name = ctx.pipeline.name
    ctx.runs.write(run_id, VERDICT, verdict)
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
