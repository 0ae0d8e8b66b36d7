"""The files of a daily summary: HTML, text and CSV, each written whole beside the pages of its pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from assay.report.content.daily_summary import DailySummary
from assay.report.page import render
from assay.report.summary_csv import summary_csv
from assay.report.summary_text import summary_text
from assay.stages.reporting.links import day_page, report_folder, summary_page
from assay.stages.runtime.context import Context
from assay.store.filesystem.atomic import write_atomically


class SummaryFormat(StrEnum):
    """A form of the summary; the value is the one that the command line takes."""

    TEXT = "text"
    HTML = "html"
    CSV = "csv"

    @property
    def suffix(self) -> str:
        """The suffix of its file."""
        return ".txt" if self is SummaryFormat.TEXT else f".{self}"


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """A form of a summary: its text, and the file that holds it."""

    form: SummaryFormat
    path: Path
    text: str


def write_summary(ctx: Context, summary: DailySummary, *, with_report: bool = False) -> tuple[WrittenForm, ...]:
    """Write the summary in each form below the project's home, over an earlier one of the day, and return them.

    The HTML links to the pages of the pipeline and of the day where these are written already, or are written now.
    """
    folder = report_folder(ctx.pipeline.project) / ctx.pipeline.name
    page = folder / summary_page(summary.day)
    linked = with_report or ((folder / "index.html").exists() and (folder.parent / "index.html").exists())
    day_linked = with_report or (folder / day_page(summary.day)).exists()
    texts = {
        SummaryFormat.TEXT: summary_text(summary),
        SummaryFormat.HTML: render("summary.html", page=summary, linked=linked, day_linked=day_linked),
        SummaryFormat.CSV: summary_csv(summary),
    }
    page.parent.mkdir(parents=True, exist_ok=True)
    written = tuple(WrittenForm(form, page.with_suffix(form.suffix), text) for form, text in texts.items())
    for one in written:
        write_atomically(one.path, one.text.encode())
    return written
