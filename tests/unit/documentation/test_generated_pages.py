"""The generated pages are those that the code gives, and they leave out no command, no document and no error code."""

from __future__ import annotations

import ast
import doctest
import importlib
import json
import re
import textwrap
from pathlib import Path

import pytest

import assay
from assay.cli.command_index import COMMANDS
from devtools.documentation import pages
from devtools.documentation.markdown import NOTE
from devtools.documentation.pages import DOCS, PACKAGE_FILES, PAGES, ROOT
from devtools.documentation.reference import lake_documents, raised_codes

from ..store.stored_documents import DOCUMENTS

PACKAGE = Path(assay.__file__).parent
FOLDER = Path(pages.__file__).parent
MODULES = [
    ".".join(path.relative_to(FOLDER.parents[1]).with_suffix("").parts)
    for path in sorted(FOLDER.rglob("*.py"))
    if path.stem != "__main__"
]


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_gives(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    assert page == PAGES[name](), "run python -m devtools.documentation"


@pytest.mark.parametrize("name", PACKAGE_FILES)
def test_a_generated_file_of_the_package_is_what_the_code_gives(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text == PACKAGE_FILES[name](), "run python -m devtools.documentation"


def test_each_page_of_the_reference_is_generated() -> None:
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.glob("reference/*.md")}
    assert there == {name for name in PAGES if name.startswith("reference/")}
    noted = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if NOTE in path.read_text()}
    assert noted == set(PAGES) - {"expectations.md"}


def test_each_command_has_a_heading() -> None:
    page = (DOCS / "reference" / "command-line.md").read_text()
    headings = set(re.findall(r"^### `assay ([a-z -]+)`$", page, re.MULTILINE))
    assert set(COMMANDS) <= headings


def test_each_format_of_a_document_in_the_source_is_on_the_page() -> None:
    called = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "DocumentFormat":
                kind, version, _ = node.args
                called.add(f"{ast.literal_eval(kind)}/{ast.literal_eval(version)}")
    assert called == {kind.form.name for kind in lake_documents.KINDS}


def test_the_places_of_the_documents_are_those_that_the_store_writes() -> None:
    def shape(place: str) -> str:
        return re.sub(
            r"[^/.]*[0-9A-Z][^/.]*", "*", place.replace("flight_delays/", "PIPELINE/").replace("/flights/", "/*/")
        )

    written = {document.path.removeprefix("_assay/") for document in DOCUMENTS.values() if "_assay/" in document.path}
    shown = [place for kind in lake_documents.KINDS for place in kind.places]
    shown += [place for place, _ in lake_documents.OTHERS]
    stems = {(shape(place).partition("/")[0], Path(place).suffix) for place in shown}
    assert {(shape(place).partition("/")[0], Path(place).suffix) for place in written} <= stems


def test_the_example_of_a_document_has_its_kind() -> None:
    for kind in lake_documents.KINDS:
        example = json.loads((lake_documents.GOLDEN / f"{kind.example}.json").read_text())
        assert example["format"] == kind.form.name


def test_each_literal_code_of_the_source_is_found() -> None:
    literal = set()
    for path in PACKAGE.rglob("*.py"):
        literal |= set(re.findall(r'\bcode="([a-z-]+)"', path.read_text()))
    assert literal <= {one.code for one in raised_codes.raised_codes()}


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ('raise InputError("m", code="a" if x else "b")', {"a", "b"}),
        (
            'def f():\n    kind = "x" if y else "z"\n    raise LostRace("m", code=f"label-{kind}")',
            {"label-x", "label-z"},
        ),
        ('raise problem("m")', {"bad-value"}),
        ('raise ValueError("m", code="a")', set()),
    ],
)
def test_codes_are_found_behind_choices_names_and_defaults(
    source: str, codes: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "module.py").write_text(source)
    monkeypatch.setattr(raised_codes, "PACKAGE", tmp_path)
    monkeypatch.setattr(raised_codes, "ELSEWHERE", ())
    assert {one.code for one in raised_codes.raised_codes()} == codes


def test_a_message_in_a_variable_is_the_one_that_was_assigned_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = """
    def check():
        words = "one"
        yield InputError(words, code="a")
        words = "two"
        yield InputError(words, code="b")
    """
    (tmp_path / "module.py").write_text(textwrap.dedent(source))
    monkeypatch.setattr(raised_codes, "PACKAGE", tmp_path)
    monkeypatch.setattr(raised_codes, "ELSEWHERE", ())
    assert [(one.code, one.message) for one in raised_codes.raised_codes()] == [("a", "one"), ("b", "two")]


def test_a_code_that_cannot_be_found_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "module.py").write_text('raise InputError("m", code=words.pop())')
    monkeypatch.setattr(raised_codes, "PACKAGE", tmp_path)
    with pytest.raises(raised_codes.UnknownCodeError):
        raised_codes.raised_codes()


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_the_docstrings_hold(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0
