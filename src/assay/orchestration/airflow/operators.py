"""Tasks that need no Spark: promote, roll back, wait for the landing, start a rollback that the monitor asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import BaseOperator, BaseSensorOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from assay.orchestration.airflow.exit_codes import raise_for
from assay.orchestration.airflow.task_mixin import REPORTED, AssayTaskMixin, Context, ReportLink, TaskConfig
from assay.orchestration.command_template import format_duration, render_command

_EXIT_RETRY = 4


class CommandOperator(BaseOperator, AssayTaskMixin):
    """A command of Assay that takes seconds."""

    def __init__(self, *, work: TaskConfig, **given: Any) -> None:
        super().__init__(**given)
        self.work = work
        self.operator_extra_links = (ReportLink(),) if work.plan.name in REPORTED else ()

    def execute(self, context: Context) -> dict[str, object]:
        """What the command said; the answer to an approval names who acts, and why."""
        who, values = self.who(context), self.values(context)
        approval = (
            context["ti"].xcom_pull(task_ids="approve", key="answer") if "approve" in self.upstream_task_ids else None
        )
        if approval:
            who, values["reason"] = approval["who"], approval["why"]
        answer = self.work.door.ask(render_command(self.work.plan.command, values), who=who, say=self.log.info)
        return self.finish(context, answer)


class LandingSensor(BaseSensorOperator, AssayTaskMixin):
    """Waits for the drops of the date without holding a worker, until its time-out after the run was due.

    Then it fails, naming what is missing. A date of long ago that never landed fails at once.
    """

    def __init__(self, *, work: TaskConfig, **given: Any) -> None:
        super().__init__(mode="reschedule", **given)
        self.work = work

    def poke(self, context: Context) -> bool:
        """Whether everything that may not be missing has landed. Raises AirflowFailException when the time is over."""
        answer = self.work.door.ask(self.command(context))
        missing = answer.document.get("missing")
        if answer.exit_code != _EXIT_RETRY or not missing:
            raise_for(answer)
            return True
        said = f"nothing has landed of {', '.join(missing)} for {answer.document['date']}"
        if datetime.now(UTC) >= self.due(context) + timedelta(seconds=self.timeout):
            said = f"{said}, {format_duration(int(self.timeout))} after this run was due"
            self.log.error(said)
            raise AirflowFailException(said)
        self.log.info("%s: waiting", said)
        return False


class DowngradeOperator(TriggerDagRunOperator):
    """Starts the rollback DAG if the monitor's verdict of this run says so. The DAG's run stays failed all the same:
    somebody has to look."""

    def execute(self, context: Context) -> None:
        """Skips unless the monitor asked for a downgrade."""
        verdict = context["ti"].xcom_pull(task_ids="monitor", key="verdict") or {}
        if "downgrade" not in verdict.get("statuses", []):
            raise AirflowSkipException("the monitor asks for no downgrade")
        super().execute(context)
