"""Tasks that need no Spark: promote, roll back, wait for the landing, start a rollback that the monitor asks for."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import BaseOperator, BaseSensorOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout, AirflowSkipException

from assay.orchestration.airflow.endings import raise_for
from assay.orchestration.airflow.running import Context, Runs, Work
from assay.orchestration.filling import filled, in_words

_WAITS = 4


class CommandOperator(BaseOperator, Runs):
    """A command of Assay that takes seconds."""

    def __init__(self, *, work: Work, **given: Any) -> None:
        super().__init__(**given)
        self.work = work

    def execute(self, context: Context) -> dict[str, object]:
        """What the command said; the answer to an approval names who acts, and why."""
        who, values = self.who(context), self.values(context)
        approval = (
            context["ti"].xcom_pull(task_ids="approve", key="answer") if "approve" in self.upstream_task_ids else None
        )
        if approval:
            who, values["reason"] = approval["who"], approval["why"]
        answer = self.work.door.ask(filled(self.work.plan.command, values), who=who, say=self.log.info)
        return self.finish(context, answer)


class LandingSensor(BaseSensorOperator, Runs):
    """Waits for the drops of the date without holding a worker; too long a wait fails, naming what is missing."""

    def __init__(self, *, work: Work, **given: Any) -> None:
        super().__init__(mode="reschedule", **given)
        self.work = work
        self.missing = ""

    def execute(self, context: Context) -> Any:
        """As any sensor; what is missing stands in the error of one that waited too long."""
        try:
            return super().execute(context)
        except AirflowSensorTimeout:
            raise AirflowFailException(
                f"{self.missing}, {in_words(int(self.timeout))} after this run was due"
            ) from None

    def poke(self, context: Context) -> bool:
        """Whether everything that may not be missing has landed."""
        answer = self.work.door.ask(self.command(context))
        if answer.exit_code == _WAITS and answer.document.get("missing"):
            tables = ", ".join(answer.document["missing"])
            self.missing = f"nothing has landed of {tables} for {answer.document['date']}"
            self.log.info("%s: waiting", self.missing)
            return False
        raise_for(answer)
        return True


class DowngradeOperator(TriggerDagRunOperator):
    """Starts the rollback DAG if the monitor's verdict of this run says so. The DAG's run stays failed all the same:
    somebody has to look."""

    def execute(self, context: Context) -> None:
        """Skips unless the monitor asked for a downgrade."""
        verdict = context["ti"].xcom_pull(task_ids="monitor", key="verdict") or {}
        if "downgrade" not in verdict.get("statuses", []):
            raise AirflowSkipException("the monitor asks for no downgrade")
        super().execute(context)
