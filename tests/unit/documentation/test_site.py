"""The site: its navigation has every page, no page needs another host, and a fault keeps it from being built."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from devtools.documentation import mermaid, site
from devtools.documentation.mermaid import MermaidError, fetch_mermaid
from devtools.documentation.source import SourceError, check_navigation, indented, stage_pages

from .documented_commands import WrongCommandError, check_assay, check_job, check_make, check_options
from .markdown_blocks import ROOT, blocks

CONFIGURATION = tomllib.loads(site.CONFIGURATION.read_text())["project"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one page that links to a page, a folder and a file outside of `docs`."""
    root = tmp_path / "checkout"
    (root / "docs" / "adr").mkdir(parents=True)
    (root / "pyproject.toml").write_text('[project.urls]\nSource = "https://example.org/assay"\n')
    (root / "docs" / "adr" / "README.md").write_text("# Decisions\n")
    (root / "docs" / "index.md").write_text(
        "# Home\n\n[file](../pyproject.toml#x) [folder](../docs/adr) [all](..) [page](adr/README.md#decisions)\n"
    )
    return root


def test_every_page_is_in_the_navigation_once(tmp_path: Path) -> None:
    pages = stage_pages(ROOT, tmp_path / "source")
    assert pages == len(list((ROOT / "docs").rglob("*.md")))
    check_navigation(CONFIGURATION["nav"], tmp_path / "source")


def test_the_navigation_has_the_four_kinds_of_pages_behind_the_first() -> None:
    titles = [next(iter(entry)) for entry in CONFIGURATION["nav"]]
    assert titles == ["Home", "Tutorial", "How-to guides", "Reference", "Explanation"]


def test_links_out_of_the_pages_become_addresses_and_folders_their_first_page(checkout: Path) -> None:
    stage_pages(checkout, checkout / "source")
    text = (checkout / "source" / "index.md").read_text()
    assert re.findall(r"\]\(([^)]*)\)", text) == [
        "https://example.org/assay/blob/main/pyproject.toml#x",
        "../docs/adr/README.md",
        "https://example.org/assay/tree/main/.",
        "adr/README.md#decisions",
    ]


def test_a_link_to_nothing_is_an_error(checkout: Path) -> None:
    (checkout / "docs" / "index.md").write_text("[gone](../gone.md)\n")
    with pytest.raises(SourceError):
        stage_pages(checkout, checkout / "source")


@pytest.mark.parametrize("nav", [[{"Home": "index.md"}], ["index.md", "adr/README.md", "gone.md"], ["index.md"] * 2])
def test_a_page_outside_of_the_navigation_and_one_that_is_not_there_are_errors(checkout: Path, nav: list[Any]) -> None:
    stage_pages(checkout, checkout / "source")
    with pytest.raises(SourceError):
        check_navigation(nav, checkout / "source")


def test_a_block_inside_of_a_list_moves_as_a_whole() -> None:
    lines = ["1. one", "", "   ```", "   a", "     b", "   ```", "", "text", "  indented"]
    assert list(indented(lines)) == ["1. one", "", "    ```", "    a", "      b", "    ```", "", "text", "  indented"]


def test_no_page_needs_another_host() -> None:
    assert CONFIGURATION["theme"]["font"] is False
    assert "repo_url" not in CONFIGURATION, "with it the theme requests the repository's figures"
    for name in [*CONFIGURATION["extra_javascript"], *CONFIGURATION["extra_css"]]:
        text = (site.CONFIGURATION.parent / name).read_text()
        assert "://" not in text, name


def test_each_picture_is_a_flow_chart_which_the_small_mermaid_draws() -> None:
    pictures = [block for block in blocks() if block.language == "mermaid"]
    assert len(pictures) >= 3
    assert {block.lines[0].split()[0] for block in pictures} == {"flowchart"}


def test_another_mermaid_than_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text(f'#!{sys.executable}\nimport pathlib\npathlib.Path("other.tgz").write_bytes(b"other")\n')
    npm.chmod(0o755)
    monkeypatch.setattr(mermaid, "_npm", lambda _: [str(npm)])
    with pytest.raises(MermaidError):
        fetch_mermaid(tmp_path / "mermaid.js", tmp_path)
    assert not (tmp_path / "mermaid.js").exists()


def test_without_npm_the_error_names_the_command_that_brings_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MermaidError):
        fetch_mermaid(tmp_path / "mermaid.js", tmp_path)


def test_the_lock_of_the_site_names_the_version_of_its_project() -> None:
    folder = site.CONFIGURATION.parent
    [wanted] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["dependencies"]
    locked = {one["name"]: one["version"] for one in tomllib.loads((folder / "uv.lock").read_text())["package"]}
    name, version = wanted.split("==")
    assert locked[name] == version


def test_make_docs_builds_and_serves() -> None:
    for arguments, word in ([], "build"), (["SERVE=1", "PORT=8001"], "serve --port 8001"):
        done = subprocess.run(
            ["make", "-n", "docs", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
        )
        assert f"-m devtools.documentation {word}" in done.stdout


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (check_assay, "run flight_delays --nope"),
        (check_assay, "nope"),
        (check_assay, "train flight_delays"),
        (check_assay, "run flight_delays --date yesterday"),
        (check_assay, "submit clean --pipeline P --select x"),
        (check_options, "rollback P --because x"),
        (check_make, "nope"),
        (check_make, "docs NOPE=1"),
        (check_job, "jobs/nope.py --date 2013-01-05"),
    ],
)
def test_a_wrong_command_of_a_page_is_found(check: Any, words: str) -> None:
    with pytest.raises(Exception) as caught:
        check(words.split())
    assert isinstance(caught.value, WrongCommandError) or getattr(caught.value, "code", "") in ("bad-date", "usage")
