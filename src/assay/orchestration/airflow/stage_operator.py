"""A stage as a task: the provider's SparkSubmitOperator, with what `assay submit --prepare-only` printed."""

from __future__ import annotations

import re
from typing import Any

from airflow.sdk.exceptions import AirflowException

from assay.orchestration.airflow.extra_links import extra_links
from assay.orchestration.airflow.prepared_submit import PreparedSubmitOperator
from assay.orchestration.airflow.task_mixin import AssayTaskMixin, Context, TaskConfig
from assay.orchestration.assay_cli import CommandResult
from assay.orchestration.command_template import format_duration

_EXIT_CODE = re.compile(r"Error code is: (\d+)")
"""The provider's phrase for the exit code of spark-submit."""

LOCK_TIMEOUT_SECONDS = 3600
"""Seconds that a stage waits for another of the same dates: the attempt before this one may still be at work."""


class StageOperator(PreparedSubmitOperator, AssayTaskMixin):
    """One stage for one run. A retry finds an application of the try before by its YARN tag, and waits for it."""

    def __init__(self, *, work: TaskConfig, **operator_arguments: Any) -> None:
        super().__init__(**operator_arguments)
        self.work = work
        self.operator_extra_links = extra_links(work)

    def execute(self, context: Context) -> dict[str, object]:
        """Run the stage and return its summary; raise by the exit code of its verdict."""
        self.begin(context)
        stage, *arguments = self.command(context)
        submit = [
            "submit",
            stage,
            "--pipeline",
            self.work.pipeline,
            "--prepare-only",
            *arguments,
            "--wait",
            str(LOCK_TIMEOUT_SECONDS),
        ]
        result = self.work.cli.run(submit, user=self.acting_user(context), log=self.log.info)
        self.stop_unless_done(context, result)
        self.prepared = result.document
        running = self.prepared["running"]
        self.log.info("submission %s%s", self.prepared["tag"], f": {running} does this already" if running else "")
        state = "" if running else self._submitted(context)
        return self.finish(context, self._submission_status(running, state))

    def on_kill(self) -> None:
        """End what this task started, when a person or the time limit stops it; the next try waits for what goes on."""
        self.log.error("stopped: by a person, or after the %s that a stage may take", self._stage_timeout)
        # Airflow kills this process within seconds: what ends the application on YARN must not die with it.
        cancel = ["submission", "cancel", self.prepared.get("tag", "")]
        cancelling = self.work.cli.start(cancel) if self.prepared.get("deploy_mode") else None
        self.end_submission()
        if cancelling is None:
            return
        _, stderr_text = cancelling.communicate()
        if cancelling.returncode:
            self.log.warning("it may still run, and the next try will wait for it: %s", stderr_text.strip())

    @property
    def _stage_timeout(self) -> str:
        limit = self.execution_timeout
        return "time" if limit is None else format_duration(int(limit.total_seconds()))

    def _submitted(self, context: Context) -> str:
        """Submit the stage and return how the submission ended, as the provider reports it."""
        self.application = self.prepared["script"]
        try:
            super().execute(context)
        except AirflowException as error:  # its text is the whole command, and the exit code behind it
            code = _EXIT_CODE.search(str(error))
            return f"exit {code[1]}" if code else str(error).splitlines()[0]
        return "exit 0"

    def _submission_status(self, application: str, state: str) -> CommandResult:
        """Return what the stage left, or how its application ended.

        Spark's client prints nothing, so only YARN knows which application was started. A secured YARN answers only a
        user with a ticket.
        """
        options = {
            "--application": application,
            "--newer-than": self.prepared["last"],
            "--attempt": self.prepared["attempt"],
            "--state": state,
        }
        words = [word for name, value in options.items() if value for word in (name, value)]
        status = ["submission", "status", self.prepared["tag"], "--pipeline", self.work.pipeline]
        return self.work.cli.run([*status, *words])
