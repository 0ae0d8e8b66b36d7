"""The daily summary as CSV (RFC 4180), one figure a line, that a spreadsheet can open without running a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from assay.core.monitoring.service.day_comparison import ScoreBin, ThresholdShare
from assay.core.monitoring.service.score_distribution import edge_text
from assay.report.content.daily_summary import DailySummary

HEADER = ("pipeline", "day", "figure", "name", "value", "week_before", "change")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The characters with which a spreadsheet begins a formula (OWASP, CSV injection), their wide forms included."""

Cell = str | float | int | None


def summary_csv(summary: DailySummary) -> str:
    """Return the summary as CSV with a header; lines end with CR and LF.

    A text that begins like a formula has an apostrophe before it. A number is written as a number, and a missing one
    as an empty cell.
    """
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(HEADER)
    for row in _rows(summary):
        writer.writerow([escaped(cell) for cell in (summary.pipeline, str(summary.day), *row)])
    return stream.getvalue()


def escaped(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula.

    >>> escaped("=1+1"), escaped(" @x"), escaped("depot"), escaped(-1.5)
    ("'=1+1", "' @x", 'depot', -1.5)
    """
    if isinstance(cell, float):
        return float(f"{cell:.15g}")
    if not isinstance(cell, str):
        return cell
    return f"'{cell}" if cell.startswith(FORMULA) or cell.lstrip().startswith(FORMULA) else cell


def _rows(summary: DailySummary) -> Iterator[tuple[Cell, ...]]:
    """Yield each figure: its kind, its name, its value, that of the week before, and the change."""
    compared, then = summary.compared, summary.compared.week_before
    yield "day", "", str(compared.day), str(then) if then else None, None
    yield "state", "", "published" if summary.published else "held", None, None
    yield "rows", "", compared.rows.value, compared.rows.before, compared.rows.change
    yield "version", "", compared.version, compared.version_before, None
    for figure in compared.scores:
        yield "score", figure.name, figure.value, figure.before, figure.change
    for share in compared.shares:
        yield "share_from", edge_text(share.threshold), share.share, share.before, _change(share)
    for one in compared.bins:
        yield "share_between", f"{edge_text(one.low)} to {edge_text(one.high)}", one.share, one.before, _change(one)
    for figure in compared.sums:
        yield "sum", figure.name, figure.value, figure.before, figure.change
    for table in summary.held:
        for held in table.days:
            yield "held", table.name, str(held), None, None
    yield "headline", summary.headline.urgency.value, summary.headline.sentence, None, None
    yield "quality", "", summary.quality, None, None
    if summary.note:
        yield "note", "", summary.note, None, None


def _change(one: ThresholdShare | ScoreBin) -> float | None:
    return None if one.before is None else one.share - one.before
