"""The pages for people: their links lead somewhere, their words are explained, and what they show is there.

The targets of the Makefile that they name are there, and the functions that they show are those of the examples.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.spec.user_code.functions import load_function
from devtools.documentation.markdown import NOTE

from .documentation.markdown_blocks import blocks

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md"), *ROOT.glob(".github/*.md")]
)
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def prose(page: Path) -> str:
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings, as the hosting service makes them, and the written ones of the glossary."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    written = re.findall(r'<a id="([\w-]+)"></a>', prose(page))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings} | set(written)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_each_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)\s]+)\)", prose(page)):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_each_make_target_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`make ([a-z][a-z-]*)", page.read_text())
    named += re.findall(r"^ *(?:\$ )?make ([a-z][a-z-]*)", page.read_text(), re.MULTILINE)
    assert set(named) <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_has_one_title(page: Path) -> None:
    assert len(re.findall(r"^# ", prose(page), re.MULTILINE)) == (".github" not in name_of(page))


# The words of the glossary

GLOSSARY = DOCS / "glossary.md"
EVERYDAY = frozenset({"pipeline", "stage", "check", "error", "look"})
"""Words that nearly every page also uses in their everyday sense, so that the first use has no need of the glossary.

A pipeline and a stage are what their names suggest. One looks at a report, checks a file, and every command has errors.
"""

BLOCK, COMMENT = r"^ *```.*?^ *```$", r"<!--.*?-->"
CODE, HEADING = r"(?<!`)`[^`]+`(?!`)", r"^#+ [^\n]*$"
QUOTATION = r'"(?:[^"\n]|\n(?!\s*\n))*"'
PRODUCTS = r"Delta\s+Lake|Great\s+Expectations|Spark\s+partitions"
"""Names of others that hold a word of the glossary."""

LINKED_PAGES = [
    page
    for page in PAGES
    if page.parent in (DOCS, DOCS / "adr") or name_of(page) in ("README.md", "CONTRIBUTING.md", "SECURITY.md")
    if page not in (GLOSSARY, DOCS / "reliability.md") and NOTE not in page.read_text()
]
"""The pages that people write. The tests write reliability.md, and the changelog is a list for those who know Assay."""


def glossary() -> dict[str, str]:
    """Return the anchor of each word of the glossary."""
    cells = re.findall(r"^\| (<a id=.*?) \|", GLOSSARY.read_text(), re.MULTILINE)
    terms = [term for cell in cells for term in re.findall(r'<a id="([\w-]+)"></a>([^<]+?)(?:, (?=<)|$)', cell)]
    return {word: anchor for anchor, word in terms}


def blanked(pattern: str, text: str) -> str:
    """Return the text with blanks for what matches; lines and columns stay."""
    return re.sub(pattern, lambda match: re.sub(r"[^\n]", " ", match[0]), text, flags=re.DOTALL | re.MULTILINE)


def words_of(page: Path) -> tuple[str, list[tuple[range, str]]]:
    """Return the sentences of a page, and the places of its links to the glossary with their anchors.

    Blocks, code, headings, quotations, names of products, and links to other pages are blank.
    """
    text = page.read_text()
    for pattern in (BLOCK, COMMENT, CODE, HEADING, QUOTATION, PRODUCTS):
        text = blanked(pattern, text)
    links = [
        (range(*match.span(1)), match[2])
        for match in re.finditer(r"\[([^\]]*)\]\([^)\s]*glossary\.md#([\w-]+)\)", text)
    ]
    text = blanked(r"\[[^\]]*\]\((?![^)\s]*glossary\.md#)[^)]*\)|\]\([^)]*\)", text)
    return text, links


def uses_of(word: str, text: str) -> Iterator[range]:
    """Return the places of a word: of one or of many, with a capital at the start of a sentence."""
    exact = word[0].isupper()
    first = word[0] if exact else f"[{word[0]}{word[0].upper()}]"
    rest = r"\s+".join(map(re.escape, word[1:].split(" ")))
    return (range(*match.span()) for match in re.finditer(rf"(?<![\w-]){first}{rest}s?(?![\w-])", text))


def unlinked_words(page: Path) -> Iterator[tuple[int, str]]:
    """Return the place of each first use that is outside of a link to the word's meaning."""
    text, links = words_of(page)
    for word, anchor in glossary().items():
        if word in EVERYDAY:
            continue
        for use in uses_of(word, text):
            place, target = next((link for link in links if use.start in link[0]), (use, ""))
            if target and target != anchor and len(place) > len(use):
                continue  # a part of a longer term
            if target != anchor:
                yield use.start, word
            break


def test_the_words_of_the_glossary_are_found() -> None:
    assert len(glossary()) > 50
    assert set(glossary()) > EVERYDAY
    assert set(glossary().values()) == set(re.findall(r'<a id="([\w-]+)"></a>', GLOSSARY.read_text()))
    assert len(LINKED_PAGES) > 30


@pytest.mark.parametrize("page", LINKED_PAGES, ids=name_of)
def test_the_first_use_of_a_word_of_the_glossary_on_a_page_links_to_its_meaning(page: Path) -> None:
    text = page.read_text()
    assert [f"line {text.count(chr(10), 0, start) + 1}: {word}" for start, word in unlinked_words(page)] == []


# The functions that a user writes

EXAMPLES = [
    *(ROOT / "examples" / "flight_delays" / "src" / "flight_delays").glob("*.py"),
    *(ROOT / "tests" / "projects" / "parcels" / "parcel_code").glob("*.py"),
]


def functions_of(text: str) -> dict[str, str]:
    """Return the source of each function at the top level by name, without its docstring."""
    functions = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    for node in functions.values():
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return {name: ast.unparse(node) for name, node in functions.items()}


def test_the_functions_of_the_pages_on_code_are_those_of_the_examples() -> None:
    pages = ("docs/pipeline-code.md", "docs/own-estimator.md")
    shown = [block for block in blocks() if block.page in pages and block.language == "python"]
    written = {function for path in EXAMPLES for function in functions_of(path.read_text()).items()}
    functions = {function for block in shown for function in functions_of(block.text).items()}
    assert functions <= written
    assert {name for name, _ in functions} >= {"outcomes", "features", "candidates", "both", "forest"}


def test_the_functions_that_the_yaml_of_the_page_on_code_names_are_there() -> None:
    [block] = [block for block in blocks() if block.page == "docs/pipeline-code.md" and block.language == "yaml"]
    references = re.findall(r"\b[a-z_.]+:[a-z_]+\b", block.text)
    assert len(references) == 3
    assert all(callable(load_function(reference)) for reference in references)
