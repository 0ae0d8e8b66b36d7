"""The secrets of channels, read at the moment of sending, from a file or from the process environment."""

from __future__ import annotations

import os
from pathlib import Path

from assay.notifications.failure import SendFailure

MAX_BYTES = 16_384


def read_secret(file: str | None, variable: str | None) -> str:
    """Return the secret in a file or in an environment variable, without blanks around it; empty if neither is named.

    Raises:
        SendFailure: The file or the variable is missing or empty, or the secret has a line break.
    """
    if file is None and variable is None:
        return ""
    value = os.environ.get(variable, "") if variable is not None else _content(str(file))
    secret = value.strip()
    if not secret:
        raise SendFailure("no-secret", elsewhere=True)
    if not secret.isprintable():
        raise SendFailure("bad-secret", elsewhere=True)
    return secret


def _content(file: str) -> str:
    try:
        with Path(file).open("rb") as stream:
            return stream.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
