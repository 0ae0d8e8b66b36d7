"""A chart of gains with their intervals beside a margin, as an SVG that needs nothing around it.

Its colours are attributes, so that it is readable alone, in MLflow. On a page the classes take those of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape

WIDTH, LABEL, FIGURES, ROW, TOP, BOTTOM = 860, 250, 210, 22, 8, 30
INK, SOFT, LINE = "#1f2430", "#667085", "#98a2b3"


class Tone(StrEnum):
    """The colour of a row: what was shown, what was refused, and what is neither."""

    GOOD = "#067647"
    BAD = "#b42318"
    OPEN = "#b54708"
    QUIET = "#667085"


@dataclass(frozen=True, slots=True)
class Gain:
    """A row of the chart: a label, the gain with the ends of its interval, a tone, and a title for the pointer."""

    label: str
    low: float
    estimate: float
    high: float
    tone: Tone = Tone.QUIET
    title: str = ""


def interval_chart(gains: Sequence[Gain], *, margin: float, title: str) -> str:
    """Return the SVG of a row for each gain, with lines at 0 and at the margin; an empty text without a gain.

    >>> interval_chart([], margin=0.01, title="")
    ''
    """
    if not gains:
        return ""
    low, high = min(0.0, *(gain.low for gain in gains)), max(margin, *(gain.high for gain in gains))
    pad = 0.04 * (high - low) or 1.0
    axis = _Axis(low - pad, high + pad)
    bottom = TOP + ROW * len(gains)
    lines = [_line(axis.x(0.0), bottom, "even", INK, ""), _line(axis.x(margin), bottom, "margin", LINE, "5 4")]
    names = [_text(axis.x(0.0), bottom + 16, "0", "middle"), _text(axis.x(margin), bottom + 16, "margin", "start")]
    if axis.x(margin) - axis.x(0.0) < 16:
        names = [_text(axis.x(margin) + 4, bottom + 16, "0, margin", "start")]
    rows = [part for number, gain in enumerate(gains) for part in _row(axis, gain, TOP + ROW * number + ROW / 2)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + BOTTOM}" role="img" '
        f'aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="12">'
    )
    return "".join([head, *lines, *names, *rows, "</svg>"])


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float

    def x(self, value: float) -> float:
        return LABEL + (WIDTH - LABEL - FIGURES) * (value - self.low) / (self.high - self.low)


def _row(axis: _Axis, gain: Gain, y: float) -> list[str]:
    title = f"<title>{escape(gain.title)}</title>" if gain.title else ""
    figures = f"{gain.estimate:+.3g}  [{gain.low:+.3g}, {gain.high:+.3g}]"
    label = gain.label if len(gain.label) <= 40 else f"{gain.label[:39]}…"
    return [
        f'<g class="tone {gain.tone.name.lower()}" stroke="{gain.tone}" fill="{gain.tone}">{title}'
        f'<line x1="{axis.x(gain.low):.1f}" x2="{axis.x(gain.high):.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke-width="2"/>'
        f'<circle cx="{axis.x(gain.estimate):.1f}" cy="{y:.1f}" r="4"/></g>',
        _text(LABEL - 10, y + 4, label, "end"),
        _text(WIDTH - 4, y + 4, figures, "end"),
    ]


def _line(x: float, bottom: float, css: str, colour: str, dashes: str) -> str:
    return (
        f'<line class="{css}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}" stroke="{colour}"'
        f"{f' stroke-dasharray={chr(34)}{dashes}{chr(34)}' if dashes else ''}/>"
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{SOFT}">{escape(text)}</text>'
