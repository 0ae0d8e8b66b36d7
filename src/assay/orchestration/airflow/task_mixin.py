"""The common part of all tasks: the plan, the project's command line, the date of the run, and the end of the task."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, AssetAlias
from airflow.sdk.bases.skipmixin import SkipMixin

from assay.orchestration.airflow.exit_codes import raise_for, summary_of
from assay.orchestration.assay_cli import REPORTS_VARIABLE, AssayCli, CommandResult
from assay.orchestration.command_template import local_date, placeholder_values, render_command
from assay.orchestration.dag_plan import DATE, FROM, PROPOSAL, TaskPlan
from assay.orchestration.page_links import PageLink, mlflow_page, report_page, report_pages

Context = Mapping[str, Any]

REPORTED = frozenset({"gate", "monitor"})
"""The stages after which the report is written again."""

_EXIT_RETRY = 4


@dataclass(frozen=True, slots=True)
class TaskConfig:
    """The work of a task: its plan, its pipeline, the command line that runs it, and MLflow's tracking address.

    The address may hold a password, so it is not shown.
    """

    plan: TaskPlan
    cli: AssayCli
    pipeline: str
    zone: str
    tracking: str = field(default="", repr=False)


class AssayTaskMixin(SkipMixin):
    """A task that runs a command of Assay."""

    work: TaskConfig
    pages: Mapping[PageLink, str] = MappingProxyType({})

    def begin(self, context: Context) -> None:
        """Write the dates of the data to the log, and work out the addresses of the task's links."""
        dates, work = self.dates(context), self.work
        if dates:
            self.log.info("the data of %s", dates)
        reports = report_pages(os.environ.get(REPORTS_VARIABLE, ""), work.cli.home, work.pipeline)
        self.pages = {
            PageLink.REPORT: f"{reports}/{report_page(PageLink.REPORT, '')}",
            PageLink.DAY: f"{reports}/{report_page(PageLink.DAY, dates)}",
            PageLink.MLFLOW: mlflow_page(work.tracking, work.pipeline),
        }
        if work.plan.judged_by:
            self._link_decision(self.judged_verdict(context))

    def _link_decision(self, summary: Mapping[str, Any]) -> None:
        """Set the address of the decision's page, by the summary of the task that judged."""
        runs, (folder, _, _) = summary.get("runs"), self.pages[PageLink.REPORT].rpartition("/")
        if runs:
            page = f"{folder}/{report_page(PageLink.DECISION, runs[0])}"
            self.pages = {**self.pages, PageLink.DECISION: page}

    def dates(self, context: Context) -> str:
        """Return the dates of the data of this run, in words; empty for work without a date."""
        values = self._run_values(context)
        if DATE in self.work.plan.command:
            return values["date"]
        return f"{values['from']} up to {values['to']}" if FROM in self.work.plan.command else ""

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
        summary, statuses = self.publish(context, result), self.work.plan.continue_statuses
        refused = statuses is not None and result.exit_code in {0, 3} and not result.statuses & statuses
        self._write_report(result)
        self._log_outcomes(result, failed=bool(result.exit_code) and not refused)
        # A pause shows as a skip of the task where it exits 3; a look that is not taken meanwhile exits 0.
        if refused and (result.exit_code == 0 or "paused" not in result.statuses):
            context["ti"].xcom_push(key="return_value", value=summary)
            self.skip(ti=context["ti"], tasks=context["task"].get_direct_relatives(upstream=False))
            return summary
        raise_for(result)
        self._request_training(context, result)
        return summary

    def publish(self, context: Context, result: CommandResult) -> dict[str, object]:
        """Publish the summary of a result for later tasks, for the notes and for people, and return it."""
        summary = summary_of(result, self.dates(context))
        context["ti"].xcom_push(key="verdict", value=summary)
        # By itself, since Airflow shows a document folded.
        context["ti"].xcom_push(key="sentence", value=summary["sentence"])
        if self.work.plan.name == "gate":
            self._link_decision(summary)
        return summary

    def stop_unless_done(self, context: Context, result: CommandResult) -> None:
        """Return where the command is done; else publish its summary, and raise what fails or skips the task."""
        if result.exit_code:
            self.publish(context, result)
        raise_for(result)

    def _log_outcomes(self, result: CommandResult, *, failed: bool) -> None:
        """Write a line for each outcome, what went wrong last; before that, the command that shows its findings."""
        for outcome in reversed(result.outcomes):
            wrong = failed and bool(outcome.get("exit_code"))
            if wrong and outcome.get("run_id"):
                self.log.info("for the findings: assay explain %s", outcome["run_id"])
            (self.log.error if wrong else self.log.info)(str(outcome["sentence"]))
        if not result.outcomes:
            (self.log.error if failed else self.log.info)(result.sentence)

    def _write_report(self, result: CommandResult) -> None:
        """Write the report after the stages that people examine, and after a verdict that fails.

        Without a report the task's result is unchanged.
        """
        if self.work.plan.name in REPORTED or result.exit_code not in {0, _EXIT_RETRY}:
            self.work.cli.run(["report", self.work.pipeline])

    def _request_training(self, context: Context, result: CommandResult) -> None:
        """Emit the event that starts a training, if the monitor requests one. It is a hint: the ledger decides."""
        uri = self.work.plan.training_request_asset
        if uri and "retrain" in result.statuses:
            extra = {"date": self.values(context)["date"]}
            context["outlet_events"][AssetAlias(uri)].add(Asset(uri, uri=uri), extra=extra)
