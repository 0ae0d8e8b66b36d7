"""Expect errors by their class, their code and the data that they name, never by their wording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from assay.errors import AssayError

_Error = TypeVar("_Error", bound=Exception)
_Coded = TypeVar("_Coded", bound=AssayError)


@contextmanager
def raises_code(kind: type[_Coded], code: str, *data: object) -> Iterator[pytest.ExceptionInfo[_Coded]]:
    """Expect an error of this class and code whose location, message or hint contains each of the data.

    The data are names, numbers, dates and paths: what a reworded message still has to contain.
    """
    with raises_naming(kind, *data) as caught:
        yield caught
    assert caught.value.code == code, str(caught.value)


@contextmanager
def raises_naming(kind: type[_Error], *data: object) -> Iterator[pytest.ExceptionInfo[_Error]]:
    """Expect an exception of this class whose text contains each of the data."""
    with pytest.raises(kind) as caught:
        yield caught
    missing = missing_data(str(caught.value), *data)
    assert missing == [], str(caught.value)


def missing_data(text: str, *data: object) -> list[str]:
    """Return the data that the text does not contain as whole words: 7 is no part of 17."""
    wanted = [str(one) for one in data]
    return [one for one in wanted if not re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text)]


def error_codes(text: str) -> list[str]:
    """Return the codes of the errors that a command has printed, in their order."""
    return re.findall(r"error\[([a-z0-9-]+)\]", text)


def rendered_places(text: str) -> list[tuple[str, str, str]]:
    """Return code, location and underlined characters of each rendered error; no location is an empty string.

    >>> rendered_places("error[a]: one\\n  --> x.yaml:2:3\\n   | b: c\\n   |    ^ two")
    [('a', 'x.yaml:2:3', 'c')]
    """
    return [_place(block) for block in re.split(r"\n(?=error\[)", text)]


def _place(block: str) -> tuple[str, str, str]:
    code = re.match(r"error\[([a-z0-9-]+)\]", block)
    location = re.search(r"^  --> (.*)$", block, re.M)
    marked = re.search(r"^   \| (.*)\n   \| ( *)(\^+)", block, re.M)
    shown = "" if marked is None else marked[1][len(marked[2]) : len(marked[2]) + len(marked[3])]
    return ("" if code is None else code[1], "" if location is None else location[1], shown)
