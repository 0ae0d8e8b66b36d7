"""A stage as a task: the provider's SparkSubmitOperator, told by `core.submission` what to submit and how it ended."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk.exceptions import AirflowException

from assay.errors import AssayError
from assay.orchestration.airflow.endings import raise_for
from assay.orchestration.airflow.running import REPORTED, Context, ReportLink, Runs, Work
from assay.orchestration.asking import Answer
from assay.orchestration.filling import in_words

if TYPE_CHECKING:
    from assay.store.yarn import ResourceManager

PATIENCE = 30.0
"""Seconds in which a driver that was asked to should end."""

WAIT = 3600
"""Seconds that a stage waits for another of the same dates: the attempt before this one may still be at work."""


class ShippedHook(SparkSubmitHook):
    """The provider's hook for a submission that was prepared: the environment file says where to, and no connection."""

    def __init__(self, shipped: Mapping[str, Any]) -> None:
        self._shipped = shipped
        super().__init__(
            conf=dict(shipped["settings"]), name=shipped["name"], application_args=list(shipped["arguments"])
        )

    def _resolve_connection(self) -> dict[str, Any]:
        return {
            "master": self._shipped["master"],
            "deploy_mode": self._shipped["deploy_mode"],
            "spark_binary": self._shipped["program"],
            "queue": None,
            "namespace": None,
            "principal": None,
            "keytab": None,
        }

    def submit(self, application: str = "", **kwargs: Any) -> str | None:
        """As the provider's, with the variables of the submission; those for containers are among its settings."""
        changed: dict[str, str | None] = self._shipped["variables"]
        kept = {name: value for name, value in os.environ.items() if name not in changed}
        given = {name: value for name, value in changed.items() if value is not None}
        driver: str | None = super().submit(application, env=kept | given, **kwargs)
        return driver

    def end(self) -> None:
        """Ask the submission on this machine to end, and wait for it; in client mode that is the driver, and so the
        application."""
        if self._submit_sp is None or self._submit_sp.poll() is not None:
            return
        self._submit_sp.terminate()
        try:
            self._submit_sp.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._submit_sp.kill()


class StageOperator(SparkSubmitOperator, Runs):
    """One stage for one run. A retry finds an application of the one before by its YARN tag, and waits for it."""

    def __init__(self, *, work: Work, **given: Any) -> None:
        super().__init__(durable=False, **given)
        self.work = work
        self.operator_extra_links = (ReportLink(),) if work.plan.name in REPORTED else ()
        self.shipped: dict[str, Any] = {}

    def execute(self, context: Context) -> dict[str, object]:
        """What the stage said, when it is done; raises by the exit code of its verdict."""
        stage, *arguments = self.command(context)
        submit = ["submit", stage, "--pipeline", self.work.pipeline, "--ship", *arguments, "--wait", str(WAIT)]
        answer = self.work.door.ask(submit, who=self.who(context), say=self.log.info)
        raise_for(answer)
        self.shipped = answer.document
        running = self.shipped["running"]
        self.log.info("submission %s%s", self.shipped["tag"], f": {running} does this already" if running else "")
        try:
            return self.finish(context, self._adopted(running) if running else self._submitted(context))
        except AssayError as error:
            raise_for(Answer(error.exit_code, {"message": error.message}))
            raise

    def on_kill(self) -> None:
        """End what this task started, when a person or the time limit stops it; the next try waits for what stays."""
        self.log.error("stopped: by a person, or after the %s that a stage may take", self._longest)
        if isinstance(self._hook, ShippedHook):
            self._hook.end()
        if not self._on_yarn:
            return
        try:
            for one in self._yarn.tagged(self.shipped["tag"]):
                if not one.over:
                    self._yarn.kill(one.id)
        except AssayError as error:
            self.log.warning("it may still run, and the next try will wait for it: %s", error.message)

    @property
    def _on_yarn(self) -> bool:
        return bool(self.shipped.get("deploy_mode"))

    @property
    def _yarn(self) -> ResourceManager:
        from assay.store.yarn import ResourceManager

        return ResourceManager(self.work.door.environment.resource_manager)

    @property
    def _longest(self) -> str:
        limit = self.execution_timeout
        return "time" if limit is None else in_words(int(limit.total_seconds()))

    def _get_hook(self) -> ShippedHook:
        return ShippedHook(self.shipped)

    def _submitted(self, context: Context) -> Answer:
        self.application = self.shipped["script"]
        state = "exit 0"
        try:
            super().execute(context)
        except AirflowException as error:  # the exit code stands in its text alone: the verdict says it better
            state = str(error).splitlines()[0]
        if self._secured or not self._on_yarn:
            return self._ended("", state)
        # Spark's client is quiet, so that YARN alone can say which application this one started.
        started = self._yarn.newest(self.shipped["tag"], self.shipped["last"])
        return self._ended(started, self._yarn.wait(started).final_status if started else state)

    def _asked(self, application: str, state: str) -> Answer:
        """How it ended on a secured cluster, where the one with the ticket has to look."""
        known = {
            "--attempt": self.shipped["attempt"],
            "--application": application,
            "--after": self.shipped["last"],
            "--state": state,
        }
        options = [word for name, value in known.items() if value for word in (name, value)]
        return self.work.door.ask(["ended", self.shipped["tag"], "--pipeline", self.work.pipeline, *options])

    def _adopted(self, application: str) -> Answer:
        if self._secured:
            return self._asked(application, "")
        return self._ended(application, self._yarn.wait(application).final_status)

    @property
    def _secured(self) -> bool:
        return self.work.door.environment.secured

    def _ended(self, application: str, state: str) -> Answer:
        """What the stage left where whoever submitted it looks."""
        from assay.store.place import open_place
        from assay.store.submissions import read_ending

        environment = self.work.door.environment
        if environment.secured:
            return self._asked(application, state)
        lake = open_place(environment.lake, environment.webhdfs)
        tag, attempt = self.shipped["tag"], self.shipped["attempt"]
        end, document = read_ending(
            lake, self.work.pipeline, tag, application=application, attempt=attempt, state=state
        )
        return Answer(end.exit_code, document)
