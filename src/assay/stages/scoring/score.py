"""score: one job scores an interval with the champion, pinned to a version, and with the challenger in its shadow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from assay.core.check import Status
from assay.core.interval import Interval, days_in_words
from assay.core.model_versions import ModelVersion, ScoreRole
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
from assay.stages.runtime.context import Context, StageOutcome, spark_failures
from assay.stages.scoring.batch import CHALLENGER_SCORE, CHAMPION_SCORE, HELD_SCORES, SCORED, Batch
from assay.stages.scoring.predictions import write_predictions, write_shadow
from assay.stages.tables.recover import recover
from assay.store.ledger.promotions import Promotion
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, new_run_id
from assay.store.locks.locks import hold


@dataclass(frozen=True, slots=True)
class ScoringVersion:
    """A registered version by its number, and its model."""

    number: ModelVersion
    model: Model


@dataclass(frozen=True, slots=True)
class Serving:
    """The versions that one scoring uses from its first row to its last, whatever is promoted meanwhile."""

    champion: ScoringVersion
    challenger: ScoringVersion | None


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
        if task.reason is Reason.HELD and scored[task.day][1].versions.get(ScoreRole.SERVED) != champion
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
        return _still_held(_first_day_first(ctx, due, serve(ctx, state)), held)


def serve(ctx: Context, state: Promotion) -> Serving:
    """Return the champion and, where the spec wants it, the challenger, verified against the ledger."""
    assert state.champion is not None
    champion = ScoringVersion(state.champion, version_model(ctx, state.champion, CHAMPION_SCORE))
    if ctx.pipeline.spec.score.shadow == "none" or state.challenger is None:
        return Serving(champion, None)
    return Serving(champion, ScoringVersion(state.challenger, version_model(ctx, state.challenger, CHALLENGER_SCORE)))


def _first_day_first(ctx: Context, due: list[Task], serving: Serving) -> StageOutcome:
    """Score the days; of a champion that has none published yet the first one alone, and the others once it is good.

    What its evidence does not show, such as features that differ in service, reaches one day and no reader.
    """
    if not waits_for_first_day(ctx, serving.champion.number):
        return _score(ctx, due, serving)
    first = _score(ctx, due[:1], serving)
    name, rest = ctx.pipeline.name, due[1:]
    if first.exit_code:
        waiting = f"; {quantity(len(rest), 'day')} after it not scored" if rest else ""
        release = f"'assay release {name} --scores --date {due[0].day} --reason ...'"
        back = f"{release}, or go back: 'assay rollback {name} --reason ...'"
        sentence = f"{first.sentence}; it is the first day of version {serving.champion.number}{waiting}: {back}"
        return replace(first, sentence=sentence)
    if not rest:
        return first
    ctx.progress(f"the first day of version {serving.champion.number}, {due[0].day}, is good: the others follow")
    return _together(first, _score(ctx, rest, serving), due, serving)


def _together(first: StageOutcome, others: StageOutcome, due: list[Task], serving: Serving) -> StageOutcome:
    """Return the outcome of the others with the rows of the first day in it."""
    numbers = {**others.numbers, "rows": first.numbers["rows"] + others.numbers["rows"]}
    if others.exit_code or "without_shadow" in {**first.numbers, **others.numbers}:
        sentence = f"first {first.sentence}; then {others.sentence}"
    else:
        shadow = f", version {serving.challenger.number} in the shadow" if serving.challenger else ""
        scored = f"{quantity(len(due), 'day')} scored by version {serving.champion.number}{shadow}"
        sentence = f"{scored}, {due[0].day} before the others: {quantity(numbers['rows'], 'row')}"
    return replace(others, sentence=sentence, numbers=numbers)


def _still_held(outcome: StageOutcome, held: list[date]) -> StageOutcome:
    """Return the outcome with the days that an earlier run held and that nothing has changed since: exit 3."""
    if not held:
        return outcome
    still = f"{quantity(len(held), 'day')} still held ({days_in_words(held)})"
    how = f"'assay release {outcome.subject} --scores --date ... --reason ...', or roll back"
    return replace(outcome, sentence=f"{outcome.sentence}; {still}: {how}", status=RunStatus.HELD, exit_code=3)


def _score(ctx: Context, due: list[Task], serving: Serving) -> StageOutcome:
    """Write the champion's predictions and the challenger's, in one scan where one code builds the features of both.

    Otherwise the shadow is written first, since it is the champion's commit that makes a run count.
    """
    champion, challenger = serving.champion, serving.challenger
    batch = Batch(
        run_id=new_run_id("score"),
        identities={task.day: task.identity for task in due},
        champion=champion.number,
        challenger=challenger.number if challenger else None,
    )
    together = challenger is not None and challenger.model.built_by == champion.model.built_by
    if challenger is not None and not together:
        alone = replace(batch, models=(challenger.model.scoring,))
        answer = run_with_model_code(ctx, challenger.model, write_shadow, alone.to_json())
        batch = replace(batch, without_shadow=tuple(map(date.fromisoformat, answer["without_shadow"])))
    models = [champion, challenger] if challenger is not None and together else [champion]
    served = replace(batch, models=tuple(version.model.scoring for version in models))
    return StageOutcome(**run_with_model_code(ctx, champion.model, write_predictions, served.to_json()))


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
