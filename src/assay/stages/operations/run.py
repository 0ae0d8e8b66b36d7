"""run: the whole chain over an interval, by the same plan that `plan` prints."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.errors import AssayError, InputError
from assay.stages.features.inputs import published_days
from assay.stages.ingest.clean import clean, plan_clean
from assay.stages.ingest.land import land, manifests_to_clean, not_landed, take_manifests
from assay.stages.ingest.sources.day_source import source_of
from assay.stages.ingest.validate import validate
from assay.stages.operations.training_steps import model_steps
from assay.stages.planning.expected_duration import RunHistory
from assay.stages.planning.step import TABLE_STAGES, Planned, Step, say
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.tables.owners import refuse_other_definitions

TABLES_AT_ONCE = 3
STAGES = ("land", "clean", "validate", "train", "gate", "score", "monitor")


def select_stages(selection: str | None) -> list[str]:
    """Return the stages that a selection such as 'clean..gate' or 'score' names, in order; all of them for None.

    >>> select_stages("clean..train")
    ['clean', 'validate', 'train']
    """
    if selection is None:
        return list(STAGES)
    ends = selection.split("..")
    for end in ends:
        if end not in STAGES:
            raise InputError(
                f"there is no stage '{end}'", code="unknown-stage", hint=f"the stages: {', '.join(STAGES)}"
            )
    first, last = STAGES.index(ends[0]), STAGES.index(ends[-1])
    if len(ends) > 2 or first > last:
        raise InputError(f"'{selection}' selects no stages", code="bad-selection", hint="write it as clean..gate")
    return list(STAGES[first : last + 1])


def table_interval(ctx: Context, table: str, interval: Interval) -> Interval:
    """Return the dates of a table that a run over `interval` covers: outcomes still arrive for some days before it."""
    label = ctx.pipeline.spec.label
    return interval.back(label.label_delay) if table == label.from_ else interval


def plan(ctx: Context, interval: Interval, stages: list[str]) -> list[Step]:
    """Return the steps of a run, in order, each with what is due in it and why.

    Raises:
        InputError: Another pipeline defines one of the tables differently.
    """
    refuse_other_definitions(ctx, ctx.pipeline.spec.tables)
    steps: list[Step] = []
    for table in ctx.pipeline.spec.tables:
        steps += _table_plan(ctx, table, interval, stages)
    return steps + model_steps(ctx, interval, stages)


def _table_plan(ctx: Context, table: str, interval: Interval, stages: list[str]) -> list[Step]:
    wanted = table_interval(ctx, table, interval)
    first = min(source_of(ctx, table).dates(), default=wanted.start)
    if first < wanted.end:
        return _table_steps(ctx, table, Interval(max(wanted.start, first), wanted.end), stages)
    # A table's history has to begin somewhere.
    before = f"{table}: its first drop is that of {first}, so there is nothing of {wanted}"
    stage = next((stage for stage in stages if stage in TABLE_STAGES), None)
    if stage is None:
        return []
    outcome = StageOutcome(stage, table, None, before, status=RunStatus.SKIPPED)
    return [Step(stage, table, wanted, ctx, lambda: outcome, say(before), skipped=True)]


def _table_steps(ctx: Context, table: str, interval: Interval, stages: list[str]) -> list[Step]:
    steps = []
    if "land" in stages:
        steps.append(
            Step("land", table, interval, ctx, lambda: land(ctx, table, interval), say("checks what was dropped"))
        )
    if "clean" in stages:
        steps.append(
            Step(
                "clean",
                table,
                interval,
                ctx,
                lambda: clean(ctx, table, interval),
                lambda: _look_at_clean(ctx, table, interval, lands="land" in stages),
            )
        )
    if "validate" in stages:
        steps.append(
            Step("validate", table, interval, ctx, lambda: validate(ctx, table, interval), say("re-judges Profiles"))
        )
    return steps


def _look_at_clean(ctx: Context, table: str, interval: Interval, *, lands: bool) -> Planned:
    """Return what cleaning would do, which days have not landed, and the owner of the table.

    Without `lands` cleaning would read the versions that are pinned already.
    """
    owned = refuse_other_definitions(ctx, [table]).get(table)
    sentence = owned.sentence if owned else ""
    try:
        if lands:
            manifests = take_manifests(ctx, table, interval)
        else:
            manifests = manifests_to_clean(ctx, table, interval, record=False)
    except InputError as error:
        return [], "; ".join(filter(None, (error.message, sentence)))
    missing = not_landed(ctx, table, interval, manifests).sentence
    return plan_clean(ctx, table, manifests), "; ".join(filter(None, (missing, sentence)))


def run(
    ctx: Context, interval: Interval, stages: list[str], on_outcome: Callable[[StageOutcome], None] | None = None
) -> list[StageOutcome]:
    """Execute the plan step by step and return what each did; `on_outcome` is called with each outcome.

    A held day does not stop the others: the steps go on with what is published, and the exit code reports it. The steps
    after the tables are planned when the tables are done, since these decide what may be read.

    Raises:
        InputError: Another pipeline defines one of the tables differently. Nothing is written then.
    """
    ctx.hint_input_size(interval)
    outcomes: list[StageOutcome] = []

    def record_outcome(outcome: StageOutcome) -> None:
        outcomes.append(outcome)
        if on_outcome is not None:
            on_outcome(outcome)
        else:
            ctx.progress(f"{outcome.stage:<9} {outcome.sentence}")

    tables = [stage for stage in stages if stage in TABLE_STAGES]
    rest = [stage for stage in stages if stage not in TABLE_STAGES]
    refuse_other_definitions(ctx, ctx.pipeline.spec.tables)
    _announce(ctx, interval, tables, rest)
    if tables:
        _run_tables(ctx, interval, tables, record_outcome)
        _announce(ctx, interval, tables, rest)
    for step in model_steps(ctx, interval, rest):
        record_outcome(_execute(step))
    return outcomes


def _announce(ctx: Context, interval: Interval, tables: list[str], rest: list[str]) -> None:
    """Give the steps to the watch: before the tables with what is known then, and after them.

    An error belongs to the run itself, which meets it where it acts.
    """
    if not ctx.watch.active:
        return
    with suppress(AssayError):
        steps = [step for table in ctx.pipeline.spec.tables for step in _table_plan(ctx, table, interval, tables)]
        steps += model_steps(ctx, interval, rest)
        history = RunHistory(ctx)
        ctx.watch.planned(
            [history.watched_step(one.stage, one.subject, one.interval, skipped=one.skipped) for one in steps]
        )


def _run_tables(
    ctx: Context, interval: Interval, stages: list[str], record_outcome: Callable[[StageOutcome], None]
) -> None:
    """Run the steps of each table in order, the tables beside each other: a small job plans on one core for long."""

    def work(table: str) -> None:
        for step in _table_plan(ctx.fork_session(), table, interval, stages):
            record_outcome(_execute(step))

    if "clean" in stages:
        _ = ctx.spark
    with ThreadPoolExecutor(TABLES_AT_ONCE, thread_name_prefix="assay-table") as pool:
        for done in [pool.submit(work, table) for table in ctx.pipeline.spec.tables]:
            done.result()


def _execute(step: Step) -> StageOutcome:
    ctx, of = step.context, (step.stage, step.subject, step.interval.start)
    table = {"validate": step.subject, "score": ctx.pipeline.spec.features.rows}.get(step.stage)
    ctx.watch.began(*of)
    try:
        if table is not None and not published_days(ctx, table, step.interval):
            sentence = f"{table}: nothing of {step.interval} is published"
            return StageOutcome(step.stage, step.subject, None, sentence, RunStatus.SKIPPED)
        ctx.meter.start_stage()
        return step.execute()
    finally:
        ctx.watch.ended(*of)
