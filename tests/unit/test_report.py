"""The report's chart and page, from plain data."""

from __future__ import annotations

from datetime import date
from typing import Any
from xml.etree import ElementTree

from assay.core.evaluation.constant_baseline import AgainstConstant
from assay.report.chart import Lines, Point, line_chart
from assay.report.page import render

from ..expect_errors import missing_data

LINES: Lines = {
    "version 1": [[Point(date(2013, 5, 1), 0.62), Point(date(2013, 6, 1), 0.66)], [Point(date(2013, 9, 1), 0.64)]],
    "a < b": [[Point(date(2013, 5, 8), 0.7, "a week < two", few=True)]],
}
PAGE: dict[str, Any] = {
    "pipeline": "flights", "question": "Late?", "owner": "<script>alert(1)</script>", "version": "0", "at": "now",
    "champion": None, "champion_name": "", "challengers": [], "alias_lag": None, "override": None, "scored": 0,
    "held": [], "metric": "RMSE",
    "direction": "lower is better", "limit": "ceiling", "floor": 9.0, "chart": "", "beside_chart": "", "loss": "RMSE",
    "constant": "mean", "months": [], "hindsight": {"rules": [], "comparisons": []},
    "decisions": {"sentence": "nothing is known", "changes": []},
    "age": {"sentence": "it is not known", "bands": []},
    "champions": [], "promotions": [], "gates": [], "monitors": [], "tables": [], "held_history": [],
}  # fmt: skip


def svg(chart: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{chart}</div>")


def test_a_chart_is_well_formed_and_names_its_series() -> None:
    root = svg(line_chart(LINES, marks={date(2013, 5, 20): "version 2 serves"}, levels={"floor": 0.58}))
    assert len(root.findall(".//circle")) == 4
    assert "a < b" in "".join(root.itertext())
    assert root.find(".//line[@class='floor']") is not None


def test_a_line_joins_the_points_of_one_piece_and_no_others() -> None:
    joined = [line.get("points", "").split() for line in svg(line_chart(LINES)).findall(".//polyline")]
    assert [len(points) for points in joined] == [2], "a gap in service is never bridged"


def test_a_point_on_few_rows_is_hollow() -> None:
    fills = [circle.get("fill") for circle in svg(line_chart(LINES)).findall(".//circle")]
    assert fills.count("#fff") == 1


def test_all_points_lie_inside_the_chart_and_charts_of_one_span_share_their_days() -> None:
    span = (date(2013, 1, 1), date(2013, 12, 31))
    charts = [line_chart({"one": [[Point(date(2013, 7, 1), value)]]}, span=span) for value in (0.7, -0.2)]
    places = [circle.get("cx") for chart in charts for circle in svg(chart).findall(".//circle")]
    assert places[0] == places[1]
    for circle in svg(line_chart(LINES)).findall(".//circle"):
        assert 0 <= float(circle.get("cx", "-1")) <= 860
        assert 0 <= float(circle.get("cy", "-1")) <= 240


def test_the_page_escapes_what_people_wrote() -> None:
    html = render(PAGE)
    assert "<script>" not in html
    assert missing_data(html, "RMSE", "9.0") == []
    assert "None" not in html


def test_a_month_in_which_the_constant_was_better_is_shown_as_such() -> None:
    beside = AgainstConstant("log_loss", 0.643, 0.608, 0.655, 0.25, 800)
    month = {"month": "2013-06", "version": 2, "days": 30, "rows": 800, "value": 0.61, "few": False, "beside": beside}
    html = render(PAGE | {"months": [month], "loss": "log loss", "constant": "base rate"})
    assert '<td class="n fail">+0.035</td><td class="n pass">-0.012</td>' in html
    assert missing_data(html.lower(), "log loss", "base rate") == []
