"""Tasks that need no Spark: promote, roll back, wait for the landing, start a rollback that the monitor requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import BaseOperator, BaseSensorOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from assay.orchestration.airflow.extra_links import extra_links
from assay.orchestration.airflow.task_mixin import AssayTaskMixin, Context, TaskConfig
from assay.orchestration.assay_cli import CommandResult
from assay.orchestration.command_template import format_duration, render_command

_EXIT_MISTAKE, _EXIT_RETRY = 2, 4


class CommandOperator(BaseOperator, AssayTaskMixin):
    """A command of Assay that takes seconds."""

    def __init__(self, *, work: TaskConfig, **operator_arguments: Any) -> None:
        super().__init__(**operator_arguments)
        self.work = work
        self.operator_extra_links = extra_links(work)

    def execute(self, context: Context) -> dict[str, object]:
        """Run the command and return its summary; the answer to an approval names who acts, and why."""
        self.begin(context)
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

    Then it fails, naming what is missing. A date of long ago that never landed fails at once. On a lake of old dates
    a run of the schedule has nothing to wait for: it is skipped, so that a DAG can be switched on there.
    """

    def __init__(self, *, work: TaskConfig, **operator_arguments: Any) -> None:
        super().__init__(mode="reschedule", **operator_arguments)
        self.work = work
        self.operator_extra_links = extra_links(work)

    def poke(self, context: Context) -> bool:
        """Return whether everything that may not be missing has landed.

        Raises:
            AirflowFailException: The time is over, or a person triggered a run without a date on a lake of old dates.
            AirflowSkipException: A run of the schedule is due on a lake of old dates.
        """
        self.begin(context)
        result = self.work.cli.run(self.command(context))
        missing = result.document.get("missing")
        if result.exit_code != _EXIT_RETRY or not missing:
            self.stop_unless_done(context, result)
            return True
        message = f"nothing has landed of {', '.join(missing)} for {result.document['date']}"
        newest = result.document.get("newest")
        if newest and not result.document.get("live", True):
            self._stop_on_old_dates(context, message, newest)
        if datetime.now(UTC) >= self.due(context) + timedelta(seconds=self.timeout):
            message = f"{message}, {format_duration(int(self.timeout))} after this run was due"
            self._fail(context, message)
        self.log.info("%s: waiting", message)
        return False

    def _stop_on_old_dates(self, context: Context, message: str, newest: str) -> None:
        """Skip a run of the schedule, fail one that was triggered without a date, and let all others wait."""
        message = f"{message}; the newest date that landed is {newest}: trigger a run with 'date' {newest}, or earlier"
        if context["dag_run"].run_type == "scheduled":
            self.log.warning(message)
            self.publish(context, CommandResult(0, {"message": message}))
            raise AirflowSkipException(message)
        if context["dag_run"].run_type == "manual" and not context["params"].get("date"):
            self._fail(context, message)

    def _fail(self, context: Context, message: str) -> None:
        self.log.error(message)
        self.publish(context, CommandResult(_EXIT_MISTAKE, {"message": message}))
        raise AirflowFailException(message)


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
