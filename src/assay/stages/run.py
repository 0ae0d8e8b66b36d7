"""run: the whole chain over an interval, from the very plan that `plan` prints."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from assay.core.interval import Interval
from assay.errors import InputError
from assay.stages.asked import too_little_history
from assay.stages.challenge import challenge
from assay.stages.clean import clean, plan_clean
from assay.stages.context import Context, Outcome
from assay.stages.gate import gate
from assay.stages.inputs import published_days
from assay.stages.land import land, take_manifests
from assay.stages.monitor import monitor
from assay.stages.planning import Reason, Task
from assay.stages.schedule import training_day
from assay.stages.score import plan_score, score
from assay.stages.train import plan_train, train
from assay.stages.validate import validate

TABLE_STAGES = ("land", "clean", "validate")
TABLES_AT_ONCE = 3
STAGES = ("land", "clean", "validate", "train", "gate", "score", "monitor", "challenge")


Planned = tuple[list[Task], str]
"""The partitions that a step would look at; none, with a note, when that is only known once earlier steps ran."""


@dataclass(frozen=True)
class Step:
    """One stage of one subject over an interval: what `plan` shows and `run` executes.

    `look` finds out what is planned, and is called only when somebody asks: a stage that runs looks for itself, and
    landed files need not be hashed once more for it.
    """

    stage: str
    subject: str
    interval: Interval
    context: Context
    execute: Callable[[], Outcome]
    look: Callable[[], Planned]

    @cached_property
    def planned(self) -> Planned:
        """What it would do, looked up once."""
        return self.look()

    @property
    def tasks(self) -> list[Task]:
        """The partitions it would look at, each with its reason."""
        return self.planned[0]

    @property
    def note(self) -> str:
        """What is to be said of it besides."""
        return self.planned[1]

    @property
    def due(self) -> int:
        """How many partitions it would compute."""
        return sum(task.due for task in self.tasks)


def select_stages(selection: str | None) -> list[str]:
    """The stages that a selection such as 'clean..gate' or 'score' names, in order; all of them for None.

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
    """The dates of a table that a run over `interval` covers: outcomes still arrive for some days before it."""
    label = ctx.pipeline.spec.label
    return interval.back(label.settled) if table == label.from_ else interval


def plan(ctx: Context, interval: Interval, stages: list[str]) -> list[Step]:
    """The steps of a run, in order, each with what is due in it and why."""
    steps: list[Step] = []
    for table in ctx.pipeline.spec.tables:
        steps += _table_plan(ctx, table, interval, stages)
    name = ctx.pipeline.name
    day = training_day(ctx.pipeline.spec.schedule.get("train"), interval)
    if day is not None and ("train" in stages or "gate" in stages):
        steps += _training_steps(ctx, day, stages)
    if "score" in stages:
        steps.append(
            Step(
                "score",
                name,
                interval,
                ctx,
                lambda: score(ctx, interval),
                _look_at(lambda: plan_score(ctx, interval)),
            )
        )
    if "monitor" in stages:
        steps.append(
            Step("monitor", name, interval, ctx, lambda: monitor(ctx, interval), _say("judges what is known by then"))
        )
    if "challenge" in stages:
        look = _say("if there is a challenger")
        steps.append(Step("challenge", name, interval, ctx, lambda: challenge(ctx, interval.dates()[-1]), look))
    return steps


def _table_plan(ctx: Context, table: str, interval: Interval, stages: list[str]) -> list[Step]:
    reach = _landed_part(ctx, table, table_interval(ctx, table, interval))
    return [] if reach is None else _table_steps(ctx, table, reach, stages)


def _landed_part(ctx: Context, table: str, interval: Interval) -> Interval | None:
    """The interval without the days before the table's first drop: a table's history has to begin somewhere."""
    from assay.store.manifests import landed_dates

    landed = landed_dates(ctx.landing, ctx.table(table).from_.path)
    if not landed:
        return interval
    start = max(interval.start, min(landed))
    return Interval(start, interval.end) if start < interval.end else None


def _table_steps(ctx: Context, table: str, interval: Interval, stages: list[str]) -> list[Step]:
    steps = []
    if "land" in stages:
        steps.append(
            Step("land", table, interval, ctx, lambda: land(ctx, table, interval), _say("checks what was dropped"))
        )
    if "clean" in stages:
        steps.append(
            Step(
                "clean",
                table,
                interval,
                ctx,
                lambda: clean(ctx, table, interval),
                _look_at(lambda: plan_clean(ctx, table, take_manifests(ctx, table, interval))),
            )
        )
    if "validate" in stages:
        steps.append(
            Step("validate", table, interval, ctx, lambda: validate(ctx, table, interval), _say("re-judges Profiles"))
        )
    return steps


def _training_steps(ctx: Context, day: date, stages: list[str]) -> list[Step]:
    name, alone = ctx.pipeline.name, Interval.of(day)
    sentence = too_little_history(ctx, day)
    if sentence:
        skipped = Outcome("train", name, None, sentence, status="skipped")
        return [Step("train", name, alone, ctx, lambda: skipped, _say(sentence))] if "train" in stages else []
    steps = []
    if "train" in stages:
        steps.append(
            Step("train", name, alone, ctx, lambda: train(ctx, day), _look_at(lambda: [plan_train(ctx, day)[1]]))
        )
    if "gate" in stages:
        steps.append(Step("gate", name, alone, ctx, lambda: gate(ctx, day), lambda: ([], _about_the_gate(ctx, day))))
    return steps


def _about_the_gate(ctx: Context, day: date) -> str:
    from assay.stages.sensitivity import what_the_holdout_shows

    return "; ".join(filter(None, ("judges what was trained", what_the_holdout_shows(ctx, day))))


def _look_at(plan: Callable[[], list[Task]]) -> Callable[[], Planned]:
    """Finds the tasks when called, or none with the reason why they cannot be known yet."""

    def look() -> Planned:
        try:
            return plan(), ""
        except InputError as error:
            return [], error.message

    return look


def _say(note: str) -> Callable[[], Planned]:
    return lambda: ([], note)


def run(
    ctx: Context, interval: Interval, stages: list[str], on_outcome: Callable[[Outcome], None] | None = None
) -> list[Outcome]:
    """Execute the plan step by step and return what each did; `on_outcome` hears of each as it ends.

    A held day does not stop the others: the steps go on with what is published, and the exit code tells. What follows
    the tables is planned when they are done, since they decide what it may read.
    """
    ctx.expect(interval)
    outcomes: list[Outcome] = []

    def told(outcome: Outcome) -> None:
        ctx.progress(f"{outcome.stage:<9} {outcome.sentence}")
        outcomes.append(outcome)
        if on_outcome is not None:
            on_outcome(outcome)

    tables = [stage for stage in stages if stage in TABLE_STAGES]
    rest = [stage for stage in stages if stage not in TABLE_STAGES]
    if tables:
        _run_tables(ctx, interval, tables, told)
    for step in plan(ctx, interval, rest) if rest else []:
        told(_execute(step) if step.stage != "challenge" else _after_monitoring(step, outcomes))
    return outcomes


def _run_tables(ctx: Context, interval: Interval, stages: list[str], told: Callable[[Outcome], None]) -> None:
    """The steps of each table in their order, the tables beside each other: a small job plans on one core for long."""

    def work(table: str) -> None:
        for step in _table_plan(ctx.beside(), table, interval, stages):
            told(_execute(step))

    if "clean" in stages:
        _ = ctx.spark
    with ThreadPoolExecutor(TABLES_AT_ONCE, thread_name_prefix="assay-table") as pool:
        for done in [pool.submit(work, table) for table in ctx.pipeline.spec.tables]:
            done.result()


def _after_monitoring(step: Step, outcomes: list[Outcome]) -> Outcome:
    """No look is taken at the challenger when the monitor asks for a downgrade: a person, or the rollback, is due."""
    if any(outcome.stage == "monitor" and outcome.exit_code for outcome in outcomes):
        sentence = "no look is taken: the monitor asks for a downgrade"
        return Outcome("challenge", step.subject, None, sentence, status="skipped")
    return _execute(step)


def _execute(step: Step) -> Outcome:
    ctx = step.context
    table = {"validate": step.subject, "score": ctx.pipeline.spec.features.rows}.get(step.stage)
    if table is not None and not published_days(ctx, table, step.interval):
        sentence = f"{table}: nothing of {step.interval} is published"
        return Outcome(step.stage, step.subject, None, sentence, "skipped")
    return step.execute()


def reasons(step: Step) -> dict[Reason, int]:
    """How many partitions of a step there are of each reason."""
    counts: dict[Reason, int] = {}
    for task in step.tasks:
        counts[task.reason] = counts.get(task.reason, 0) + 1
    return counts
