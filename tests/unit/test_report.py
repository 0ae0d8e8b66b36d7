"""The report's chart and page, from plain data."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

from assay.report.chart import line_chart
from assay.report.page import render

POINTS = {"version 1": [(date(2013, 5, 1), 0.62), (date(2013, 6, 1), 0.66)], "a < b": [(date(2013, 5, 8), 0.7)]}


def test_a_chart_is_well_formed_and_names_its_series() -> None:
    chart = line_chart(POINTS, marks={date(2013, 5, 20): "version 2 serves"}, floor=0.58)
    root = ElementTree.fromstring(f"<div>{chart}</div>")
    assert len(root.findall(".//circle")) == 3
    assert "a < b" in "".join(root.itertext())
    assert root.find(".//line[@class='floor']") is not None


def test_all_points_lie_inside_the_chart() -> None:
    root = ElementTree.fromstring(f"<div>{line_chart(POINTS)}</div>")
    for circle in root.findall(".//circle"):
        assert 0 <= float(circle.get("cx", "-1")) <= 860
        assert 0 <= float(circle.get("cy", "-1")) <= 240


def test_the_page_escapes_what_people_wrote() -> None:
    page = {
        "pipeline": "flights", "question": "Late?", "owner": "<script>alert(1)</script>", "version": "0", "at": "now",
        "champion": None, "champion_name": "", "challenger": None, "scored": 0, "held": [], "metric": "RMSE",
        "direction": "lower is better", "limit": "ceiling", "floor": 9.0, "chart": "",
        "promotions": [], "gates": [], "monitors": [], "tables": [], "held_history": [],
    }  # fmt: skip
    html = render(page)
    assert "<script>" not in html
    assert "No day was ever held." in html
    assert "RMSE of the served scores, by week (lower is better)" in html
    assert "the gate's ceiling of 9.0" in html
