"""Tasks that need no Spark: promote, roll back, wait for the landing, start a rollback that the monitor requests."""

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

    def __init__(self, *, work: TaskConfig, **operator_arguments: Any) -> None:
        super().__init__(**operator_arguments)
        self.work = work
        self.operator_extra_links = (ReportLink(),) if work.plan.name in REPORTED else ()

    def execute(self, context: Context) -> dict[str, object]:
        """Run the command and return its summary; the answer to an approval names who acts, and why."""
        user, values = self.acting_user(context), self.values(context)
        approval = (
            context["ti"].xcom_pull(task_ids="approve", key="answer") if "approve" in self.upstream_task_ids else None
        )
        if approval:
            user, values["reason"] = approval["who"], approval["why"]
        result = self.work.cli.run(render_command(self.work.plan.command, values), user=user, log=self.log.info)
        return self.finish(context, result)


class LandingSensor(BaseSensorOperator, AssayTaskMixin):
    """Waits for the drops of the date without holding a worker, until its time-out after the run was due.

    Then it fails, naming what is missing. A date of long ago that never landed fails at once.
    """

    def __init__(self, *, work: TaskConfig, **operator_arguments: Any) -> None:
        super().__init__(mode="reschedule", **operator_arguments)
        self.work = work

    def poke(self, context: Context) -> bool:
        """Return whether everything that may not be missing has landed.

        Raises:
            AirflowFailException: The time is over.
        """
        result = self.work.cli.run(self.command(context))
        missing = result.document.get("missing")
        if result.exit_code != _EXIT_RETRY or not missing:
            raise_for(result)
            return True
        message = f"nothing has landed of {', '.join(missing)} for {result.document['date']}"
        if datetime.now(UTC) >= self.due(context) + timedelta(seconds=self.timeout):
            message = f"{message}, {format_duration(int(self.timeout))} after this run was due"
            self.log.error(message)
            raise AirflowFailException(message)
        self.log.info("%s: waiting", message)
        return False


class DowngradeOperator(TriggerDagRunOperator):
    """Starts the rollback DAG if the monitor's verdict of this run requests it.

    The DAG's run stays failed all the same: a person has to look at it.
    """

    def execute(self, context: Context) -> None:
        """Skip unless the monitor requested a downgrade."""
        verdict = context["ti"].xcom_pull(task_ids="monitor", key="verdict") or {}
        if "downgrade" not in verdict.get("statuses", []):
            raise AirflowSkipException("the monitor requests no downgrade")
        super().execute(context)
