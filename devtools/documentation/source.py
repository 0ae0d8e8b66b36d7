"""The Markdown that the site is built from: `docs` with its links to other files of the checkout made addresses."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?!https?://|mailto:|#)(?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")
_ITEM = re.compile(r"(?:[-*+]|\d+[.)]) ")
_FENCE = re.compile(r"\s*(```|~~~)")
INDENTATION = 4
"""The columns by which the site's Markdown wants the content of a list indented. GitHub accepts two as well."""


class SourceError(ValueError):
    """A page names a file that does not exist, or the navigation and the pages differ."""


def stage_pages(root: Path, target: Path) -> int:
    """Write the pages of `root/docs` to `target`, and return how many there are.

    Raises:
        SourceError: A link leads to no file of the checkout.
    """
    docs, address = root / "docs", _address(root)
    shutil.rmtree(target, ignore_errors=True)
    pages = sorted(docs.rglob("*.md"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        linked = "\n".join(_linked(line, page, root, address) for line in text.splitlines())
        place = target / page.relative_to(docs)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("\n".join(indented(linked.splitlines())) + "\n", encoding="utf-8")
    return len(pages)


def check_navigation(nav: Sequence[Any], source: Path) -> None:
    """Compare the navigation with the pages.

    Raises:
        SourceError: A page is not in the navigation, is in it twice, or does not exist.
    """
    named = list(_named(nav))
    pages = {page.relative_to(source).as_posix() for page in source.rglob("*.md")}
    faults = [f"{name} is not in the navigation" for name in sorted(pages - set(named))]
    faults += [f"{name} of the navigation does not exist" for name in sorted(set(named) - pages)]
    faults += [f"{name} is in the navigation twice" for name in sorted({one for one in named if named.count(one) > 1})]
    if faults:
        raise SourceError("\n".join(faults))


def indented(lines: Sequence[str]) -> Iterator[str]:
    """Return the lines with the content of lists indented by four columns for each level.

    >>> list(indented(["1. one", "", "   two", "- a", "  - b"]))
    ['1. one', '', '    two', '- a', '    - b']
    """
    in_list, shift, fenced = False, 0, False
    for line in lines:
        width = len(line) - len(line.lstrip(" "))
        if _FENCE.match(line):
            shift = shift if fenced else _wanted(width) - width
            fenced = not fenced
            yield " " * (shift if in_list else 0) + line
        elif fenced:
            yield " " * (shift if in_list and line.strip() else 0) + line
        else:
            in_list = bool(_ITEM.match(line)) or (in_list and (width > 0 or not line.strip()))
            yield " " * _wanted(width) + line.lstrip(" ") if in_list and line.strip() else line


def _wanted(width: int) -> int:
    return INDENTATION * -(-width // INDENTATION)


def _named(nav: Sequence[Any]) -> Iterator[str]:
    for entry in nav:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict):
            for value in entry.values():
                yield from [value] if isinstance(value, str) else _named(value)


def _linked(line: str, page: Path, root: Path, address: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        path = Path(os.path.normpath(page.parent / match["path"]))
        if not path.exists():
            raise SourceError(f"{page.relative_to(root)} links to {match['path']}, which does not exist")
        anchor = match["anchor"] or ""
        if not path.is_relative_to(root / "docs"):
            kind = "tree" if path.is_dir() else "blob"
            return f"[{match['text']}]({address}/{kind}/main/{path.relative_to(root).as_posix()}{anchor})"
        if path.is_dir():
            readme = PurePosixPath(match["path"]) / "README.md"
            return f"[{match['text']}]({readme}{anchor})"
        return match[0]

    return _LINK.sub(replaced, line)


def _address(root: Path) -> str:
    """Return the address of the repository, from the project's metadata."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["urls"]["Source"])
