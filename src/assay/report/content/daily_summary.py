"""The content of a daily summary: a scored day for the people who use its scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.core.monitoring.service.day_comparison import DayComparison
from assay.report.content.headline import Headline


@dataclass(frozen=True, slots=True)
class HeldTable:
    """A table, or the scores, with the days that are held now, in order."""

    name: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class BusinessSum:
    """A sum of the spec: its name and its SQL."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class DailySummary:
    """A day of the scores of a pipeline.

    - `published` is False where the scores of the day are held: then `compared` has their number of rows alone.
    - `note` is who released the scores and why, empty where they were never held.
    - `quality` is one sentence on the labels known so far and on the newest monitoring up to the day.
    - `sums` are those of the spec, in the order of those in `compared`.
    """

    pipeline: str
    question: str
    owner: str
    day: date
    published: bool
    scored_at: str
    run_id: str
    headline: Headline
    compared: DayComparison
    sums: tuple[BusinessSum, ...]
    held: tuple[HeldTable, ...]
    quality: str
    note: str
    version: str
    at: str
