"""The digest of the rules by which days are measured and judged: what was kept by other rules is not used."""

from __future__ import annotations

import hashlib
import inspect
from functools import lru_cache

from assay.core import autocorrelation
from assay.core.monitoring.daily import history, jump, measure, measured_days, series
from assay.core.profiles import histogram, table_profile

RULES = (autocorrelation, history, jump, measure, measured_days, series, histogram, table_profile)


@lru_cache(maxsize=1)
def rules_digest() -> str:
    """Return the digest of the source of the rules, so that a changed constant needs no number that a person raises."""
    return hashlib.sha256("".join(map(inspect.getsource, RULES)).encode()).hexdigest()
