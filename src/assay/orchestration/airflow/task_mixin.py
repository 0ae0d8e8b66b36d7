"""The common part of all tasks: the plan, the project's command line, the date of the run, and the end of the task."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, AssetAlias, BaseOperatorLink
from airflow.sdk.bases.skipmixin import SkipMixin

from assay.orchestration.airflow.exit_codes import raise_for, summary_of
from assay.orchestration.assay_cli import REPORTS_VARIABLE, AssayCli, CommandResult
from assay.orchestration.command_template import local_date, placeholder_values, render_command
from assay.orchestration.dag_plan import DATE, PROPOSAL, TaskPlan

Context = Mapping[str, Any]

REPORTED = frozenset({"gate", "monitor"})
"""The stages after which the report is written again."""


@dataclass(frozen=True, slots=True)
class TaskConfig:
    """The work of a task: its plan, its pipeline, and the command line that runs it."""

    plan: TaskPlan
    cli: AssayCli
    pipeline: str
    zone: str


class ReportLink(BaseOperatorLink):
    """The pipeline's report as it was when the task ended: a page below $ASSAY_REPORTS, or a file on the worker."""

    name = "Report"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow's signature
        """Return the address of the page, empty where none was written."""
        return getattr(operator, "report", "")


class AssayTaskMixin(SkipMixin):
    """A task that runs a command of Assay."""

    work: TaskConfig
    report: str = ""

    def values(self, context: Context) -> dict[str, str]:
        """Return the values of the command's placeholders in this run."""
        return self._run_values(context) | self._proposal_value(context)

    def _run_values(self, context: Context) -> dict[str, str]:
        params = context["params"]
        if DATE not in self.work.plan.command:
            return placeholder_values(None, params)
        extras = [event.extra or {} for events in context["triggering_asset_events"].values() for event in events]
        day = local_date(ZoneInfo(self.work.zone), self.due(context), extras, params.get("date"))
        return placeholder_values(day, params, by_event=bool(extras))

    def _proposal_value(self, context: Context) -> dict[str, str]:
        """Return the run of Assay that proposed what this task declines, carries out or submits for approval."""
        if PROPOSAL not in self.work.plan.command:
            return {}
        runs = self.judged_verdict(context).get("runs") or [""]
        return {PROPOSAL.strip("{}"): runs[0]}

    def judged_verdict(self, context: Context) -> Mapping[str, Any]:
        """Return the summary of the task whose proposal this one declines, carries out or submits for approval."""
        return context["ti"].xcom_pull(task_ids=self.work.plan.judged_by, key="verdict") or {}

    def due(self, context: Context) -> datetime:
        """Return the instant at which the run was due: the end of its data interval, or when it was triggered."""
        run = context["dag_run"]
        due: datetime = run.data_interval_end or run.run_after
        return due

    def command(self, context: Context) -> list[str]:
        """Return the command for this run."""
        return render_command(self.work.plan.command, self.values(context))

    def acting_user(self, context: Context) -> str:
        """Return the person that triggered the run; Airflow if no person did, or if the monitor requested it."""
        if context["params"].get("automatic"):
            return "airflow"
        return context["dag_run"].triggering_user_name or "airflow"

    def finish(self, context: Context, result: CommandResult) -> dict[str, object]:
        """Publish the summary and return it; raise what fails the task, and skip what has no reason to run."""
        summary, statuses = summary_of(result), self.work.plan.continue_statuses
        refused = statuses is not None and result.exit_code in {0, 3} and not result.statuses & statuses
        context["ti"].xcom_push(key="verdict", value=summary)
        # By itself, since Airflow shows a document folded.
        context["ti"].xcom_push(key="sentence", value=summary["sentence"])
        self._write_report()
        (self.log.info if result.exit_code == 0 or refused else self.log.error)(result.sentence)
        # A pause shows as a skip of the task where it exits 3; a look that is not taken meanwhile exits 0.
        if refused and (result.exit_code == 0 or "paused" not in result.statuses):
            context["ti"].xcom_push(key="return_value", value=summary)
            self.skip(ti=context["ti"], tasks=context["task"].get_direct_relatives(upstream=False))
            return summary
        raise_for(result)
        self._request_training(context, result)
        return summary

    def _write_report(self) -> None:
        """Write the report after the stages that people examine; without a report the task's result is unchanged."""
        if self.work.plan.name not in REPORTED:
            return
        page = self.work.cli.run(["report", self.work.pipeline]).document.get("report")
        if page:
            base = os.environ.get(REPORTS_VARIABLE, "").rstrip("/")
            self.report = f"{base}/{Path(page).name}" if base else Path(page).as_uri()

    def _request_training(self, context: Context, result: CommandResult) -> None:
        """Emit the event that starts a training, if the monitor requests one. It is a hint: the ledger decides."""
        uri = self.work.plan.training_request_asset
        if uri and "retrain" in result.statuses:
            extra = {"date": self.values(context)["date"]}
            context["outlet_events"][AssetAlias(uri)].add(Asset(uri, uri=uri), extra=extra)
