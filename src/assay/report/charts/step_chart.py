"""A value over time as steps with bands: a step joins the days that it was computed of, and nothing joins two steps."""

from __future__ import annotations

from html import escape

from assay.report.charts.axes import BOTTOM, LEFT, RIGHT, TOP, WIDTH, DayAxis, ValueAxis, svg, value_axis
from assay.report.content.series import Mark, SeriesStep, StepSeries

HEIGHT = 250
COLOURS = 6
"""The number of colours for lines; the style names them s0 to s5."""


def step_chart(series: StepSeries, *, height: int = HEIGHT) -> str:
    """Return the SVG of the steps with their bands, the marks and the levels; an empty text without a step.

    A hollow step rests on few rows.
    """
    if not series.steps:
        return ""
    names = list(dict.fromkeys(step.series for step in series.steps))
    days = DayAxis(min(step.first for step in series.steps), max(step.last for step in series.steps))
    values = value_axis([*_values(series.steps), *series.levels.values()], height)
    marks = [mark for mark in series.marks if days.first <= mark.day <= days.last]
    parts = [*values.ticks(), *days.ticks(height)]
    parts += [_level(values, name, value) for name, value in series.levels.items()]
    parts += [_mark(days, mark, height) for mark in marks]
    parts += [_step(days, values, step, names.index(step.series) % COLOURS, series.unit) for step in series.steps]
    return svg(height, series.title, parts) + _legend(names, marks)


def _values(steps: tuple[SeriesStep, ...]) -> list[float]:
    """Return all values, and the ends of those bands that do not hide them: a band of few rows may be huge."""
    centres = [step.value for step in steps]
    spread = max(centres) - min(centres) or abs(centres[0]) or 1.0
    low, high = min(centres) - spread, max(centres) + spread
    ends = [end for step in steps for end in (step.low, step.high) if end is not None]
    return [*centres, *(min(max(end, low), high) for end in ends)]


def _level(values: ValueAxis, name: str, value: float) -> str:
    y = values.y(value)
    return f'<line class="level {escape(name)}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _mark(days: DayAxis, mark: Mark, height: int) -> str:
    x, title = days.x(mark.day, 0.0), f"<title>{mark.day}: {escape(mark.text)}</title>"
    if mark.kind in ("version", "rollback"):
        return (
            f'<line class="mark {mark.kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - BOTTOM}">{title}</line>'
        )
    bottom = height - BOTTOM
    return f'<path class="mark {escape(mark.kind)}" d="M{x - 4:.1f} {bottom} l4 -9 l4 9 z">{title}</path>'


def _step(days: DayAxis, values: ValueAxis, step: SeriesStep, colour: int, unit: str) -> str:
    left, right, y = days.x(step.first, 0.08), days.x(step.last, 0.92), values.y(step.value)
    interval = "" if step.low is None or step.high is None else f" [{step.low:.4g}, {step.high:.4g}]"
    span = f"{step.first}" if step.first == step.last else f"{step.first} to {step.last}"
    few = ", few" if step.few else ""
    text = f"{step.series}, {span}: {unit} {step.value:.4g}{interval} ({step.rows:,} rows{few})"
    band = "" if step.low is None or step.high is None else _band(values, step.low, step.high, left, right)
    dashes = ' stroke-dasharray="3 2"' if step.few else ""
    line = f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"{dashes}/>'
    return f'<g class="step s{colour}"><title>{escape(text)}</title>{band}{line}</g>'


def _band(values: ValueAxis, low: float, high: float, left: float, right: float) -> str:
    top, bottom = values.y(min(high, values.high)), values.y(max(low, values.low))
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{max(bottom - top, 0):.1f}"/>'


def _legend(names: list[str], marks: list[Mark]) -> str:
    lines = [f'<span><i class="key s{n % COLOURS}"></i>{escape(name)}</span>' for n, name in enumerate(names)]
    kinds = dict.fromkeys(mark.kind for mark in marks)
    shapes = [f'<span><i class="key mark {escape(kind)}"></i>{escape(kind)}</span>' for kind in kinds]
    return f'<div class="legend">{"".join([*lines, *shapes])}</div>'
