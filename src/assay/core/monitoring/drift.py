"""The size of a column's change between two states: four distances, and the bin that moved most.

No distance is judged: daily statistics are. A distance names what moved where a statistic has crossed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.core.monitoring.distances import Binned, bin_together, jensen_shannon, ks, psi, wasserstein
from assay.core.profiles.table_profile import ColumnState


@dataclass(frozen=True, slots=True)
class Drift:
    """The distance of a column from its reference by four measures, and the largest change.

    The measure `psi` has no unit, and `jensen_shannon` is between 0 and 1. The measure `wasserstein` is in the column's
    units, and `ks` is the largest gap of two shares. These two are None unless both sides have finite numbers.

    The bin with the largest part in the PSI is `moved`, with its shares before and after.
    """

    psi: float
    jensen_shannon: float
    wasserstein: float | None
    ks: float | None
    moved: str
    share_from: float
    share_to: float
    mean_from: float | None
    mean_to: float | None

    @property
    def sentence(self) -> str:
        """The change of the bin that moved most, and of the mean where it is one of values."""
        shares = f"The share of {self.moved} went from {100 * self.share_from:.1f} % to {100 * self.share_to:.1f} %"
        if self.moved in Binned.MISSING or self.mean_from is None or self.mean_to is None:
            return f"{shares}."
        return f"{shares}, and the mean from {self.mean_from:.4g} to {self.mean_to:.4g}."

    @property
    def details(self) -> dict[str, Any]:
        """The distances and shares, ready for JSON."""
        return {
            "psi": self.psi,
            "jensen_shannon": self.jensen_shannon,
            "wasserstein": self.wasserstein,
            "ks": self.ks,
            "moved": self.moved,
            "share_from": self.share_from,
            "share_to": self.share_to,
        }


def measure_drift(reference: ColumnState, current: ColumnState) -> Drift:
    """Return the distance of `current` from `reference`.

    Raises:
        ValueError: A side has no rows.
    """
    if reference.rows == 0 or current.rows == 0:
        raise ValueError("drift needs rows on both sides")
    binned = bin_together(reference, current)
    contributions = psi(binned)
    most = max(range(len(binned.labels)), key=lambda i: contributions[i])
    means = reference.kind == "number"
    return Drift(
        psi=float(sum(contributions)),
        jensen_shannon=jensen_shannon(binned),
        wasserstein=wasserstein(reference, current),
        ks=ks(reference, current),
        moved=binned.labels[most],
        share_from=binned.reference[most] / reference.rows,
        share_to=binned.current[most] / current.rows,
        mean_from=reference.mean if means else None,
        mean_to=current.mean if means else None,
    )
