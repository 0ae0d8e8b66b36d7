"""Check the house rules: prints `path:line: rule: sentence` for each breach, and exits with 1 if there is any."""

from __future__ import annotations

import sys
from pathlib import Path

from devtools.lint.checkout import read_checkout
from devtools.lint.cycles import check_cycles
from devtools.lint.folders import check_folders
from devtools.lint.machine_paths import check_machine_paths
from devtools.lint.names import check_names
from devtools.lint.prose.baseline import check_prose
from devtools.lint.sizes import check_sizes
from devtools.lint.top_level import check_top_level
from devtools.lint.vague_names import check_vague_names

RULES = (
    check_sizes, check_names, check_vague_names, check_machine_paths, check_folders, check_cycles, check_top_level,
    check_prose,
)  # fmt: skip


def main(root: Path) -> int:
    """Return 1 after printing the breaches in the checkout `root`, or 0 where there is none."""
    checkout = read_checkout(root)
    findings = sorted(finding for rule in RULES for finding in rule(checkout))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[2]))
