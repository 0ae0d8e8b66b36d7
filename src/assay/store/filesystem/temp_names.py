"""Names under which a document is written before it gets its own, on any storage."""

from __future__ import annotations

import os
import re
import secrets

_TEMPORARY = re.compile(r"\..+\.[0-9]+-[0-9a-f]{12}\.tmp")


def temporary_name(name: str) -> str:
    """Return a temporary name for what will be called `name`: no other writer uses it, and no reader looks for it.

    >>> is_temporary(temporary_name("verdict.json"))
    True
    """
    return f".{name}.{os.getpid()}-{secrets.token_hex(6)}.tmp"


def is_temporary(name: str) -> bool:
    """Return whether a file of that name is one to which its writer has yet to give the final name."""
    return _TEMPORARY.fullmatch(name) is not None
