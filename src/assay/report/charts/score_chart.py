"""The scores of a day as bars, with a step line of those of the week before."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assay.core.monitoring.service.day_comparison import ScoreBin
from assay.core.monitoring.service.score_distribution import edge_text
from assay.report.charts.axes import BOTTOM, LEFT, RIGHT, TOP, WIDTH, svg, tick_step, value_axis

HEIGHT = 220


def score_chart(bins: Sequence[ScoreBin], *, day: str, before: str = "") -> str:
    """Return the SVG of the shares of rows by score, in percent, with a legend; an empty text without a bin.

    `day` and `before` name the day and the one a week before, which is empty without one.
    """
    if not bins:
        return ""
    highest = max(max(one.share, one.before or 0.0) for one in bins) * 100
    values = value_axis([0.0, highest], HEIGHT)
    low, span = bins[0].low, bins[-1].high - bins[0].low

    def x(score: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (score - low) / span

    floor = values.y(0.0)
    parts = [*values.ticks(), *_ticks(bins, x(low), (WIDTH - LEFT - RIGHT) / span)]
    for one in bins:
        left, right, top = x(one.low), x(one.high), values.y(100 * one.share)
        then = "" if one.before is None else f", a week before {one.before:.1%}"
        title = f"<title>score {edge_text(one.low)} to {edge_text(one.high)}: {one.share:.1%} of the rows{then}</title>"
        parts.append(
            f'<rect class="bar" x="{left + 1:.1f}" y="{top:.1f}" width="{max(right - left - 2, 1):.1f}" '
            f'height="{max(floor - top, 0):.1f}">{title}</rect>'
        )
    steps = [
        f"H{x(one.low):.1f} V{values.y(100 * one.before):.1f} H{x(one.high):.1f}"
        for one in bins
        if one.before is not None
    ]
    if steps:
        parts.append(f'<path class="then" d="M{x(low):.1f} {floor:.1f} {" ".join(steps)} V{floor:.1f}"/>')
    return svg(HEIGHT, f"share of rows by score on {day}, in percent", parts) + _legend(day, before if steps else "")


def _ticks(bins: Sequence[ScoreBin], origin: float, scale: float) -> list[str]:
    """Return the numbers below the bars: about five round scores."""
    low, high = bins[0].low, bins[-1].high
    step = tick_step(high - low)
    first = round(low / step + 0.499)
    scores = [float(f"{number * step:.12g}") for number in range(first, first + 12) if number * step <= high]
    y = HEIGHT - BOTTOM + TOP + 4
    return [
        f'<text x="{origin + (score - low) * scale:.1f}" y="{y}" text-anchor="middle">{edge_text(score)}</text>'
        for score in scores
    ]


def _legend(day: str, before: str) -> str:
    then = f'<span><i class="key then"></i>{escape(before)}, a week before</span>' if before else ""
    return f'<div class="legend"><span><i class="key s0"></i>{escape(day)}</span>{then}</div>'
