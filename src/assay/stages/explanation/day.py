"""The account of a date: its tables and scores, and what was held and why."""

from __future__ import annotations

from datetime import date

from assay.core.suggestions import did_you_mean
from assay.errors import InputError
from assay.report.content.explanation import Account, AccountPart
from assay.stages.monitoring.served_history import service_of
from assay.stages.reporting.days import DayPage, DayPages, DayPartition
from assay.stages.reporting.series.calendars import known_days
from assay.stages.runtime.context import Context


def explain_day(ctx: Context, day: date) -> DayPage:
    """Return what is known of a date.

    Raises:
        InputError: Nothing is known of it.
    """
    days = known_days(ctx)
    if day not in days:
        hint = did_you_mean(str(day), map(str, reversed(days)), "the newest days are")
        raise InputError(f"no table of {ctx.pipeline.name} has a day {day}", code="unknown-date", hint=hint)
    return DayPages(ctx, service_of(ctx), days, ()).page(day)


def day_account(ctx: Context, page: DayPage) -> Account:
    """Return the account of a date as a page."""
    rows = tuple(
        (one.name, one.state, _counts(one), f"{one.checks}" if one.is_newest else "", one.run_id, one.why)
        for one in page.partitions
    )
    failed = tuple(
        line
        for one in page.partitions
        for check in one.failed
        for line in (f"{one.name}: {check.sentence}", *(f"  {example}" for example in check.examples))
    )
    labels = f"{page.labelled:,} rows have a label" + (
        "" if page.metric is None else f"; the metric is {page.metric:.4f}"
    )
    parts = (
        AccountPart("tables and scores", columns=("table", "state", "rows", "checks", "run", "why"), rows=rows),
        AccountPart("checks that failed", notes=failed or ("None.",)),
        AccountPart("labels", notes=(f"{labels}.",)),
        AccountPart("events", notes=tuple(event.sentence for event in page.events) or ("None.",)),
        AccountPart(
            "monitorings",
            columns=("action", "version", "sentence", "run"),
            rows=tuple((one.action, str(one.version), one.sentence, one.run_id) for one in page.monitorings),
            notes=() if page.monitorings else ("None.",),
        ),
    )
    return Account(ctx.pipeline.name, str(page.day), _headline(page), parts)


def _headline(page: DayPage) -> str:
    held = [one.name for one in page.partitions if one.is_newest and one.state == "held"]
    return f"Held: {', '.join(held)}." if held else "Nothing of it is held."


def _counts(one: DayPartition) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in one.counts.items())
