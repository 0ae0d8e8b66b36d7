"""The top level of the checkout: what has to be there, and nothing that is not listed."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import PurePath

from devtools.lint.checkout import SOURCE_FOLDERS, Checkout
from devtools.lint.finding import LintFinding

# What users and schedulers name, such as `spark-submit jobs/clean.py`: it keeps its name and its place.
REQUIRED = {
    "bench", "conf", "dags", "docs", "examples", "jobs", "plugins", "src", "tests",
    "README.md", "pyproject.toml", "spark-submit.sh",
}  # fmt: skip

# What a person from outside looks for, and what a hosting service or a packager finds by its name.
FRAME = {
    ".github", "CHANGELOG.md", "CITATION.cff", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE", "SECURITY.md",
}  # fmt: skip

ALLOWED = REQUIRED | FRAME | set(SOURCE_FOLDERS) | {
    ".ci", ".git", ".gitignore", ".pre-commit-config.yaml", "Makefile", "uv.lock",
}  # fmt: skip


def check_top_level(checkout: Checkout) -> Iterator[LintFinding]:
    """Find what is missing at the top level, and what is there without being listed here or ignored by Git."""
    there = {path.name for path in checkout.root.iterdir()}
    for name in sorted((REQUIRED | FRAME | set(SOURCE_FOLDERS)) - there):
        yield LintFinding(PurePath(name), 1, "top-level-missing", "it is required, or scanned by the house rules")
    ignored = _ignored(checkout)
    for name in sorted(there - ALLOWED):
        if not any(fnmatch(name, pattern) for pattern in ignored):
            yield LintFinding(
                PurePath(name), 1, "top-level-unlisted", "put it into a folder, or list it in top_level.py"
            )


def _ignored(checkout: Checkout) -> list[str]:
    """Return the patterns of `.gitignore`, which has plain names only."""
    file = checkout.root / ".gitignore"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [line.strip("/") for line in lines if line and not line.startswith("#")]
