"""The pages for people: their links lead somewhere, and the targets of the Makefile that they name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md"), *ROOT.glob(".github/*.md")]
)
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def prose(page: Path) -> str:
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings, as the hosting service makes them, and the written ones of the glossary."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    written = re.findall(r'<a id="([\w-]+)"></a>', prose(page))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings} | set(written)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)\s]+)\)", prose(page)):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_make_target_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`make ([a-z][a-z-]*)", page.read_text())
    named += re.findall(r"^ *(?:\$ )?make ([a-z][a-z-]*)", page.read_text(), re.MULTILINE)
    assert set(named) <= TARGETS
