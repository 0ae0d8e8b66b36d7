"""The acting user and the current time, as the documents of the store record them."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime


def current_user() -> str:
    """Return the acting user: `$ASSAY_USER`, `$HADOOP_USER_NAME` or the login's name, in this order.

    A scheduler names the user for whom it acts in `$ASSAY_USER`. The name is for the record and proves nothing: the
    storage decides who may write.
    """
    named = os.environ.get("ASSAY_USER") or os.environ.get("HADOOP_USER_NAME")
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}"


def now_utc() -> str:
    """Return this moment in UTC, to the second, as the documents write it.

    It is for people. No order is derived from it.
    """
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
