"""clean: one job computes, measures and judges an interval; each day is then published whole, or held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from assay.core.check import Check, Finding, Status
from assay.core.expectations.judge import judge_expectations
from assay.core.interval import Interval, days_in_words
from assay.core.profiles.table_profile import TableProfile
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.core.verdict import Action, Verdict, judge
from assay.quality.suite import load_suite, needs_fallback
from assay.spec.user_code.functions import code_digest
from assay.stages.ingest.land import manifests_to_clean, not_landed
from assay.stages.ingest.publish import CleanResult, publish_clean
from assay.stages.ingest.shared_days import adopt_days
from assay.stages.ingest.sources.day_source import DaySource, source_of
from assay.stages.planning.tasks import Reason, Task, tasks
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.tables.owners import own_table
from assay.stages.tables.recover import recover
from assay.stages.tables.repairs import replayed_days
from assay.store.landing.table_manifest import LandedDay
from assay.store.ledger.run_record import PartitionFingerprint, input_digest, new_run_id
from assay.store.ledger.table_repairs import NO_REPAIRS, DayRepairs, TableRepairs
from assay.store.locks.locks import hold

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from assay.spark.cleaning.cleaned import Cleaned
    from assay.spark.profiling.profile_job import MeasuredColumn


def plan_clean(
    ctx: Context, table: str, manifests: Mapping[date, LandedDay], repairs: Mapping[date, DayRepairs] | None = None
) -> list[Task]:
    """Return what cleaning the landed days would do, and why; `repairs` are those of the table, read now if None."""
    if repairs is None:
        repairs = TableRepairs(ctx.lake, table).by_day()
    spec = ctx.table(table)
    code = code_digest(spec.function) if spec.function else ""
    section = ctx.pipeline.section_digest(f"tables.{table}", "partition", "timezone")
    wanted = {
        day: PartitionFingerprint(
            table, str(day), input_digest(manifest.digest, repairs.get(day, NO_REPAIRS).digest), code, section
        )
        for day, manifest in manifests.items()
    }
    return tasks("clean", table, wanted, ctx.ledger.latest("clean", table), force=ctx.force)


def clean(ctx: Context, table: str, interval: Interval) -> StageOutcome:
    """Publish or hold every day of the interval whose input, code or spec changed; exit 3 when a day is held.

    Raises:
        InputError: Another pipeline defines the table differently.
    """
    ctx.hint_input_size(interval)
    source_of(ctx, table).check_there()
    own_table(ctx, table, with_code=True)
    manifests = manifests_to_clean(ctx, table, interval)
    with hold(ctx.lake, f"clean/{table}", interval, wait=ctx.wait):
        ownership = own_table(ctx, table, with_code=True)  # its owner may have changed it before this run had the lock
        recover(ctx, ctx.folder("clean", table), ctx.folder("held", table))
        missing = not_landed(ctx, table, interval, manifests)
        repairs = TableRepairs(ctx.lake, table).by_day()
        planned = plan_clean(ctx, table, manifests, repairs)
        due = [task for task in planned if task.due]
        if missing.days and not planned:
            return missing.alone("clean")
        held = [task.day for task in planned if task.reason is Reason.HELD]
        adopted = adopt_days(ctx, table, ownership, due)
        due = [task for task in due if task.day not in adopted.days]
        if not due:
            done = adopted.outcome or _already_done(table, len(planned) - len(held))
            return missing.added_to(_still_held(done, held))
        with spark_failures():
            return missing.added_to(_still_held(_clean_due(ctx, table, due, manifests, repairs), held))


def _clean_due(
    ctx: Context,
    table: str,
    due: list[Task],
    manifests: Mapping[date, LandedDay],
    repairs: Mapping[date, DayRepairs],
) -> StageOutcome:
    from assay.spark.cleaning.row_accounting import check_balance, measure_cleaned
    from assay.spark.profiling.partition_checks import measure_holistic

    run_id = new_run_id("clean")
    days = [task.day for task in due]
    checks = vetted_checks(ctx, table)
    source, inputs = source_of(ctx, table), {day: manifests[day] for day in days}
    applied = {day: repairs[day] for day in days if day in repairs}
    cleaned = source.cleaned(inputs, applied)
    try:
        with _unless_changed(source, inputs):
            profiles, counts = measure_cleaned(cleaned, measured_columns(ctx, table), checks, days)
            for day in days:
                check_balance(manifests[day].lines, counts[day])
        profiles = measure_holistic(cleaned.good, ctx.partition, ctx.table(table).key, checks, profiles)
        verdicts = judge_days(ctx, table, cleaned, checks, profiles, days)
        source.refuse_changed(inputs)
        replayed = replayed_days(applied, cleaned.replayed)
        result = CleanResult(table, run_id, due, cleaned, counts, profiles, verdicts, manifests, replayed)
        return publish_clean(ctx, result)
    finally:
        cleaned.forget()


@contextmanager
def _unless_changed(source: DaySource, manifests: Mapping[date, LandedDay]) -> Iterator[None]:
    """Raise the error of a source that changed meanwhile before any other: lost rows or a missing file follow of it."""
    try:
        yield
    except Exception:
        source.refuse_changed(manifests)
        raise


def suite_checks(ctx: Context, table: str) -> list[Check]:
    """Return the checks of a table's suite, none without a suite."""
    path: Path | None = ctx.pipeline.suite_path(table)
    if path is None:
        return []
    root = ctx.pipeline.project.root
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    return load_suite(path, ctx.pipeline.columns(table), name=name)


def vetted_checks(ctx: Context, table: str) -> list[Check]:
    """Return the checks of `suite_checks`, after Java, Spark and Great Expectations have accepted them too.

    A check that they would refuse in the middle of a job is refused before a job runs.
    """
    from assay.quality.gx_runner import check_arguments
    from assay.spark.cleaning.suite_analysis import check_suite

    checks = suite_checks(ctx, table)
    if checks:
        check_suite(ctx.spark, checks, ctx.pipeline.columns(table))
        check_arguments([check for check in checks if needs_fallback(check)])
    return checks


def measured_columns(ctx: Context, table: str) -> list[MeasuredColumn]:
    """Return the columns of a table with the grids that its schema gives them."""
    from assay.spark.profiling.profile_job import MeasuredColumn

    schema = ctx.pipeline.schemas[table]
    exponents = {column.name: column.bin_exponent for column in schema.columns}
    return [MeasuredColumn(name, kind, exponents.get(name)) for name, kind in ctx.pipeline.columns(table)]


def judge_days(
    ctx: Context,
    table: str,
    cleaned: Cleaned,
    checks: list[Check],
    profiles: Mapping[date, TableProfile],
    days: list[date],
) -> dict[date, Verdict]:
    """Return a verdict for each day: Assay judges the suite's checks over the Profile, Great Expectations the rest."""
    other = [check for check in checks if needs_fallback(check)]
    own = [check for check in checks if not needs_fallback(check)]
    fallback = _fallback(ctx, table, cleaned, other, days) if other else {}
    findings = {day: judge_expectations(own, profiles[day], table=table) + fallback.get(day, []) for day in days}
    with_examples = show_examples(ctx, table, cleaned.good, own, findings)
    return {day: judge_day(ctx, table, day, profiles[day], with_examples[day]) for day in days}


def show_examples(
    ctx: Context, table: str, frame: DataFrame, checks: list[Check], findings: dict[date, list[Finding]]
) -> dict[date, list[Finding]]:
    """Return the findings with as many rows of `frame` that break them as the table's spec wants to see."""
    from assay.spark.profiling.failing_rows import with_examples

    spec = ctx.table(table)
    return with_examples(frame, ctx.partition, spec.key, checks, findings, limit=spec.examples)


def judge_day(ctx: Context, table: str, day: date, profile: TableProfile, findings: list[Finding]) -> Verdict:
    """Return the verdict on a day; without a suite, only a day without rows fails, where the spec does not allow it."""
    if profile.rows == 0 and ctx.table(table).empty == "allow":
        return Verdict(Status.WARN, Action.PUBLISH, f"{table} is empty on {day}, which its spec allows.")
    return judge(findings or [_rows(table, profile)], when_good=Action.PUBLISH, when_bad=Action.HOLD)


def _rows(table: str, profile: TableProfile) -> Finding:
    status = Status.PASS if profile.rows else Status.FAIL
    return Finding(
        "table.rows", status, f"{table} has {quantity(profile.rows, 'row')}.", observed=profile.rows, expected="some"
    )


def _fallback(
    ctx: Context, table: str, cleaned: Cleaned, checks: list[Check], days: list[date]
) -> dict[date, list[Finding]]:
    from pyspark.sql import functions as F

    from assay.quality.gx_runner import judge_with_gx

    ctx.progress(f"Great Expectations judges {quantity(len(checks), 'expectation')} on {quantity(len(days), 'day')}")
    good, partition = cleaned.good, F.col(ctx.partition)
    return {day: judge_with_gx(good.where(partition == F.lit(day)), checks, table=table) for day in days}


def _already_done(table: str, days: int) -> StageOutcome:
    return StageOutcome("clean", table, None, f"{table}: {quantity(days, 'day')} already clean")


def _still_held(outcome: StageOutcome, held: list[date]) -> StageOutcome:
    """Return the outcome with the days that an earlier run held and that nothing has changed since: exit 3."""
    if not held:
        return outcome
    days = f"{quantity(len(held), 'day')} still held ({days_in_words(held)})"
    still = f"{days}: release with a reason, or land a new drop"
    return replace(outcome, sentence=f"{outcome.sentence}; {still}", status=RunStatus.HELD, exit_code=3)
