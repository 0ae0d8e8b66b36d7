"""The acting user and the current time, as the documents of the store record them."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """The user who acts: by the name that the system has authenticated, and for the one that was only claimed.

    >>> str(Actor("airflow", "eva")), str(Actor("eva", "eva")), str(Actor("eva"))
    ('airflow (for eva)', 'eva', 'eva')
    """

    who: str
    claimed: str = ""

    def __str__(self) -> str:
        """Return the authenticated name, with the claimed one beside it where that is another."""
        return f"{self.who} (for {self.claimed})" if self.claimed not in ("", self.who) else self.who


def unix_user() -> str:
    """Return the name of the effective user of this process, by the system's own table of users.

    The environment variables `USER` and `LOGNAME` do not count: every process can set them.
    """
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"


def hadoop_user() -> str:
    """Return the name under which a Hadoop without Kerberos knows this process: its files belong to that user.

    It is `$HADOOP_USER_NAME`, `$SPARK_USER` or the Unix user. In a container of YARN the process runs as the
    NodeManager's user, and Spark names the user for whom it runs.
    """
    return os.environ.get("HADOOP_USER_NAME") or os.environ.get("SPARK_USER") or unix_user()


def claimed_user() -> str:
    """Return `$ASSAY_USER`: the person for whom a scheduler or a driver acts by its own account; empty without one.

    The name is for the record and proves nothing.
    """
    return os.environ.get("ASSAY_USER", "")


def process_actor() -> Actor:
    """Return the user of this process on this system, with the claimed name beside it."""
    return Actor(unix_user(), claimed_user())


def now_utc() -> str:
    """Return this moment in UTC, to the second, as the documents write it.

    It is for people. No order is derived from it.
    """
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
