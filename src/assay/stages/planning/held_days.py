"""A held day in a plan: the run that holds it, the reason, and the commands that show it or release it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from assay.stages.planning.score_days import waits_for_first_day
from assay.stages.planning.step import Step
from assay.stages.planning.tasks import Reason
from assay.stages.runtime.context import Context
from assay.stages.runtime.typed_commands import REASON, SCORES, release_command, typed
from assay.store.ledger.run_documents import DAILY_VERDICTS
from assay.store.ledger.run_record import PartitionState, RunRecord


@dataclass(frozen=True, slots=True)
class HeldDay:
    """A day of a table, or of the scores, that a run held and that nothing has changed since.

    `table` is the table, or the pipeline where the day's scores are held.
    """

    table: str
    day: date
    run_id: str
    sentence: str
    commands: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the day as plain JSON types."""
        return {**asdict(self), "day": str(self.day), "commands": list(self.commands)}


def held_days(step: Step) -> list[HeldDay]:
    """Return the held days of a step, in order; only clean and score hold days."""
    ctx = step.context
    held = [task.day for task in step.tasks if task.reason is Reason.HELD]
    latest = ctx.ledger.latest(step.stage, step.subject) if held else {}
    return [_held(ctx, step, day, *latest[day]) for day in held]


def _held(ctx: Context, step: Step, day: date, record: RunRecord, state: PartitionState) -> HeldDay:
    table = SCORES if step.stage == "score" else step.subject
    commands = [typed(ctx, f"assay explain {record.run_id}"), release_command(ctx, table, day)]
    version = state.version
    if version is not None and waits_for_first_day(ctx, version):
        commands.append(typed(ctx, f"assay rollback {ctx.pipeline.name} {REASON}"))
    sentence = _why(ctx, record.run_id, day)
    return HeldDay(step.subject, day, record.run_id, sentence, tuple(commands))


def _why(ctx: Context, run_id: str, day: date) -> str:
    """Return the sentence of the verdict on the day; empty where it is no longer kept."""
    verdicts = ctx.runs.find(run_id, DAILY_VERDICTS) or {}
    return verdicts[day].sentence if day in verdicts else ""
