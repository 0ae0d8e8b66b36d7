"""score: one job scores an interval with the champion, pinned to a version."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from assay.core.check import Status
from assay.core.interval import Interval, days_in_words
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.core.verdict import Action, VerdictSummary
from assay.errors import InputError
from assay.stages.features.inputs import published_days
from assay.stages.models.isolated_code import run_with_model_code
from assay.stages.models.model_versions import Model, version_model
from assay.stages.planning.score_days import waits_for_first_day
from assay.stages.planning.tasks import Reason, Task, tasks
from assay.stages.promotion.aliases import repair_aliases
from assay.stages.promotion.pause import paused
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.scoring.batch import CHAMPION_SCORE, HELD_SCORES, SCORED, Batch
from assay.stages.scoring.predictions import write_predictions
from assay.stages.tables.recover import recover
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, new_run_id
from assay.store.locks.locks import hold


@dataclass(frozen=True, slots=True)
class ScoringVersion:
    """The version that one scoring uses from its first row to its last, whatever is promoted meanwhile."""

    number: ModelVersion
    model: Model


def plan_score(ctx: Context, interval: Interval) -> list[Task]:
    """Return the days with their reasons to be scored: never scored, or their rows were written anew.

    A new champion re-scores nothing by itself: what was served stays what was served. Of a held day nothing was served,
    so another champion scores it again.
    """
    rows = ctx.pipeline.spec.features.rows
    written = ctx.ledger.latest("clean", rows)
    wanted = {
        day: PartitionFingerprint(ctx.pipeline.name, str(day), written[day][0].run_id, "", "")
        for day in published_days(ctx, rows, interval)
    }
    latest = ctx.ledger.latest("score", ctx.pipeline.name)
    scored = {day: entry for day, entry in latest.items() if entry[1].state is not PartitionStatus.UNSCORED}
    state = ctx.promotions.current()
    champion = state.champion if state else None
    return [
        replace(task, reason=Reason.CHAMPION_CHANGED)
        if task.reason is Reason.HELD and scored[task.day][1].version != champion
        else task
        for task in tasks("score", ctx.pipeline.name, wanted, scored, force=ctx.force)
    ]


def score(ctx: Context, interval: Interval) -> StageOutcome:
    """Write the predictions of every due day whole; without a champion nothing is written, and that is a warning.

    Aliases of MLflow that lag behind the promotions are repaired at its end.
    """
    outcome = _score_due_days(ctx, interval)
    repair_aliases(ctx)
    return outcome


def _score_due_days(ctx: Context, interval: Interval) -> StageOutcome:
    name = ctx.pipeline.name
    ctx.hint_input_size(interval)
    with hold(ctx.lake, f"{SCORED}/{name}", interval, wait=ctx.wait), spark_failures():
        recover(ctx, ctx.folder(SCORED, name), ctx.folder(HELD_SCORES, name))
        planned = plan_score(ctx, interval)
        due = [task for task in planned if task.due]
        if not planned:
            raise InputError(
                f"nothing of {ctx.pipeline.spec.features.rows} is published for {interval}, so nothing can be scored",
                code="not-published",
                hint=f"'assay clean {name}' first, or release what is held",
            )
        held = [task.day for task in planned if task.reason is Reason.HELD]
        if not due:
            return _still_held(StageOutcome("score", name, None, f"{interval} is already scored"), held)
        stopped = paused(ctx)
        if stopped is not None:
            sentence = f"{quantity(len(due), 'day')} of {interval} not scored: {name} is {stopped.sentence}"
            return StageOutcome("score", name, None, sentence, status=RunStatus.PAUSED, exit_code=3)
        state = ctx.promotions.current()
        if state is None or state.champion is None:
            return _without_champion(ctx, interval, due)
        champion = ScoringVersion(state.champion, version_model(ctx, state.champion, CHAMPION_SCORE))
        return _still_held(_first_day_first(ctx, due, champion), held)


def _first_day_first(ctx: Context, due: list[Task], champion: ScoringVersion) -> StageOutcome:
    """Score the days; of a champion that has none published yet the first one alone, and the others once it is good.

    What its evidence does not show, such as features that differ in service, reaches one day and no reader.
    """
    if not waits_for_first_day(ctx, champion.number):
        return _score(ctx, due, champion)
    first = _score(ctx, due[:1], champion)
    name, rest = ctx.pipeline.name, due[1:]
    if first.exit_code:
        waiting = f"; {quantity(len(rest), 'day')} after it not scored" if rest else ""
        release = f"'assay release {name} --scores --date {due[0].day} --reason ...'"
        back = f"{release}, or go back: 'assay rollback {name} --reason ...'"
        sentence = f"{first.sentence}; it is the first day of version {champion.number}{waiting}: {back}"
        return replace(first, sentence=sentence)
    if not rest:
        return first
    ctx.progress(f"the first day of version {champion.number}, {due[0].day}, is good: the others follow")
    return _together(first, _score(ctx, rest, champion), due, champion)


def _together(first: StageOutcome, others: StageOutcome, due: list[Task], champion: ScoringVersion) -> StageOutcome:
    """Return the outcome of the others with the rows of the first day in it."""
    numbers = {**others.numbers, "rows": first.numbers["rows"] + others.numbers["rows"]}
    if others.exit_code:
        sentence = f"first {first.sentence}; then {others.sentence}"
    else:
        scored = f"{quantity(len(due), 'day')} scored by version {champion.number}"
        sentence = f"{scored}, {due[0].day} before the others: {quantity(numbers['rows'], 'row')}"
    return replace(others, sentence=sentence, numbers=numbers)


def _still_held(outcome: StageOutcome, held: list[date]) -> StageOutcome:
    """Return the outcome with the days that an earlier run held and that nothing has changed since: exit 3."""
    if not held:
        return outcome
    still = f"{quantity(len(held), 'day')} still held ({days_in_words(held)})"
    how = f"'assay release {outcome.subject} --scores --date ... --reason ...', or roll back"
    return replace(outcome, sentence=f"{outcome.sentence}; {still}: {how}", status=RunStatus.HELD, exit_code=3)


def _score(ctx: Context, due: list[Task], champion: ScoringVersion) -> StageOutcome:
    """Write the champion's predictions, by the code that builds its features."""
    identities = {task.day: task.identity for task in due}
    batch = Batch(new_run_id("score"), identities, champion.number, champion.model.scoring)
    return StageOutcome(**run_with_model_code(ctx, champion.model, write_predictions, batch.to_json()))


def _without_champion(ctx: Context, interval: Interval, due: list[Task]) -> StageOutcome:
    run_id = new_run_id("score")
    sentence = f"no champion yet: {quantity(len(due), 'day')} of {interval} left without a score"
    ctx.ledger.append(
        ctx.record(
            run_id,
            "score",
            ctx.pipeline.name,
            interval,
            RunStatus.NO_CHAMPION,
            partitions={
                str(task.day): PartitionState(PartitionStatus.UNSCORED, task.identity, {"rows": 0}) for task in due
            },
            counts={"rows": 0},
            verdict=VerdictSummary(Status.WARN, Action.NONE, sentence),
        )
    )
    return StageOutcome("score", ctx.pipeline.name, run_id, sentence, status=Status.WARN, numbers={"rows": 0})
