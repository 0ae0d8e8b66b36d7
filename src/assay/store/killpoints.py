"""Named points at which a test of crash safety ends the process: nothing else ever sets the variable."""

from __future__ import annotations

import os
import signal

VARIABLE = "ASSAY_KILL_AT"


def reach(point: str) -> None:
    """Nothing, unless `$ASSAY_KILL_AT` names this point: then the process is gone, as by a power cut.

    For tests of crash safety only. SIGKILL runs no handler, no `finally` and no flush, so what is on disk is what a
    real crash at this point would leave.
    """
    if os.environ.get(VARIABLE) == point:
        os.kill(os.getpid(), signal.SIGKILL)
