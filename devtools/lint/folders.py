"""The size of the package's folders: at most twelve Python files each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from devtools.lint.checkout import Checkout
from devtools.lint.finding import LintFinding

PACKAGE = "src/assay"
MAX_FILES = 12

BASELINE: Mapping[str, int] = {}
"""The files of the folders that hold more than `MAX_FILES` until they are divided. Lower a number, never raise it."""


def check_folders(checkout: Checkout, baseline: Mapping[str, int] = BASELINE) -> Iterator[LintFinding]:
    """Find the folders of the package that hold too many files, and numbers of `baseline` that can be lowered."""
    modules = [PurePath(name) for name in checkout.package(PACKAGE)]
    files = Counter(path.parent.as_posix() for path in modules if path.name != "__init__")
    for folder in sorted({*files, *baseline}):
        path, held = PurePath(PACKAGE, folder), files[folder]
        most = baseline.get(folder, MAX_FILES)
        if held > most:
            sentence = f"{held} Python files, and at most {most} are allowed: divide the folder by its ideas"
            yield LintFinding(path, 1, "folder-files", sentence)
        elif folder in baseline and held < most:
            lower = f"lower it to {held}" if held > MAX_FILES else "remove it"
            sentence = f"{held} Python files, and the baseline has {most}: {lower}"
            yield LintFinding(path, 1, "folder-baseline", sentence)
