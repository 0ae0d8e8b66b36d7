"""The links of Airflow's tasks: one class for each, since Airflow keeps an address by the name of its class."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperatorLink

from assay.orchestration.page_links import PageLink, links_of_task


class _PageOfTask(BaseOperatorLink):
    """A page that the task knows when it ends; empty where it ended before it began."""

    link: PageLink

    @property
    def name(self) -> str:
        """The words that Airflow shows."""
        return str(self.link)

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow's signature
        """Return the address of the page."""
        return str(operator.pages.get(self.link, ""))


class ReportLink(_PageOfTask):
    """The pipeline's report: a page below $ASSAY_REPORTS, or a file on the worker."""

    link = PageLink.REPORT


class DayReportLink(_PageOfTask):
    """The report of the data date of the run."""

    link = PageLink.DAY


class DecisionReportLink(_PageOfTask):
    """The report of what the gate decided in this run."""

    link = PageLink.DECISION


class MlflowLink(_PageOfTask):
    """The pipeline's versions in MLflow."""

    link = PageLink.MLFLOW


_LINKS: tuple[_PageOfTask, ...] = (ReportLink(), DayReportLink(), DecisionReportLink(), MlflowLink())


def extra_links(work: Any) -> tuple[BaseOperatorLink, ...]:
    """Return the links of a task, by its `TaskConfig`."""
    wanted = links_of_task(work.plan, work.tracking)
    return tuple(link for link in _LINKS if link.link in wanted)
