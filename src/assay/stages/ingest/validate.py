"""validate: judge the stored Profiles again, by today's suite, without a JVM; --rescan measures the data anew."""

from __future__ import annotations

from datetime import date

from assay.core.check import Check, Finding, Status
from assay.core.expectations.judge import judge_expectations
from assay.core.interval import Interval
from assay.core.profiles.table_profile import TableProfile
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.core.verdict import Action, Verdict, VerdictSummary
from assay.errors import InputError
from assay.quality.suite import needs_fallback
from assay.stages.ingest.clean import judge_day, measured_columns, show_examples, suite_checks, vetted_checks
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.tables.owners import refuse_other_definitions
from assay.store.ledger.run_details import ValidationDetails
from assay.store.ledger.run_documents import DAILY_VERDICTS
from assay.store.ledger.run_record import PartitionState, PartitionStatus, new_run_id


def validate(ctx: Context, table: str, interval: Interval, *, rescan: bool = False) -> StageOutcome:
    """Record a verdict for each published day of the interval; exit 3 when a blocking check does not hold."""
    refuse_other_definitions(ctx, [table])
    latest = ctx.ledger.latest("clean", table)
    days = [day for day in interval if day in latest and latest[day][1].state is PartitionStatus.PUBLISHED]
    if not days:
        raise InputError(
            f"no published day of the table '{table}' lies in {interval}",
            code="nothing-published",
            hint=f"run 'assay clean {ctx.pipeline.name} --table {table}' first, or release what is held",
        )
    with spark_failures():
        checks = vetted_checks(ctx, table) if rescan else suite_checks(ctx, table)
    verdicts = _rescan(ctx, table, days, checks) if rescan else _stored(ctx, table, days, checks)
    return _record(ctx, table, interval, verdicts, rescan=rescan)


def _record(
    ctx: Context, table: str, interval: Interval, verdicts: dict[date, Verdict], *, rescan: bool
) -> StageOutcome:
    run_id, latest = new_run_id("validate"), ctx.ledger.latest("clean", table)
    ctx.runs.write(run_id, DAILY_VERDICTS, verdicts)
    bad = [day for day, verdict in verdicts.items() if verdict.status is Status.FAIL]
    weak = [day for day, verdict in verdicts.items() if verdict.status is Status.WARN]
    good = len(verdicts) - len(bad) - len(weak)
    sentence = f"{table}: of {quantity(len(verdicts), 'day')} {good} pass, {len(weak)} warn, {len(bad)} fail"
    if bad or weak:
        first = (bad or weak)[0]
        sentence += f"; {first}: {verdicts[first].sentence}"
    status = Status.FAIL if bad else Status.WARN if weak else Status.PASS
    ctx.ledger.append(
        ctx.record(
            run_id,
            "validate",
            table,
            interval,
            RunStatus.FAILED if bad else RunStatus.DONE,
            partitions={
                str(day): PartitionState(PartitionStatus(verdict.status.value), latest[day][1].identity, {})
                for day, verdict in verdicts.items()
            },
            counts={"days": len(verdicts), "warn": len(weak), "fail": len(bad)},
            verdict=VerdictSummary(status, Action.HOLD if bad else Action.PUBLISH, sentence),
            details=ValidationDetails(rescan=rescan),
        )
    )
    return StageOutcome("validate", table, run_id, sentence, status=status, exit_code=3 if bad else 0)


def _stored(ctx: Context, table: str, days: list[date], checks: list[Check]) -> dict[date, Verdict]:
    """Return the verdict on each day's stored Profile.

    Checks that only Great Expectations can judge keep the findings of when the day was cleaned.
    """
    latest = ctx.ledger.latest("clean", table)
    profiles: dict[date, TableProfile] = {}
    for run_id in dict.fromkeys(latest[day][0].measured_by for day in days):
        run_days = [d for d in days if latest[d][0].measured_by == run_id]
        profiles.update(ctx.profiles.read("table", table, run_id, run_days))
    own, other = _own_and_other(checks)
    findings = {
        day: judge_expectations(own, profiles[day], table=table) + _as_judged_before(ctx, table, day, other)
        for day in days
    }
    return {day: judge_day(ctx, table, day, profiles[day], findings[day]) for day in days}


def _rescan(ctx: Context, table: str, days: list[date], checks: list[Check]) -> dict[date, Verdict]:
    """Return the verdict on each day's data, measured anew."""
    from pyspark.sql import functions as F

    from assay.quality.gx_runner import judge_with_gx
    from assay.spark.profiling.partition_checks import measure_holistic
    from assay.spark.profiling.profile_job import empty_profile, measure
    from assay.spark.tables.delta_tables import read_table

    columns, partition = measured_columns(ctx, table), F.col(ctx.partition)
    own, other = _own_and_other(checks)
    with spark_failures():
        frame = read_table(ctx.spark, ctx.folder("clean", table)).where(partition.isin(days))
        measured = measure(frame, ctx.partition, columns, checks)
        profiles = {day: measured.get(day) or empty_profile(columns, checks) for day in days}
        profiles = measure_holistic(frame, ctx.partition, ctx.table(table).key, checks, profiles)
        findings = {
            day: judge_expectations(own, profiles[day], table=table)
            + judge_with_gx(frame.where(partition == F.lit(day)), other, table=table)
            for day in days
        }
        findings = show_examples(ctx, table, frame, own, findings)
        return {day: judge_day(ctx, table, day, profiles[day], findings[day]) for day in days}


def _own_and_other(checks: list[Check]) -> tuple[list[Check], list[Check]]:
    """Return the checks that Assay judges itself, and those that only Great Expectations can."""
    own = [check for check in checks if not needs_fallback(check)]
    return own, [check for check in checks if needs_fallback(check)]


def _as_judged_before(ctx: Context, table: str, day: date, checks: list[Check]) -> list[Finding]:
    """Return what Great Expectations found when the day was cleaned; a check that was not run then cannot pass."""
    if not checks:
        return []
    run_id = ctx.ledger.latest("clean", table)[day][0].measured_by
    stored = ctx.runs.read(run_id, DAILY_VERDICTS)[day]
    findings: list[Finding] = []
    for check in checks:
        same = [f for f in stored.findings if f.check == check.type and f.details.get("check_id") == check.id]
        findings += same or [
            Finding(
                check.type,
                Status.FAIL,
                f"{check.type} was not measured on {day}; 'assay validate --rescan' runs it.",
                check.severity,
                check.column,
            )
        ]
    return findings
