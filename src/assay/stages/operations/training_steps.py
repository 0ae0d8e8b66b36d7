"""The steps that train and judge on the dates of a run, each training between the days that it follows and serves."""

from __future__ import annotations

from datetime import date

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.errors import NothingToLearn
from assay.stages.evaluation.gate import gate
from assay.stages.models.model_versions import own_code_note
from assay.stages.monitoring.monitor import monitor
from assay.stages.planning.schedule import training_days
from assay.stages.planning.step import Planned, Step, look_at, say
from assay.stages.planning.training_trigger import too_little_history
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.scoring.score import plan_score, score
from assay.stages.training.train import plan_train, train


def model_steps(ctx: Context, interval: Interval, stages: list[str]) -> list[Step]:
    """Return training, gate, scoring and monitoring of an interval, in the order of a pipeline that ran day by day.

    The interval is cut where a training is due, so that each day is scored by the version that served on it. What a
    training's gate promotes serves from the date of the training on. Where nothing is trained, nothing is cut.
    """
    trains = "train" in stages or "gate" in stages
    cron = ctx.pipeline.spec.schedule.get("train") if trains else None
    steps: list[Step] = []
    start = interval.start
    for day in training_days(cron, interval):
        lacking = too_little_history(ctx, day)
        if lacking:
            steps += _skipped(ctx, day, lacking) if "train" in stages else []
            continue
        if start < day:
            steps += _serving(ctx, Interval(start, day), stages)
        steps += _training(ctx, day, stages)
        start = day
    return steps + _serving(ctx, Interval(start, interval.end), stages)


def train_or_skip(ctx: Context, day: date) -> StageOutcome:
    """Train for `day`, or skip where its labels teach nothing, which a later day may mend."""
    try:
        return train(ctx, day)
    except NothingToLearn as error:
        return _nothing(ctx, "train", f"not trained on {day}: {error.message}")


def _skipped(ctx: Context, day: date, sentence: str) -> list[Step]:
    outcome = _nothing(ctx, "train", sentence)
    return [Step("train", ctx.pipeline.name, Interval.of(day), ctx, lambda: outcome, say(sentence), skipped=True)]


def _nothing(ctx: Context, stage: str, sentence: str) -> StageOutcome:
    return StageOutcome(stage, ctx.pipeline.name, None, sentence, status=RunStatus.SKIPPED)


def _training(ctx: Context, day: date, stages: list[str]) -> list[Step]:
    name, alone = ctx.pipeline.name, Interval.of(day)
    steps = []
    if "train" in stages:
        plan = look_at(lambda: [plan_train(ctx, day)[1]])
        steps.append(Step("train", name, alone, ctx, lambda: train_or_skip(ctx, day), plan))
    if "gate" in stages:
        judge = _judge_what_was_trained if "train" in stages else gate
        steps.append(Step("gate", name, alone, ctx, lambda: judge(ctx, day), lambda: _about_the_gate(ctx, day)))
    return steps


def _judge_what_was_trained(ctx: Context, day: date) -> StageOutcome:
    if day not in ctx.ledger.latest("train", ctx.pipeline.name):
        return _nothing(ctx, "gate", f"nothing was trained on {day}, so there is nothing to judge")
    return gate(ctx, day)


def _about_the_gate(ctx: Context, day: date) -> Planned:
    from assay.stages.planning.power_analysis import gate_power

    notes = ("judges what was trained", gate_power(ctx, day), _about_the_code(ctx))
    return [], "; ".join(filter(None, notes))


def _about_the_code(ctx: Context) -> str:
    """Return a note on a champion that is scored by its own code, not by today's."""
    state = ctx.promotions.current()
    return own_code_note(ctx, state.champion) if state is not None and state.champion is not None else ""


def _about_the_scores(ctx: Context, interval: Interval) -> Planned:
    planned, note = look_at(lambda: plan_score(ctx, interval))()
    return planned, note or (_about_the_code(ctx) if any(task.due for task in planned) else "")


def _serving(ctx: Context, interval: Interval, stages: list[str]) -> list[Step]:
    name = ctx.pipeline.name
    steps = []
    if "score" in stages:
        steps.append(
            Step("score", name, interval, ctx, lambda: score(ctx, interval), lambda: _about_the_scores(ctx, interval))
        )
    if "monitor" in stages:
        plan = say("judges what is known by then")
        steps.append(Step("monitor", name, interval, ctx, lambda: monitor(ctx, interval), plan))
    return steps
