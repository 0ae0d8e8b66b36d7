"""Drift: the size of a column's change against the reference, and the day since which it lasts.

Two conditions are separate. The change is real: it exceeds a quantile of the PSI without drift, which depends on the
number of rows. It is worth an alarm: it exceeds a floor. The fixed rule "PSI above 0.1" raises 37 % false alarms on 200
rows, and misses small real changes on millions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assay.core.check import Finding, Severity, Status
from assay.core.monitoring.distances import Binned, bin_together, jensen_shannon, ks, psi, wasserstein
from assay.core.profiles.table_profile import ColumnState, TableProfile

JUDGED = ("number", "text", "boolean")
"""The kinds of columns that are judged by default: dates always move."""


@dataclass(frozen=True, slots=True)
class Drift:
    """The distance of a column from its reference: four measures, the threshold of the first, and the largest change.

    Only `psi` is judged; it has no unit. The measure `jensen_shannon` is between 0 and 1. The measure `wasserstein` is
    in the column's units, and `ks` is the largest gap of two shares. These two are None unless both sides have finite
    numbers.

    The bin with the largest part in the PSI is `moved`, with its shares before and after.
    """

    psi: float
    threshold: float
    jensen_shannon: float
    wasserstein: float | None
    ks: float | None
    bins: int
    moved: str
    share_from: float
    share_to: float

    @property
    def drifted(self) -> bool:
        """True if the change is both real and worth an alarm."""
        return self.psi > self.threshold


def measure_drift(reference: ColumnState, current: ColumnState, *, floor: float, alpha: float) -> Drift:
    """Return the distance of `current` from `reference`.

    The threshold is the larger of `floor` and the (1 - alpha) quantile of the PSI without drift. That PSI is about
    chi2(B - 1) x (1/N + 1/M) for B bins and N and M rows (Yurdakul 2018; within 2 % from 500 rows on).

    Raises:
        ValueError: A side has no rows.
    """
    if reference.rows == 0 or current.rows == 0:
        raise ValueError("drift needs rows on both sides")
    binned = bin_together(reference, current)
    contributions = psi(binned)
    most = max(range(len(binned.labels)), key=lambda i: contributions[i])
    return Drift(
        psi=float(sum(contributions)),
        threshold=max(floor, null_quantile(len(binned.labels), reference.rows, current.rows, alpha)),
        jensen_shannon=jensen_shannon(binned),
        wasserstein=wasserstein(reference, current),
        ks=ks(reference, current),
        bins=len(binned.labels),
        moved=binned.labels[most],
        share_from=binned.reference[most] / reference.rows,
        share_to=binned.current[most] / current.rows,
    )


def null_quantile(bins: int, reference_rows: int, current_rows: int, alpha: float) -> float:
    """Return the PSI that is exceeded with probability `alpha` without drift; 0 for a single bin."""
    from scipy.special import chdtri

    if bins < 2:
        return 0.0
    return float(chdtri(bins - 1, alpha)) * (1 / reference_rows + 1 / current_rows)


def judge_drift(
    reference: TableProfile,
    current: TableProfile,
    *,
    floor: float,
    max_false_alarms_per_month: float,
    columns: Sequence[str] | None = None,
) -> list[Finding]:
    """Return a finding per column: a warning with the largest change where it drifted; fail where it is unknown.

    The default of `columns` is the numbers, texts and booleans of the reference.

    Each test raises a false alarm with probability max_false_alarms_per_month / (30 x columns). So a judgement of all
    columns every day keeps to that number a month. Without rows on a side, or without a column, the finding is fail.
    """
    names = [n for n, c in reference.columns.items() if c.kind in JUDGED] if columns is None else list(columns)
    for side, profile in (("reference", reference), ("current data", current)):
        if profile.rows == 0:
            return [_unknown(None, f"The {side} has no rows, so drift is not judged.")]
    if not names:
        return [_unknown(None, "No column was named, so drift is not judged.")]
    alpha = min(0.5, max_false_alarms_per_month / (30 * len(names)))
    return [_judge_column(name, reference, current, floor=floor, alpha=alpha) for name in names]


def drifting_since(
    days: Mapping[date, TableProfile],
    reference: TableProfile,
    *,
    floor: float,
    max_false_alarms_per_month: float,
    columns: Sequence[str] | None = None,
) -> dict[str, date]:
    """Return the columns that drift on the last of `days`, each with the first day since which it drifts every day.

    A day on which a column could not be judged neither ends such a run nor starts one.
    """
    since: dict[str, date] = {}
    for day in sorted(days):
        for finding in judge_drift(
            reference, days[day], floor=floor, max_false_alarms_per_month=max_false_alarms_per_month, columns=columns
        ):
            if finding.column is None or finding.status is Status.FAIL:
                continue
            if finding.status is Status.WARN:
                since.setdefault(finding.column, day)
            else:
                since.pop(finding.column, None)
    return since


def _judge_column(name: str, reference: TableProfile, current: TableProfile, *, floor: float, alpha: float) -> Finding:
    one, two = reference.columns.get(name), current.columns.get(name)
    for side, state in (("reference", one), ("current data", two)):
        if state is None:
            return _unknown(name, f"{name} was not measured in the {side}, so its drift is not judged.")
        if state.rows == 0:
            return _unknown(name, f"{name} has no rows in the {side}, so its drift is not judged.")
    assert one is not None and two is not None
    if one.kind != two.kind:
        return _unknown(name, f"{name} was a {one.kind} and is a {two.kind}: not comparable.")
    if any(_unbinned(state) for state in (one, two)):
        return _unknown(name, f"{name} was measured without a histogram, so its drift is not judged.")
    drift = measure_drift(one, two, floor=floor, alpha=alpha)
    verb = "drifted" if drift.drifted else "has not drifted"
    sentence = f"{name} {verb}: PSI {drift.psi:.3f} against a threshold of {drift.threshold:.3f}"
    if drift.drifted:
        sentence += f"; {_what_moved(drift, one, two)}"
    return Finding(
        check="drift.psi",
        status=Status.WARN if drift.drifted else Status.PASS,
        sentence=f"{sentence}.",
        severity=Severity.WARNING,
        column=name,
        observed=drift.psi,
        expected=f"a PSI of at most {drift.threshold:.3f}",
        details=_details(drift, one, two, alpha),
    )


def _what_moved(drift: Drift, one: ColumnState, two: ColumnState) -> str:
    shares = f"the share of {drift.moved} went from {100 * drift.share_from:.1f} % to {100 * drift.share_to:.1f} %"
    if drift.moved in Binned.MISSING or one.kind != "number" or one.mean is None or two.mean is None:
        return shares
    return f"its mean moved from {one.mean:.4g} to {two.mean:.4g}, and {shares}"


def _details(drift: Drift, one: ColumnState, two: ColumnState, alpha: float) -> dict[str, Any]:
    return {
        "threshold": drift.threshold,
        "alpha": alpha,
        "bins": drift.bins,
        "jensen_shannon": drift.jensen_shannon,
        "wasserstein": drift.wasserstein,
        "ks": drift.ks,
        "moved": drift.moved,
        "share_from": drift.share_from,
        "share_to": drift.share_to,
        "mean_from": one.mean,
        "mean_to": two.mean,
        "rows_from": one.rows,
        "rows_to": two.rows,
    }


def _unbinned(state: ColumnState) -> bool:
    counted = state.histogram is not None or bool(state.categories) or state.other > 0
    return state.values > 0 and not counted


def _unknown(column: str | None, sentence: str) -> Finding:
    return Finding("drift.psi", Status.FAIL, sentence, column=column, expected="rows on both sides")
