"""Expect errors by their class, their code and the data that they name, never by their wording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from assay.errors import AssayError


@contextmanager
def raises_code(kind: type[AssayError], code: str, *data: object) -> Iterator[pytest.ExceptionInfo[AssayError]]:
    """Expect an error of this class and code whose location, message or hint contains each of the data.

    The data are names, numbers, dates and paths: what a reworded message still has to contain.
    """
    with raises_naming(kind, *data) as caught:
        yield caught
    assert caught.value.code == code, str(caught.value)


@contextmanager
def raises_naming(kind: type[Exception], *data: object) -> Iterator[pytest.ExceptionInfo[Exception]]:
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
