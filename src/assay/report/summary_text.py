"""The daily summary as plain text of at most 78 characters a line, for a terminal or a mail."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from assay.core.interval import days_in_words
from assay.core.monitoring.service.day_comparison import ComparedFigure
from assay.core.monitoring.service.score_distribution import edge_text
from assay.core.notifications.message import one_line
from assay.report.content.daily_summary import DailySummary

WIDTH = 78
"""The most characters of a line; a name that is longer makes its own line longer."""

BAR = 24
"""The characters of the longest bar of the distribution."""


def summary_text(summary: DailySummary) -> str:
    """Return the summary as lines of text, the last one with its line break."""
    blocks = [_head(summary), _figures(summary), _scores(summary), _sums(summary), _held(summary), _foot(summary)]
    return "\n\n".join("\n".join(lines) for block in blocks if (lines := list(block))) + "\n"


def figure_text(value: float | None) -> str:
    """Return a number with at most six digits that count, a dash for a missing one.

    >>> figure_text(1204.0), figure_text(0.23123456), figure_text(None), figure_text(12_345_678.9)
    ('1,204', '0.231235', '-', '12,345,679')
    """
    if value is None:
        return "-"
    if abs(value) >= 100_000 or value == int(value):
        return f"{value:,.0f}" if abs(value) < 1e15 else f"{value:.5e}"
    return f"{value:,.6g}"


def score_text(value: float | None) -> str:
    """Return a score with four digits that count, a dash for a missing one.

    >>> score_text(0.29294), score_text(12345.6), score_text(None)
    ('0.2929', '12,346', '-')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if 10_000 <= abs(value) < 1e15 else f"{value:.4g}"


def change_text(figure: ComparedFigure) -> str:
    """Return the change against the week before: in percent, or as a difference where the week before was 0.

    >>> change_text(ComparedFigure("rows", 103.0, 100.0)), change_text(ComparedFigure("rows", 3.0, 0.0))
    ('+3.0 %', '+3')
    """
    if figure.change is None:
        return ""
    ratio = figure.relative_change
    if ratio is not None:
        return f"{100 * ratio:+,.1f} %"
    return f"{'+' if figure.change > 0 else ''}{figure_text(figure.change)}"


def difference_text(figure: ComparedFigure) -> str:
    """Return the change of a score as a difference, empty without a week before.

    >>> difference_text(ComparedFigure("mean", 0.2931, 0.2872)), difference_text(ComparedFigure("mean", 0.3, 0.3))
    ('+0.0059', '0')
    """
    if figure.change is None:
        return ""
    text = score_text(float(f"{figure.change:.3g}"))
    return f"+{text}" if figure.change > 0 else text


def share_text(share: float | None) -> str:
    """Return a share as percent, a dash for a missing one.

    >>> share_text(0.0474), share_text(None)
    ('4.7 %', '-')
    """
    return "-" if share is None else f"{100 * share:.1f} %"


def points_text(share: float, before: float | None) -> str:
    """Return the difference of two shares in points of percent, empty without a week before.

    >>> points_text(0.12, 0.1), points_text(0.12, None), points_text(0.1, 0.10001)
    ('+2.0 pts', '', '0.0 pts')
    """
    if before is None:
        return ""
    points = round(100 * (share - before), 1)
    return f"{points:+.1f} pts" if points else "0.0 pts"


def _head(summary: DailySummary) -> Iterator[str]:
    title = f"{summary.pipeline}, {summary.day:%A} {summary.day}"
    yield title
    yield "=" * len(title)
    yield from _wrapped(summary.question)
    yield ""
    yield from _wrapped(f"{summary.headline.urgency.words.upper()}: {summary.headline.sentence}")
    if len(summary.headline.reasons) > 1:
        for reason in summary.headline.reasons:
            yield from _wrapped(reason.sentence, "- ")
    if summary.headline.reasons and summary.published:
        yield from _wrapped(summary.compared.sentence)


def _figures(summary: DailySummary) -> Iterator[str]:
    compared = summary.compared
    yield _row("", str(compared.day), str(compared.week_before or "a week before"), "change")
    rows = compared.rows
    yield _row("rows", figure_text(rows.value), figure_text(rows.before), change_text(rows))
    yield _row("version of the model", str(compared.version or "-"), str(compared.version_before or "-"), "")
    for figure in compared.scores:
        value, before = score_text(figure.value), score_text(figure.before)
        yield _row(f"score, {figure.name}", value, before, difference_text(figure))
    for one in compared.shares:
        points = points_text(one.share, one.before)
        yield _row(f"rows from score {edge_text(one.threshold)}", share_text(one.share), share_text(one.before), points)


def _scores(summary: DailySummary) -> Iterator[str]:
    bins = summary.compared.bins
    if not bins:
        return
    yield "Rows by score"
    largest = max(one.share for one in bins) or 1.0
    width = max(len(edge_text(one.low)) for one in bins)
    for one in bins:
        bar = "#" * round(BAR * one.share / largest)
        then = "" if one.before is None else f"  (then {share_text(one.before)})"
        yield f"  {edge_text(one.low):>{width}} {share_text(one.share):>8} {bar:<{BAR}}{then}".rstrip()


def _sums(summary: DailySummary) -> Iterator[str]:
    if summary.compared.sums:
        yield "Sums over all scored rows"
    for figure in summary.compared.sums:
        yield _row(f"  {figure.name}", figure_text(figure.value), figure_text(figure.before), change_text(figure))


def _held(summary: DailySummary) -> Iterator[str]:
    if not summary.held:
        yield "Nothing is held."
        return
    yield "Held now"
    for table in summary.held:
        yield from _wrapped(f"{table.name}: {days_in_words(list(table.days))}", "- ")


def _foot(summary: DailySummary) -> Iterator[str]:
    yield from _wrapped(summary.quality)
    if summary.note:
        yield from _wrapped(summary.note)
    yield ""
    yield from _wrapped(f"Questions: {summary.owner}. Run {summary.run_id}, {summary.scored_at}.")


def _row(name: str, value: str, before: str, change: str) -> str:
    return f"{name:<28} {value:>16} {before:>16} {change:>14}".rstrip()


def _wrapped(text: str, first: str = "") -> list[str]:
    indent = " " * len(first)
    return textwrap.wrap(one_line(text), WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)
