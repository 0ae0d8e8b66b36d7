"""A person's approval: the findings are shown, the answer goes to the ledger, and no answer in time declines."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk.exceptions import AirflowSkipException

from assay.orchestration.airflow.exit_codes import raise_for
from assay.orchestration.airflow.extra_links import extra_links
from assay.orchestration.airflow.task_mixin import AssayTaskMixin, Context, TaskConfig
from assay.orchestration.assay_cli import CommandResult
from assay.orchestration.command_template import format_duration, render_command
from assay.orchestration.page_links import PageLink


class PromotionApproval(ApprovalOperator, AssayTaskMixin):
    """Requests a person's decision whether what a gate proposes shall serve.

    Approved, the promotion runs in that person's name. Refused or not answered in time, it is declined in the ledger,
    and what follows is skipped. A recipe that a person refused rests; one that got no answer is proposed again.
    """

    def __init__(self, *, work: TaskConfig, **operator_arguments: Any) -> None:
        super().__init__(subject=f"Shall this serve {work.pipeline} from now on?", **operator_arguments)
        self.work = work
        self.operator_extra_links = extra_links(work)

    def execute(self, context: Context) -> Any:
        """Show what was found, and wait."""
        self.begin(context)
        verdict = self.judged_verdict(context)
        texts = [str(verdict.get("sentence", "")), *self._report(verdict.get("runs", [])), *self._links()]
        self.body = "\n\n".join(texts)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Note who answered and why."""
        self.begin(context)
        if "error" not in event:
            user = event.get("responded_by_user") or {}
            who = str(user.get("name") or user.get("id") or "airflow")
            why = str((event.get("params_input") or {}).get("reason") or "no reason given")
            if self.REJECT in event["chosen_options"]:
                self._decline(context, who, why)
            answer = "declined" if self.REJECT in event["chosen_options"] else "approved"
            self.publish(context, CommandResult(0, {"message": f"{answer} by {who}: {why}"}))
            context["ti"].xcom_push(key="answer", value={"who": who, "why": why})
        return super().execute_complete(context, event)

    def process_trigger_event_error(self, event: dict[str, Any]) -> None:
        """Decline a proposal that was not answered in time: what was judged then is less and less true of now."""
        if event["error_type"] != "timeout":
            super().process_trigger_event_error(event)
        from airflow.sdk import get_current_context

        why = f"no answer came within {format_duration(int(self.response_timeout.total_seconds()))}"
        context = get_current_context()
        self._decline(context, "airflow", why, "--unanswered")
        self.publish(context, CommandResult(0, {"message": f"declined: {why}"}))
        raise AirflowSkipException(f"declined: {why}")

    def _decline(self, context: Context, who: str, why: str, *flags: str) -> None:
        command = [*render_command(self.work.plan.command, self.values(context)), "--reason", why, *flags]
        raise_for(self.work.cli.run(command, user=who, log=self.log.info))

    def _links(self) -> list[str]:
        """Return the links that a browser can open, in Markdown: the task's own links come when it ends."""
        links = (PageLink.DECISION, PageLink.MLFLOW)
        pages = [(link, self.pages.get(link, "")) for link in links]
        return [f"[{link}]({page})" for link, page in pages if page.startswith("http")]

    def _report(self, runs: list[str]) -> list[str]:
        """Return the findings of the run that judged, as a list in Markdown."""
        if not runs:
            return []
        findings = self.work.cli.run(["explain", runs[0]]).document.get("verdict", {}).get("findings", [])
        return ["\n".join(f"- **{finding['status']}** {finding['sentence']}" for finding in findings)]
