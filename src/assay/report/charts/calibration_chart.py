"""Scores beside what came true: on the diagonal a score of .3 comes true in 30 of 100 rows."""

from __future__ import annotations

from assay.report.charts.axes import svg
from assay.report.content.series import CalibrationBin, ServedCalibration

SIZE, PAD = 300, 34


def calibration_chart(calibration: ServedCalibration) -> str:
    """Return the SVG of the bins with their intervals beside the diagonal; an empty text without a bin."""
    if not calibration.bins:
        return ""
    end = max(max(one.high, one.mean_score) for one in calibration.bins)
    top = min(1.0, 1.05 * end)
    parts = [
        f'<line class="even" x1="{_x(0, top):.1f}" y1="{_y(0, top):.1f}" '
        f'x2="{_x(top, top):.1f}" y2="{_y(top, top):.1f}"/>'
    ]
    for part in (0.0, 0.5, 1.0):
        value = top * part
        anchor = "end" if part == 1.0 else "middle"
        parts.append(f'<text x="{_x(value, top):.1f}" y="{SIZE - 18}" text-anchor="{anchor}">{value:.2f}</text>')
        parts.append(f'<text x="{PAD - 5}" y="{_y(value, top) + 4:.1f}" text-anchor="end">{value:.2f}</text>')
    parts.append(f'<text x="{SIZE / 2:.0f}" y="{SIZE - 4}" text-anchor="middle">score</text>')
    parts += [_bin(one, top) for one in calibration.bins]
    return svg(SIZE, f"calibration of version {calibration.version}", parts, width=SIZE, css="square")


def _bin(one: CalibrationBin, top: float) -> str:
    x, y = _x(one.mean_score, top), _y(one.rate, top)
    title = (
        f"mean score {one.mean_score:.3f}, came true {one.rate:.3f} [{one.low:.3f}, {one.high:.3f}], {one.rows:,} rows"
    )
    whisker = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_y(one.low, top):.1f}" y2="{_y(min(one.high, top), top):.1f}"/>'
    return f'<g class="dot s0"><title>{title}</title>{whisker}<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/></g>'


def _x(value: float, top: float) -> float:
    return PAD + (SIZE - PAD - 8) * value / top


def _y(value: float, top: float) -> float:
    return 8 + (SIZE - PAD - 8) * (1 - value / top)
