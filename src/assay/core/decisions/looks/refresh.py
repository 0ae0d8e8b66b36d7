"""A refresh: the champion's recipe on newer data serves by default, unless it is shown worse than it should be.

It spends nothing from the account of error. If it had to be shown no worse, 9 to 41 % of equal refreshes would be
promoted, and models would grow stale. So the burden is turned round: a refresh is refused where it is shown worse, by
an estimate of more than half a margin. A slow decline is stopped by the anchor, the last model that was promoted
because it was shown better.
"""

from __future__ import annotations

from assay.core.decisions.looks.pair import CONFIDENCE
from assay.core.decisions.looks.paired_evidence import PairedEvidence


def shown_worse(evidence: PairedEvidence, margin: float) -> bool:
    """Return whether a refresh is refused by its newest fold, beside scores that were served or those of the anchor.

    >>> shown_worse(PairedEvidence(-0.02, 0.004, 27.0, 28, 28.0, 0.0, 0.0), 0.01)
    True
    >>> shown_worse(PairedEvidence(-0.02, 0.02, 27.0, 28, 28.0, 0.0, 0.0), 0.01)
    False
    """
    return evidence.estimate < -margin / 2 and evidence.upper(CONFIDENCE) < 0
