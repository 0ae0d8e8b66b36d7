"""Airflow's Spark provider with a submission that was prepared: the only file that names its private attributes.

`tests/airflow/test_provider_contract.py` holds the contract with the installed provider.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from typing import Any

from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

TERMINATION_SECONDS = 30.0
"""Seconds in which a driver ends after SIGTERM, before it is killed."""


class PreparedSubmitHook(SparkSubmitHook):
    """The provider's hook for a prepared submission: the environment file names the cluster, and no connection."""

    def __init__(self, prepared: Mapping[str, Any]) -> None:
        self._prepared = prepared
        super().__init__(
            conf=dict(prepared["settings"]), name=prepared["name"], application_args=list(prepared["arguments"])
        )

    def _resolve_connection(self) -> dict[str, Any]:
        return {
            "master": self._prepared["master"],
            "deploy_mode": self._prepared["deploy_mode"],
            "spark_binary": self._prepared["program"],
            "queue": None,
            "namespace": None,
            "principal": None,
            "keytab": None,
        }

    def submit(self, application: str = "", **kwargs: Any) -> str | None:
        """Submit as the provider does, with the submission's variables; those for containers are among its settings."""
        changed: dict[str, str | None] = self._prepared["variables"]
        kept = {name: value for name, value in os.environ.items() if name not in changed}
        assigned = {name: value for name, value in changed.items() if value is not None}
        driver: str | None = super().submit(application, env=kept | assigned, **kwargs)
        return driver

    def end(self) -> None:
        """Request the end of the submission on this machine, and wait for it.

        In client mode it is the driver, and so the application.
        """
        if self._submit_sp is None or self._submit_sp.poll() is not None:
            return
        self._submit_sp.terminate()
        try:
            self._submit_sp.wait(TERMINATION_SECONDS)
        except subprocess.TimeoutExpired:
            self._submit_sp.kill()


class PreparedSubmitOperator(SparkSubmitOperator):
    """The provider's operator for a submission that was prepared; `prepared` is set before `execute`."""

    def __init__(self, **operator_arguments: Any) -> None:
        super().__init__(durable=False, **operator_arguments)
        self.prepared: dict[str, Any] = {}

    def end_submission(self) -> None:
        """End what was submitted from this process, if anything was."""
        if isinstance(self._hook, PreparedSubmitHook):
            self._hook.end()

    def _get_hook(self) -> PreparedSubmitHook:
        return PreparedSubmitHook(self.prepared)
