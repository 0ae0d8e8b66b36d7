"""A held day in a plan: the run that holds it, the reason, and the commands that show it or release it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from assay.errors import InputError
from assay.stages.planning.step import Step
from assay.stages.planning.tasks import Reason
from assay.stages.runtime.context import Context
from assay.store.ledger.run_documents import DAILY_VERDICTS


@dataclass(frozen=True, slots=True)
class HeldDay:
    """A day of a table that a run held and that nothing has changed since."""

    table: str
    day: date
    run_id: str
    sentence: str
    commands: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the day as plain JSON types."""
        return {**asdict(self), "day": str(self.day), "commands": list(self.commands)}


def held_days(step: Step) -> list[HeldDay]:
    """Return the held days of a step, in order; none for a step of another stage than clean."""
    ctx = step.context
    held = [task.day for task in step.tasks if task.reason is Reason.HELD]
    latest = ctx.ledger.latest(step.stage, step.subject) if held else {}
    return [_held(ctx, step.subject, day, latest[day][0].run_id) for day in held]


def _held(ctx: Context, table: str, day: date, run_id: str) -> HeldDay:
    name = ctx.pipeline.project.environment.name
    env = "" if name == "local" else f" --env {name}"
    release = f"assay release {ctx.pipeline.name} {table} --date {day} --reason '...'{env}"
    return HeldDay(table, day, run_id, _why(ctx, run_id, day), (f"assay explain {run_id}{env}", release))


def _why(ctx: Context, run_id: str, day: date) -> str:
    """Return the sentence of the verdict on the day; empty where it is no longer kept."""
    try:
        verdicts = ctx.runs.read(run_id, DAILY_VERDICTS)
    except InputError:
        return ""
    return verdicts[day].sentence if day in verdicts else ""
