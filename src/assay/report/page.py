"""Pages as HTML that opens anywhere: one file each, with its style and its charts inside, and no script."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from assay.core.monitoring.service.score_distribution import edge_text
from assay.core.text import quantity
from assay.report.charts.calendar_chart import calendar_chart
from assay.report.charts.calibration_chart import calibration_chart
from assay.report.charts.score_chart import score_chart
from assay.report.charts.small_chart import small_chart
from assay.report.charts.step_chart import step_chart
from assay.report.summary_text import change_text, difference_text, figure_text, points_text, score_text, share_text

CHARTS = {
    "step_chart": step_chart,
    "calendar_chart": calendar_chart,
    "small_chart": small_chart,
    "calibration_chart": calibration_chart,
    "score_chart": score_chart,
}


def render(template: str, **content: Any) -> str:
    """Return a page as HTML; every text but the charts is escaped.

    Raises:
        jinja2.UndefinedError: The template uses an entry that `content` lacks.
    """
    return _environment().get_template(template).render(**content)


@lru_cache(maxsize=1)
def style_digest() -> str:
    """Return the digest of all templates: pages that an earlier version of Assay wrote are written again."""
    digest = hashlib.sha256()
    for _, content in _templates():
        digest.update(content)
    return digest.hexdigest()[:16]


def _templates() -> Iterator[tuple[str, bytes]]:
    folder = files("assay.report") / "templates"
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        yield entry.name, entry.read_bytes()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("assay.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["quantity"] = quantity
    environment.filters["number"] = lambda number: "" if number is None else f"{number:,.3f}"
    environment.filters["signed"] = lambda number: "" if number is None else f"{number:+.4f}"
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    environment.filters["instant"] = _instant
    environment.filters["seconds"] = _seconds
    environment.filters["mebibytes"] = lambda size: "" if size is None else f"{size / 2**20:,.0f} MiB"
    for text in (change_text, difference_text, edge_text, figure_text, points_text, score_text, share_text):
        environment.filters[text.__name__] = text
    for name, chart in CHARTS.items():
        environment.filters[name] = lambda content, chart=chart, **options: Markup(chart(content, **options))
    return environment


def _instant(text: str) -> str:
    """Return an instant of the ledger to the minute.

    >>> _instant("2026-11-30T18:52:09Z")
    '2026-11-30 18:52 UTC'
    """
    day, _, clock = text.removesuffix("Z").partition("T")
    return f"{day} {clock[:5]} UTC"


def _seconds(seconds: float | None) -> str:
    """Return a time in the unit that a person would use.

    >>> [_seconds(one) for one in (0.42, 42.0, 4200.0)]
    ['0.4 s', '42 s', '1 h 10 min']
    """
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
