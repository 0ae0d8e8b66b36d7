"""The places of the pages: the folder of all, and of each page its path from the folder of its pipeline."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from assay.spec.project import Project

SCORE_CARD_PAGE = "score-card.html"
"""The page of the ML Test Score."""


def report_folder(project: Project) -> Path:
    """Return the folder of the index, with a folder for each pipeline."""
    return project.home / "report"


def day_page(day: date) -> str:
    """Return the page of a day.

    >>> day_page(date(2024, 1, 2))
    'days/2024-01-02.html'
    """
    return f"days/{day}.html"


def year_page(year: int) -> str:
    """Return the page with the days of a year."""
    return f"days/{year}.html"


def version_page(version: int) -> str:
    """Return the page of a version."""
    return f"versions/{version}.html"


def decision_page(run_id: str) -> str:
    """Return the page of the decision of a run of the gate."""
    return f"decisions/{run_id}.html"


def summary_page(day: date) -> str:
    """Return the summary of a scored day; its text and its CSV lie beside it.

    >>> summary_page(date(2024, 1, 2))
    'summaries/2024-01-02.html'
    """
    return f"summaries/{day}.html"
