"""The page of the error codes: each code with its exit code, its messages, its hints and the files that raise it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from devtools.documentation.markdown import code, page, quoted, table
from devtools.documentation.reference.package_json import package_json
from devtools.documentation.reference.raised_codes import RaisedCode, raised_codes

LEAD = (
    "Find an error by its code, which is the word in `error[word]` and the value of `error` in `--json`. The table "
    "shows the exit code, the messages with `…` for each value, what to do, and the files of `src/assay` that raise "
    "it. A mistake in SQL may have the name that Spark gives it, in lower case with hyphens, such as "
    "`unresolved-column-with-suggestion`: its exit code is 2."
)
HEADINGS = {
    2: "Exit 2: correct the input",
    3: "Exit 3: a verdict refused",
    4: "Exit 4: try again",
    1: "Exit 1: a defect of Assay",
}
MAX_TEXTS = 2
"""How many messages, and how many hints, a row shows."""


def error_codes_page() -> str:
    """Return the page of all error codes."""
    every = raised_codes()
    parts = [f"There are {len({one.code for one in every})} codes."]
    for exit_code, heading in HEADINGS.items():
        rows = [
            _row(name, list(group))
            for name, group in groupby((one for one in every if one.exit_code == exit_code), key=lambda one: one.code)
        ]
        parts += [f"## {heading}", table(["code", "messages", "what to do", "raised in"], rows)]
    return page("Error codes", LEAD, *parts)


def error_codes_json() -> str:
    """Return the explanations that ship with the package: the texts of the page, all of them, by code."""
    every = raised_codes()
    codes = {
        name: {
            "exit_codes": sorted({one.exit_code for one in group}),
            "messages": _distinct(one.message for one in group),
            "hints": _distinct(one.hint for one in group),
            "places": sorted({one.place for one in group}),
        }
        for name in sorted({one.code for one in every})
        for group in [[one for one in every if one.code == name]]
    }
    return package_json(codes)


def _row(name: str, raised: Sequence[RaisedCode]) -> list[str]:
    places = ", ".join(code(place) for place in sorted({one.place for one in raised}))
    return [code(name), _texts(one.message for one in raised), _texts(one.hint for one in raised), places]


def _texts(texts: Iterable[str]) -> str:
    distinct = _distinct(texts)
    shown = "; ".join(quoted(text) for text in distinct[:MAX_TEXTS])
    left = len(distinct) - MAX_TEXTS
    return f"{shown}; and {left} more" if left > 0 else shown


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in map(_plain, texts) if re.search("[a-z]", text)))


def _plain(text: str) -> str:
    """Return a message with one `…` for each value, however its source writes them.

    >>> _plain("…… of {1}: …")
    '… of …'
    """
    return re.sub("…+", "…", re.sub(r"\{\w+\}", "…", text)).removesuffix(": …")
