"""The picture of a gate: each comparison and each slice with its interval beside the margin, from the verdict alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assay.core.check import Finding, Status
from assay.core.decisions import judge_refresh
from assay.core.decisions.looks.pair import LookOutcome
from assay.report.charts.interval_chart import Gain, Tone, interval_chart

MOST_SLICES = 12
"""The slices that are drawn, those first that could hide the largest loss."""

SLICE = "gate.slice"
TONES = {
    LookOutcome.SHOWN.value: Tone.GOOD,
    LookOutcome.OPEN.value: Tone.OPEN,
    LookOutcome.SLICE_UNSURE.value: Tone.OPEN,
}


def gate_picture(findings: Sequence[Finding], title: str) -> str:
    """Return the SVG of a verdict's comparisons; an empty text for a verdict that compared nothing."""
    compared = [finding for finding in findings if "estimate" in finding.details]
    if not compared:
        return ""
    gains = [_comparison(finding) for finding in compared]
    slices = sorted((one for one in map(_slice, findings) if one is not None), key=lambda gain: gain.low)
    return interval_chart([*gains, *slices[:MOST_SLICES]], margin=float(compared[0].details["margin"]), title=title)


def _comparison(finding: Finding) -> Gain:
    details = finding.details
    label = f"{details['ours']} against {details['theirs']}"
    return _gain(label, details, _tone(finding), finding.sentence)


def _slice(finding: Finding) -> Gain | None:
    difference: Mapping[str, Any] | None = finding.details.get("difference")
    if finding.check != SLICE or difference is None:
        return None
    tone = Tone.BAD if finding.status is Status.FAIL or finding.details.get("p", 1.0) < 0.05 else Tone.QUIET
    return _gain(f"where {finding.column} is {finding.details['value']}", difference, tone, finding.sentence)


def _gain(label: str, numbers: Mapping[str, Any], tone: Tone, title: str) -> Gain:
    return Gain(label, float(numbers["low"]), float(numbers["estimate"]), float(numbers["high"]), tone, title)


def _tone(finding: Finding) -> Tone:
    if finding.check == judge_refresh.CHECK:
        return Tone.BAD if finding.status is Status.FAIL else Tone.GOOD
    return TONES.get(str(finding.details.get("outcome")), Tone.BAD)
