"""The check of the prose: it reads what a person reads, finds what breaks docs/style.md, and its baseline shrinks."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from devtools.lint.checkout import read_checkout
from devtools.lint.prose.baseline import BASELINE, check_prose, lower_baseline
from devtools.lint.prose.passages import passages_of_document
from devtools.lint.prose.rules import BANNED_WORDS, breaches_in

LONG = "It " + "really " * 30 + "ends."
DOCUMENT = "docs/page.md"


def rules_in(root: Path, name: str, text: str) -> list[tuple[int, str]]:
    """Return line and rule of each breach in the one file of a checkout."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return [(finding.line, finding.rule) for finding in check_prose(read_checkout(root))]


@pytest.mark.parametrize(
    ("text", "breaches"),
    [
        (f"A heading\n\n{LONG}\n", [(3, "prose-sentence")]),
        (f"- one\n- {LONG}\n", [(2, "prose-sentence")]),
        (f"| a | b |\n| --- | --- |\n| x | {LONG} |\n", [(3, "prose-sentence")]),
        ("Whoever\nis first wins.\n", [(1, "prose-word")]),
        (f"```\n{LONG}\n```\n", []),
        (f"The code `{LONG}` is one word.\n", []),
        (f'He quotes "{LONG}" in full.\n', []),
        ("It was said. [It says so](https://example.org/says).\n", [(1, "prose-word"), (1, "prose-word")]),
    ],
)
def test_a_document_is_read_by_paragraphs_items_and_cells(
    tmp_path: Path, text: str, breaches: list[tuple[int, str]]
) -> None:
    assert rules_in(tmp_path, DOCUMENT, text) == breaches


@pytest.mark.parametrize(
    ("text", "breaches"),
    [
        ('"""Whether it is so."""\n', [(1, "prose-summary")]),
        (f'"""{"A " * 25}summary."""\n', [(1, "prose-summary")]),
        (f'def work() -> None:\n    """Do it.\n\n    {LONG}\n    """\n', [(4, "prose-sentence")]),
        (f'def work() -> None:\n    """Do it.\n\n    >>> "{LONG}"\n    """\n', []),
        ('raise InputError(f"somebody has {x}", code="lost")\n', [(1, "prose-word")]),
        ('raise InputError("it is so", code="lost", hint="tell nobody of it")\n', [(1, "prose-word")]),
        ('nobody = "nobody is here"\n', []),
    ],
)
def test_a_module_is_read_by_docstrings_and_messages(
    tmp_path: Path, text: str, breaches: list[tuple[int, str]]
) -> None:
    assert rules_in(tmp_path, "src/module.py", text) == breaches


def test_a_file_may_have_as_many_breaches_as_its_baseline_and_no_more(tmp_path: Path) -> None:
    assert rules_in(tmp_path, DOCUMENT, "It says so.\n") == [(1, "prose-word")]
    (tmp_path / BASELINE).parent.mkdir(parents=True)
    assert lower_baseline(read_checkout(tmp_path)) == 1, "the first baseline takes what is there"
    assert rules_in(tmp_path, DOCUMENT, "It says so.\n") == []
    assert rules_in(tmp_path, DOCUMENT, "It says so.\n\nIt said so.\n") == [(1, "prose-word"), (3, "prose-word")]
    assert lower_baseline(read_checkout(tmp_path)) == 1, "a later one is never raised"
    assert rules_in(tmp_path, DOCUMENT, "It returns.\n") == [(1, "prose-baseline")], "it has to be lowered"
    assert lower_baseline(read_checkout(tmp_path)) == 0
    assert rules_in(tmp_path, DOCUMENT, "It returns.\n") == []


@pytest.mark.parametrize("word", sorted(BANNED_WORDS))
def test_each_banned_word_is_found_and_the_advice_names_another(word: str) -> None:
    [finding] = breaches_in(PurePath("x.md"), passages_of_document([f"The program {word}."]))
    assert finding.rule == "prose-word"
    assert not set(BANNED_WORDS[word].split()) & set(BANNED_WORDS)


def test_no_baseline_is_left_where_prose_is_read_most() -> None:
    root = Path(__file__).parents[3]
    paths = [line.split("\t")[0] for line in (root / BASELINE).read_text().splitlines()]
    clean = ("src/assay/core/", "src/assay/api", "src/assay/cli/", "README.md", "docs/")
    assert [path for path in paths if path.startswith(clean)] == []
