"""CONTRIBUTING.md: every path in backticks is one of the checkout, and the table of places is long enough to help."""

from __future__ import annotations

import re
from pathlib import Path

from devtools.lint.top_level import ALLOWED

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
SUFFIXES = {".py", ".md", ".toml", ".lock", ".html", ".yaml", ".yml"}
INSTALLED = {".venv", ".tools", ".assay"}
MINIMUM_ROWS = 20


def paths(text: str) -> list[str]:
    """Return what is written in backticks and is a path: it begins at the top level, or has a suffix of our files."""
    words = [word for word in re.findall(r"`([^`\s]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)) if word]
    return [word for word in words if word.split("/")[0] in ALLOWED or ("/" in word and Path(word).suffix in SUFFIXES)]


def places() -> list[list[str]]:
    """Return the cells of each row of the table "Where do I change X"."""
    table = PAGE.partition("## Where do I change X")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("|")]
    return rows[2:]


def test_every_path_of_the_page_exists() -> None:
    named = paths(PAGE)
    assert len(named) > 100
    assert [path for path in named if path.split("/")[0] not in INSTALLED and not (ROOT / path).exists()] == []


def test_every_row_of_the_table_names_a_place_and_what_tests_it() -> None:
    rows = places()
    assert len(rows) >= MINIMUM_ROWS
    for row in rows:
        what, place, tests = row
        assert paths(place), what
        assert tests.strip(), what


def test_what_the_guides_name_in_the_code_is_there() -> None:
    guides = PAGE.partition("## Add a metric")[2]
    names = set(re.findall(r"`(_?[A-Z][A-Z_]+)`", guides))
    assert len(names) >= 5
    texts = [path.read_text() for path in (ROOT / "src").rglob("*.py")]
    assert [name for name in sorted(names) if not any(re.search(rf"^{name}\b", t, re.MULTILINE) for t in texts)] == []
