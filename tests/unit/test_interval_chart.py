"""The picture of a gate: gains with their intervals beside the margin."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.drawn_contenders import POLICY, contender, gate

from assay.core.check import Finding
from assay.report.charts.interval_chart import WIDTH, Gain, Tone, interval_chart
from assay.stages.evaluation.gate_picture import gate_picture

SVG = "{http://www.w3.org/2000/svg}"
CHAMPION = contender("version 3", 1.0, recipe="old")
finite = st.floats(-1e6, 1e6)


def root(chart: str) -> ElementTree.Element:
    return ElementTree.fromstring(chart)


def findings_of(strength: float, slices: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    policy = replace(POLICY, slices=slices, min_slice_rows=1_000)
    return gate(contender("boosted", strength), champion=CHAMPION, policy=policy).verdict.findings


@given(st.lists(st.tuples(finite, finite, finite), min_size=1, max_size=6), st.floats(0, 1))
def test_every_gain_lies_inside_the_picture(numbers: list[tuple[float, float, float]], margin: float) -> None:
    ordered = [sorted(three) for three in numbers]
    gains = [Gain("a < b", low, estimate, high) for low, estimate, high in ordered]
    drawn = root(interval_chart(gains, margin=margin, title="a & b"))
    assert len(drawn.findall(f".//{SVG}circle")) == len(gains)
    for circle in drawn.findall(f".//{SVG}circle"):
        assert 0 <= float(circle.get("cx", "-1")) <= WIDTH


def test_the_picture_of_a_gate_has_each_comparison_in_the_colour_of_its_outcome() -> None:
    colours = {
        strength: [group.get("fill") for group in root(gate_picture(findings_of(strength), "gate")).findall(f"{SVG}g")]
        for strength in (1.4, 1.0)
    }
    assert colours == {1.4: [Tone.GOOD], 1.0: [Tone.BAD]}


def test_slices_are_drawn_below_the_comparisons_the_worst_first() -> None:
    drawn = root(gate_picture(findings_of(1.4, ("carrier",)), "gate"))
    titles = [group.findtext(f"{SVG}title") or "" for group in drawn.findall(f"{SVG}g")]
    assert len(titles) == 3
    assert titles[0].startswith("boosted")
    assert all("carrier" in title for title in titles[1:])


def test_a_verdict_that_compared_nothing_has_no_picture() -> None:
    assert gate_picture(gate(champion=CHAMPION).verdict.findings, "gate") == ""
