"""The report of a pipeline: one HTML page that opens anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(page: Mapping[str, Any]) -> str:
    """Return the page as HTML; every text but the charts is escaped.

    Raises:
        jinja2.UndefinedError: The template uses an entry that `page` lacks.
    """
    environment = Environment(
        loader=PackageLoader("assay.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["number"] = lambda number: "" if number is None else f"{number:,.3f}"
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return environment.get_template("pipeline.html").render(**page)
