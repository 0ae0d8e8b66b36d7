"""The scores of each version beside what came true while it served."""

from __future__ import annotations

from functools import reduce

from scipy.special import betaincinv

from assay.core.evaluation.curves import CalibrationPoint, calibration
from assay.core.evaluation.metrics import base_rate
from assay.core.profiles.outcome_profile import LabelledScores
from assay.report.content.series import CalibrationBin, ServedCalibration
from assay.stages.monitoring.served_history import Service

PARTS = 20
TAIL = 0.05


def calibrations(service: Service) -> tuple[ServedCalibration, ...]:
    """Return the calibration of each version of a classifier on the labelled days that it served.

    The version that served last comes first. A regressor has none.
    """
    of_versions = []
    for version in sorted(service.outcomes, key=lambda one: max(service.outcomes[one]), reverse=True):
        states = [day.overall for day in service.outcomes[version].values()]
        known = [state for state in states if isinstance(state, LabelledScores)]
        if not known:
            continue
        whole = reduce(LabelledScores.merge, known)
        points = calibration(whole, PARTS)
        rows = sum(point.rows for point in points)
        mean = sum(point.rows * point.mean_score for point in points) / rows if rows else 0.0
        of_versions.append(ServedCalibration(version, rows, mean, base_rate(whole) or 0.0, tuple(map(_bin, points))))
    return tuple(of_versions)


def _bin(point: CalibrationPoint) -> CalibrationBin:
    """Return the bin with its exact interval by Clopper and Pearson (1934), as if rows were independent."""
    hits = round(point.observed * point.rows)
    low = 0.0 if hits == 0 else float(betaincinv(hits, point.rows - hits + 1, TAIL))
    high = 1.0 if hits == point.rows else float(betaincinv(hits + 1, point.rows - hits, 1 - TAIL))
    return CalibrationBin(point.mean_score, point.observed, low, high, point.rows)
