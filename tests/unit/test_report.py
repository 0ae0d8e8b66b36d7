"""The charts and the templates of the report, from plain data."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.report.charts.axes import tick_step
from assay.report.charts.calendar_chart import calendar_chart
from assay.report.charts.calibration_chart import calibration_chart
from assay.report.charts.small_chart import small_chart
from assay.report.charts.step_chart import step_chart
from assay.report.content.headline import Urgency, UrgentReason, headline
from assay.report.content.series import (
    Calendar,
    CalendarDay,
    CalibrationBin,
    Mark,
    SeriesStep,
    ServedCalibration,
    SmallSeries,
    StepSeries,
)
from assay.report.page import render
from assay.stages.reporting.index_page import IndexPage

FIRST = date(2013, 5, 1)
STEP = SeriesStep("a < b", FIRST, FIRST + timedelta(days=6), 0.62, 0.6, 0.64, rows=100)
SERIES = StepSeries("metric", "ROC AUC", (STEP, replace(STEP, first=date(2013, 6, 1), last=date(2013, 6, 7), few=True)))


def svg(chart: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{chart}</div>")


def test_a_chart_is_well_formed_and_names_its_series() -> None:
    marked = replace(SERIES, marks=(Mark(date(2013, 5, 20), "rollback", "a & b"),), levels={"limit": 0.58})
    root = svg(step_chart(marked))
    assert len(root.findall(".//g[@class='step s0']")) == 2
    assert "a < b" in "".join(root.itertext())
    assert root.find(".//line[@class='level limit']") is not None
    assert root.find(".//line[@class='mark rollback']") is not None


def test_nothing_joins_two_steps_and_a_step_on_few_rows_is_dashed() -> None:
    steps = svg(step_chart(SERIES)).findall(".//g[@class='step s0']/line")
    assert [line.get("stroke-dasharray") for line in steps] == [None, "3 2"]
    assert float(steps[0].get("x2", "")) < float(steps[1].get("x1", ""))


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6)), min_size=1, max_size=20))
def test_every_step_and_band_lies_inside_its_chart(values: list[tuple[float, float]]) -> None:
    steps = tuple(
        replace(STEP, first=FIRST + timedelta(days=7 * n), last=FIRST + timedelta(days=7 * n + 6), value=value,
                low=value - reach, high=value + reach)
        for n, (value, reach) in enumerate(values)
    )  # fmt: skip
    root = svg(step_chart(replace(SERIES, steps=steps)))
    for step in root.findall(".//g[@class='step s0']"):
        line, band = step.find("line"), step.find("rect")
        assert line is not None
        assert band is not None
        assert 0 <= float(line.get("x1", "")) <= float(line.get("x2", "")) <= 860
        assert 0 <= float(line.get("y1", "")) <= 250
        assert float(band.get("y", "")) >= 0
        assert float(band.get("height", "")) >= 0


@given(st.floats(1e-9, 1e9))
def test_an_axis_has_two_to_six_ticks(span: float) -> None:
    assert 2 <= span / tick_step(span) + 1 <= 7


@pytest.mark.parametrize("value", [1000.0, 0.62, 1e-12, 1e16])
def test_values_that_differ_by_their_rounding_alone_have_a_chart_with_few_ticks(value: float) -> None:
    alone = replace(STEP, low=None, high=None)
    steps = (replace(alone, value=value), replace(alone, value=math.nextafter(value, math.inf)))
    ticks = svg(step_chart(replace(SERIES, steps=steps))).findall(".//line[@class='grid']")
    assert 2 <= len(ticks) <= 7


def test_a_chart_of_days_within_one_month_names_its_first_day_and_no_name_is_cut_off() -> None:
    step = replace(STEP, first=date(2013, 5, 3), last=date(2013, 5, 9))
    assert f">{step.first}<" in step_chart(replace(SERIES, steps=(step,)))
    last = replace(STEP, first=date(2013, 5, 25), last=date(2013, 6, 1))
    months = [
        text for text in svg(step_chart(replace(SERIES, steps=(STEP, last)))).iter("text") if "20" in f"{text.text}"
    ]
    assert [month.text for month in months] == ["May 2013"]


def test_a_calendar_has_a_cell_for_each_day_in_the_row_of_its_weekday() -> None:
    days = tuple(CalendarDay(FIRST + timedelta(days=n), "held" if n == 3 else "published", "") for n in range(40))
    root = svg(calendar_chart(Calendar("scores", FIRST, days)))
    cells = root.findall(".//rect")
    assert len(cells) == 40
    rows = [int(cell.get("y", "0")) for cell in cells]
    assert rows[:5] == [rows[7], rows[8], rows[9], rows[10], rows[11]], "one row for each weekday"
    assert len(root.findall(".//path")) == 1, "a held day is crossed: its colour alone does not say so"
    assert root.findall(".//a")[3].get("href") == "days/2013-05-04.html"


def test_the_line_of_a_statistic_begins_again_after_a_gap() -> None:
    days = (FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=9))
    series = SmallSeries("weight", "mean", days, (0.1, 0.2, 0.3), (-0.5, 0.5), (days[1],))
    root = svg(small_chart(series))
    line = root.find(".//path")
    assert line is not None
    assert [line.get("d", "").count(letter) for letter in "ML"] == [2, 1]
    assert len(root.findall(".//circle")) == 1


def test_a_calibration_has_a_dot_for_each_bin() -> None:
    bins = (CalibrationBin(0.2, 0.25, 0.2, 0.3, 100), CalibrationBin(0.6, 0.5, 0.4, 0.6, 100))
    assert len(svg(calibration_chart(ServedCalibration(1, 200, 0.4, 0.37, bins))).findall(".//circle")) == 2


@pytest.mark.parametrize(
    "chart",
    [
        step_chart(replace(SERIES, steps=())),
        calendar_chart(Calendar("scores", FIRST, ())),
        small_chart(SmallSeries("weight", "mean", (), (), None)),
        calibration_chart(ServedCalibration(1, 0, 0.0, 0.0, ())),
    ],
)
def test_without_a_value_there_is_no_chart(chart: str) -> None:
    assert chart == ""


def test_the_headline_is_the_most_urgent_reason() -> None:
    look, act = UrgentReason(Urgency.LOOK, "it drifts."), UrgentReason(Urgency.ACT, "a day is held.")
    state = headline([look, act], "all is well")
    assert (state.urgency, state.reasons) == (Urgency.ACT, (act, look))
    assert headline([], "all is well").urgency is Urgency.GOOD


def test_a_page_escapes_what_people_wrote() -> None:
    page = IndexPage("<script>alert(1)</script>", "0", "2024-01-01T00:00:00Z", headline([], "all is <b>well</b>"), ())
    html = render("index.html", page=page)
    assert "<script>" not in html
    assert "<b>" not in html
