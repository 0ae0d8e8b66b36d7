"""The variables of a person's shell, as they were before a test of this process started Spark."""

from __future__ import annotations

import os
from pathlib import Path


def fresh_variables(*dropped: str) -> dict[str, str]:
    """Return the variables without Assay's, without those that begin with `dropped`, and without Assay's JAVA_HOME.

    A session that was opened in this process has set JAVA_HOME to a script that needs a variable of Assay's.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSAY_", *dropped))}
    if Path(kept.get("JAVA_HOME", "")).parts[-2:] == ("session", "jdk"):
        del kept["JAVA_HOME"]
    return kept
