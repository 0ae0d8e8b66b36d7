"""Named points at which a test of crash safety ends or stops the process: nothing else ever sets the variables."""

from __future__ import annotations

import os
import signal

SIGNALS = {"ASSAY_KILL_AT": signal.SIGKILL, "ASSAY_STOP_AT": signal.SIGSTOP}


def reach(point: str) -> None:
    """Nothing, unless `$ASSAY_KILL_AT` names this point: then the process is gone, as by a power cut. At the point that
    `$ASSAY_STOP_AT` names it stops until it is told to go on, so that others can act in between.

    For tests of crash safety and of races only. SIGKILL runs no handler, no `finally` and no flush, so what is on disk
    is what a real crash at this point would leave.
    """
    for variable, sent in SIGNALS.items():
        if os.environ.get(variable) == point:
            os.kill(os.getpid(), sent)
