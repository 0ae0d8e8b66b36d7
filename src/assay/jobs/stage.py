"""Run the stage that the first argument names, under `spark-submit`: `stage.py clean --pipeline NAME --date DAY`.

A project may have a script for each stage in `jobs/` instead; `assay submit` prefers those.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from assay.cli.commands.job import job
from assay.core.operations.submission import JOBS


def main(arguments: Sequence[str]) -> int:
    """Return the exit code of the stage; without a known stage, print a line of usage and return 2."""
    if not arguments or arguments[0] not in JOBS:
        sys.stderr.write(f"usage: spark-submit stage.py {{{','.join(JOBS)}}} --pipeline NAME ...\n")
        return 2
    return job(arguments[0], arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
