"""CONTRIBUTING.md and the other pages that people write: every path in backticks is one of the checkout.

The table of places is long enough to help, and the guides name what is in the code.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devtools.documentation.markdown import NOTE
from devtools.lint.top_level import ALLOWED

from .documentation.markdown_blocks import PAGES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
SUFFIXES = {".py", ".md", ".toml", ".lock", ".html", ".yaml", ".yml"}
INSTALLED = {".venv", ".tools", ".assay"}
MINIMUM_ROWS = 20

SOURCE = ROOT / "src" / "assay"
WRITTEN_PAGES = [page for page in PAGES if NOTE not in page.read_text()]
BASES = (ROOT, SOURCE, SOURCE.parent, ROOT / "tests" / "projects" / "parcels")
"""What a path of a page is relative to: the checkout, the package, or the project of the tutorial."""

PLACEHOLDERS = {"NAME", "STAGE"}


def paths(text: str) -> list[str]:
    """Return what is written in backticks and is a path: it begins at the top level, or has a suffix of our files."""
    words = [word for word in re.findall(r"`([^`\s]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)) if word]
    return [word for word in words if word.split("/")[0] in ALLOWED or ("/" in word and Path(word).suffix in SUFFIXES)]


def paths_of_page(page: Path) -> set[str]:
    """Return the paths of `paths`, those below the package too, without what only a user's project or a server has."""
    prose = re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    spans = [span.partition(": ")[0] for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose)]
    folders = {path.name for path in SOURCE.iterdir() if path.is_dir()}
    below = {span for span in spans if "/" in span and span.split("/")[0] in folders and not re.search(r"\s", span)}
    named = below | set(paths("".join(f"`{span}` " for span in spans)))
    return {
        path
        for path in named
        if path.split("/")[0] not in {"", *INSTALLED}
        and not PLACEHOLDERS & {Path(part).stem for part in Path(path).parts}
    }


def places() -> list[list[str]]:
    """Return the cells of each row of the table "Where do I change X"."""
    table = PAGE.partition("## Where do I change X")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("|")]
    return rows[2:]


def test_every_path_of_the_page_exists() -> None:
    named = paths(PAGE)
    assert len(named) > 100
    assert [path for path in named if path.split("/")[0] not in INSTALLED and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", WRITTEN_PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_path_of_a_page_exists_in_the_checkout_or_in_the_package(page: Path) -> None:
    tests = {path for path in paths_of_page(page) if "::" in path}  # tests/unit/test_promises.py finds these
    named = paths_of_page(page) - tests
    assert [path for path in sorted(named) if not any((base / path).exists() for base in (*BASES, page.parent))] == []


def test_the_paths_of_the_pages_are_found() -> None:
    named = {page.name: paths_of_page(page) for page in WRITTEN_PAGES}
    assert {"spark/executor_files.py", "cli/commands", "store/filesystem/lake_marker.py"} <= named["architecture.md"]
    assert sum(map(len, named.values())) > 250


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
