"""Named points at which a test of crash safety ends or stops the process: nothing else ever sets the variables."""

from __future__ import annotations

import os
import signal

SIGNALS = {"ASSAY_KILL_AT": signal.SIGKILL, "ASSAY_STOP_AT": signal.SIGSTOP}


class SimulatedCrash(BaseException):
    """The end of a command at a named point, in a test's own process: no handler of errors catches it."""


def failpoint(point: str) -> None:
    """Return at once, unless a variable names this point.

    For tests of crash safety and of races only:

    - `ASSAY_KILL_AT`: SIGKILL ends the process, as by a power cut. It runs no handler, no `finally` and no flush, so
      what is on disk is what a real crash at this point would leave.
    - `ASSAY_STOP_AT`: SIGSTOP stops the process until it is continued, so that others can act in between.
    - `ASSAY_CRASH_AT`: SimulatedCrash is raised. It saves the start of a JVM, but `finally` blocks run: locks are
      given back. So every stage has a test with SIGKILL as well.
    """
    for variable, sent in SIGNALS.items():
        if os.environ.get(variable) == point:
            os.kill(os.getpid(), sent)
    if os.environ.get("ASSAY_CRASH_AT") == point:
        raise SimulatedCrash(point)
