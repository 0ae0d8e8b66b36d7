"""Paths that are true on one machine only: a home folder, a temporary folder, a checkout."""

from __future__ import annotations

import re
from collections.abc import Iterator

from devtools.lint.checkout import Checkout
from devtools.lint.finding import LintFinding

# The names are in pieces, since this rule reads its own file, too.
_FOLDERS = ("ho" + "me", "ro" + "ot", "Us" + "ers", "tm" + "p", "wo" + "rk")
_MACHINE_PATH = re.compile(rf"(?<![\w}}>.~])/(?:{'|'.join(_FOLDERS)})/\w+")


def check_machine_paths(checkout: Checkout) -> Iterator[LintFinding]:
    """Find the lines that name a path of one machine."""
    for text in checkout.texts:
        for number, line in enumerate(text.lines, 1):
            if match := _MACHINE_PATH.search(line):
                sentence = f"'{match.group()}' is on one machine only: derive the path or use a placeholder"
                yield LintFinding(text.path, number, "machine-path", sentence)
