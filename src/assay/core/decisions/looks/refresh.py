"""A refresh: the champion's recipe on newer data serves by default, unless it is shown worse than it should be.

It spends nothing from the account of error. If it had to be shown no worse, 9 to 41 % of equal refreshes would be
promoted, and models would grow stale. So the burden is turned round: a refresh is refused where it is shown worse, by
an estimate of more than half a margin. A slow decline is stopped by the anchor, the last model that was promoted
because it was shown better.
"""

from __future__ import annotations

from dataclasses import dataclass

from assay.core.decisions.looks.paired_evidence import PairedEvidence

NEW_DAYS = 28
"""The new mature days after which a refresh is judged again, and the days beside what was served."""

ANCHOR_DAYS = 84
"""The most days beside the anchor: the newest ones after its promotion."""

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class RefreshVerdict:
    """A verdict on a refresh: it may serve unless `worse_than` names what it was shown worse than."""

    worse_than: str = ""

    @property
    def promoted(self) -> bool:
        """Return whether it serves."""
        return not self.worse_than


def judge_refresh(
    beside_served: PairedEvidence | None, beside_anchor: PairedEvidence | None, margin: float
) -> RefreshVerdict:
    """Return the verdict on a refresh by its newest fold, beside the scores that were served and beside the anchor's.

    Evidence that has too few days is None, and refuses nothing.
    """
    for name, evidence in (("what was served", beside_served), ("the anchor", beside_anchor)):
        if evidence is not None and evidence.estimate < -margin / 2 and evidence.upper(CONFIDENCE) < 0:
            return RefreshVerdict(name)
    return RefreshVerdict()
