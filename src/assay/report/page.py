"""The report of a pipeline: one HTML page that opens anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(page: Mapping[str, Any]) -> str:
    """The page as HTML; every text is escaped but the charts. Raises jinja2's UndefinedError for a missing entry."""
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
