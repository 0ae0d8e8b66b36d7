"""monitor: what drifted, what became of the scores that were served, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.check import Finding, Severity, Status
from assay.core.drift import drifting_since, judge_drift
from assay.core.interval import Interval, as_of_instant
from assay.core.outcome import OutcomeProfile, merge_outcomes
from assay.core.profile import ColumnState, TableProfile, merge_profiles
from assay.core.served import Served, conclude, judge_served
from assay.core.verdict import Verdict
from assay.stages.challenge import served_outcomes
from assay.stages.context import Context, Outcome, spark_failures
from assay.stages.gate import policy_of
from assay.stages.inputs import feature_key
from assay.stages.outcomes import outcomes_of
from assay.stages.versions import about_version, trained_profile
from assay.store.record import Identity, PartitionState, new_run_id

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ROLES = ("score", "shadow")


@dataclass(frozen=True, slots=True)
class Scored:
    """A day that was scored: by which run and version, and by which challenger in the shadow (0 for none)."""

    run_id: str
    version: int
    challenger: int


def monitor(ctx: Context, interval: Interval) -> Outcome:
    """Judge the interval's inputs and scores, and all outcomes known by its end; exit 3 when the verdict is downgrade.

    The outcomes of days shortly before the interval are measured again: they were still coming in.
    """
    name = ctx.pipeline.name
    days = scored_days(ctx, interval.back(ctx.pipeline.spec.label.settled))
    if not any(day in interval for day in days):
        return Outcome(
            "monitor", name, None, f"nothing of {interval} is scored, so there is nothing to judge", "skipped"
        )
    run_id = new_run_id("monitor")
    with spark_failures():
        outcomes = measure_served(ctx, days, interval)
    for role in ROLES:
        if outcomes[role]:
            ctx.profiles.write("outcomes", f"{name}.{role}", run_id, outcomes[role])
    version = days[max(day for day in days if day in interval)].version
    mine = {day: profile for day, profile in outcomes["score"].items() if days[day].version == version}
    findings = [*_drift(ctx, interval, days, version), *_served(ctx, version, mine)]
    verdict = conclude(findings)
    ctx.runs.write(run_id, "verdict", verdict.to_json())
    _record(ctx, run_id, interval, days, outcomes, verdict, version)
    exit_code = 3 if verdict.status is Status.FAIL else 0
    sentence = f"{verdict.sentence} Action: {verdict.action}."
    return Outcome("monitor", name, run_id, sentence, status=verdict.action, exit_code=exit_code)


def scored_days(ctx: Context, interval: Interval) -> dict[date, Scored]:
    """The days of the interval that were scored, with who scored them."""
    latest = ctx.ledger.latest("score", ctx.pipeline.name)
    return {
        day: Scored(record.run_id, state.counts["version"], state.counts.get("challenger", 0))
        for day, (record, state) in latest.items()
        if day in interval and state.state == "scored"
    }


def measure_served(
    ctx: Context, days: Mapping[date, Scored], interval: Interval
) -> dict[str, dict[date, OutcomeProfile]]:
    """The outcomes of the scores that were served, and of the shadow's, as known when the interval ended."""
    shadowed = [day for day, scored in days.items() if scored.challenger]
    frame = _served_frame(ctx, days, shadowed, interval)
    scores = {"score": "score"} | ({"shadow": "shadow"} if shadowed else {})
    measured = outcomes_of(ctx, frame, scores, trained_profile(ctx, days[max(days)].version))
    shadow = {day: profile for day, profile in measured.get("shadow", {}).items() if day in shadowed}
    return {"score": measured["score"], "shadow": shadow}


def _served_frame(ctx: Context, days: Mapping[date, Scored], shadowed: list[date], interval: Interval) -> DataFrame:
    from pyspark.sql import functions as F

    from assay.spark.label import with_label
    from assay.spark.tables import read_table

    spec, key = ctx.pipeline.spec, feature_key(ctx)
    reach = Interval(min(days), interval.end)

    def read(kind: str, name: str) -> DataFrame:
        return read_table(ctx.spark, ctx.folder(kind, name), partition=ctx.partition, interval=reach)

    frame = read("predictions", ctx.pipeline.name).where(F.col(ctx.partition).isin(list(days))).select(*key, "score")
    if shadowed:
        shadow = read("predictions_shadow", ctx.pipeline.name).where(F.col(ctx.partition).isin(shadowed))
        frame = frame.join(shadow.select(*key, F.col("score").alias("shadow")), on=key, how="left")
        frame = frame.withColumn("shadow", F.coalesce("shadow", "score"))
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
        name=spec.label.as_,
        known_before=as_of_instant(interval.end, spec.as_of, ctx.pipeline.zone),
        known_at=ctx.table(outcomes).known_at,
        partition=ctx.partition,
    )


def _drift(ctx: Context, interval: Interval, days: Mapping[date, Scored], version: int) -> list[Finding]:
    """The drift of features and scores over the interval against the champion's training and holdout."""
    by_run: dict[str, list[date]] = {}
    for day, scored in days.items():
        if day in interval and scored.version == version:
            by_run.setdefault(scored.run_id, []).append(day)
    current: dict[date, TableProfile] = {}
    for run_id, mine in by_run.items():
        current.update(ctx.profiles.read("features", ctx.pipeline.name, run_id, mine))
    merged = merge_profiles(current.values())
    if merged is None:
        return []
    reference = reference_profile(ctx, version)
    spec = ctx.pipeline.spec.monitor
    columns = [name for name in merged.columns if name in reference.columns]
    findings = judge_drift(reference, merged, floor=spec.psi, alarms_per_month=spec.alarms_per_month, columns=columns)
    drifted = [f for f in findings if f.status is not Status.PASS]
    since = drifting_since(
        current,
        reference,
        floor=spec.psi,
        alarms_per_month=spec.alarms_per_month,
        columns=[str(f.column) for f in drifted],
    )
    return [_dated(finding, since) for finding in findings]


def _dated(finding: Finding, since: Mapping[str, date]) -> Finding:
    day = since.get(finding.column or "")
    if day is None or finding.status is Status.PASS:
        return finding
    return Finding(
        finding.check,
        finding.status,
        f"{finding.sentence} Since {day}.",
        Severity.WARNING,
        finding.column,
        finding.observed,
        finding.expected,
        {**finding.details, "since": str(day)},
    )


def reference_profile(ctx: Context, version: int) -> TableProfile:
    """What the version was trained on, with the scores that it gave on its holdout as one more column."""
    profile = trained_profile(ctx, version)
    scores = merge_outcomes(promised_outcomes(ctx, version).values()).overall.scores
    columns = dict(profile.columns)
    if scores.total:
        # The holdout kept histograms alone; without a sum, its mean would be told as 0.
        total = scores.centred_sum
        columns["score"] = ColumnState("number", rows=scores.total, total=total, squares=None, histogram=scores)
    return TableProfile(profile.rows, columns)


def promised_outcomes(ctx: Context, version: int) -> dict[date, OutcomeProfile]:
    """The outcomes on the holdout by which the version was promoted."""
    about = about_version(ctx, version)
    profiles: dict[date, OutcomeProfile] = ctx.profiles.read(
        "outcomes", f"{about['subject']}.{about['name']}", about["judged_by"]
    )
    return profiles


def _served(ctx: Context, version: int, fresh: Mapping[date, OutcomeProfile]) -> list[Finding]:
    known = served_outcomes(ctx, "score", version) | dict(fresh)
    recent = dict(sorted(known.items())[-ctx.pipeline.spec.gate.holdout :])
    served = Served(version, recent, promised_outcomes(ctx, version))
    return judge_served(served, policy_of(ctx), list(ctx.pipeline.spec.monitor.kpi))


def _record(
    ctx: Context,
    run_id: str,
    interval: Interval,
    days: Mapping[date, Scored],
    outcomes: Mapping[str, Mapping[date, OutcomeProfile]],
    verdict: Verdict,
    version: int,
) -> None:
    name = ctx.pipeline.name
    partitions: dict[str, PartitionState] = {}
    for day in outcomes["score"]:
        scored = days[day]
        counts: dict[str, int] = {"score": scored.version, "rows": outcomes["score"][day].overall.rows}
        if day in outcomes["shadow"]:
            counts["shadow"] = scored.challenger
        partitions[str(day)] = PartitionState("judged", Identity(name, str(day), scored.run_id, "", ""), counts)
    details: dict[str, Any] = {
        "version": version,
        "drifted": {
            str(f.column): f.observed
            for f in verdict.findings
            if f.check.startswith("drift") and f.status is not Status.PASS
        },
    }
    ctx.ledger.append(
        ctx.record(
            run_id,
            "monitor",
            name,
            interval,
            verdict.action,
            partitions=partitions,
            counts={"days": len(days), "labelled": sum(p.overall.rows for p in outcomes["score"].values())},
            verdict=verdict.summary,
            details=details,
        )
    )
