"""report: the pages of a pipeline and the index of its project, from the ledger and the Profiles; no JVM, no MLflow."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import assay
from assay.errors import AssayError, InputError
from assay.report.page import render, style_digest
from assay.spec.project import Project, load_pipeline
from assay.stages.monitoring.served_history import service_of
from assay.stages.reporting.daily_summary import daily_summary
from assay.stages.reporting.days import DayPage, DayPages
from assay.stages.reporting.index_page import IndexPage, index_page
from assay.stages.reporting.links import (
    SCORE_CARD_PAGE,
    day_page,
    decision_page,
    report_folder,
    summary_page,
    version_page,
    year_page,
)
from assay.stages.reporting.pipeline_page import PipelineReport, pipeline_report
from assay.stages.reporting.score_card_page import score_card_page
from assay.stages.reporting.series.calendars import calendars
from assay.stages.reporting.write_summary import write_summary
from assay.stages.runtime.context import Context
from assay.store.filesystem.atomic import write_atomically
from assay.store.ledger.run_record import PartitionStatus

HEAD = 400
"""The bytes at the begin of a page of a day that hold the digest of what the page follows from."""


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """The place of a pipeline's page, what it shows, the number of pages that were written now, and the days.

    `summary_error` is the reason why the newest day has no daily summary, None where it has one or needs none.
    """

    path: Path
    report: PipelineReport
    pages: int
    days: DayPages
    summary_error: AssayError | None = None

    def day(self, day: date) -> tuple[Path, DayPage]:
        """Return the place of the page of a day, and what it shows.

        Raises:
            InputError: Nothing is known of the day.
        """
        if day not in self.report.days:
            known = f"{self.report.days[0]} to {self.report.days[-1]}" if self.report.days else "none yet"
            hint = f"the days of {self.report.pipeline} are {known}"
            raise InputError(f"no table of {self.report.pipeline} has a day {day}", code="unknown-date", hint=hint)
        return self.path.parent / day_page(day), self.days.page(day)


def write_report(ctx: Context) -> WrittenReport:
    """Write the pages of a pipeline below the project's home: of the pipeline, its days, versions and decisions.

    The page of a day is written only if something happened to it, so a night adds few pages to those of a year.
    The daily summary of the newest published day is written too, so a scheduler that writes the report writes it. Where
    it cannot be made, `summary_error` is the reason.
    """
    ctx = ctx.with_fixed_ledger()
    service = service_of(ctx)
    report = pipeline_report(ctx, service)
    folder = report_folder(ctx.pipeline.project) / ctx.pipeline.name
    days = DayPages(ctx, service, list(report.days), report.costs)
    pages, summary_error = _write_summary(ctx)
    for page in report.versions:
        _write(folder / version_page(page.version), render("version.html", page=page, report=report))
        pages += 1
    for gate in report.gates:
        _write(folder / decision_page(gate.run_id), render("decision.html", page=gate, report=report))
        pages += 1
    for year in report.years:
        shown = calendars(ctx, date(year, 1, 1), date(year, 12, 31))
        _write(folder / year_page(year), render("year.html", year=year, calendars=shown, report=report))
        pages += 1
    pages += _write_days(ctx, folder, report, days)
    _write(folder / SCORE_CARD_PAGE, render("score_card.html", page=score_card_page(report), report=report))
    pages += 1
    path = folder / "index.html"
    _write(path, render("pipeline.html", report=report))
    return WrittenReport(path, report, pages + 1, days, summary_error)


def write_index(project: Project) -> tuple[Path, IndexPage]:
    """Write the index of a project's pipelines, and return its place and what it shows."""
    contexts, broken = [], []
    for name in project.pipelines():
        try:
            contexts.append(Context(load_pipeline(project, name)))
        except AssayError as error:
            broken.append((name, error))
    page = index_page(project.root.name, contexts, broken)
    path = report_folder(project) / "index.html"
    _write(path, render("index.html", page=page))
    return path, page


def _write_summary(ctx: Context) -> tuple[int, AssayError | None]:
    """Write the summary of the newest day whose scores are published; return the number of its pages, and an error.

    A summary that cannot be made, since a measurement of the day is gone, does not keep the report from its readers.
    """
    if not ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED):
        return 0, None
    try:
        write_summary(ctx, daily_summary(ctx), with_report=True)
    except AssayError as error:
        return 0, error
    return 1, None


def _write_days(ctx: Context, folder: Path, report: PipelineReport, days: DayPages) -> int:
    """Write the pages of the days that changed, and return their number.

    A page holds the digest of what it follows from. So a page of a killed run, of two runs at once, of another lake or
    of an earlier version of Assay is written again.
    """
    project, spec, changed = ctx.pipeline.project, ctx.pipeline.spec, 0
    of_all = [spec.gate.metric, list(spec.tables), project.environment.name, assay.__version__, style_digest()]
    for day in days.days:
        place, summarised = folder / day_page(day), (folder / summary_page(day)).exists()
        source = f"{json.dumps([*of_all, summarised])} {days.source(day)}"
        digest = hashlib.sha256(source.encode()).hexdigest()[:16]
        if f'content="{digest}"' not in _head(place):
            page = days.page(day)
            _write(place, render("day.html", page=page, report=report, digest=digest, summarised=summarised))
            changed += 1
    return changed


def _head(page: Path) -> str:
    """Return the begin of a page; an empty text where there is none that can be read."""
    try:
        with page.open("rb") as file:
            return file.read(HEAD).decode(errors="replace")
    except OSError:
        return ""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode())
