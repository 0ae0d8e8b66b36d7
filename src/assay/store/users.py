"""Who acts, and when, as the documents of the store record it."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime


def current_user() -> str:
    """Who runs this: `$ASSAY_USER` (a scheduler says for whom it acts), `$HADOOP_USER_NAME`, or the login's name.

    It is a name for the record and no proof: the right to write is the storage's business.
    """
    named = os.environ.get("ASSAY_USER") or os.environ.get("HADOOP_USER_NAME")
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}"


def now_utc() -> str:
    """This moment in UTC, to the second, as the documents write it: for people, never for an order."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
