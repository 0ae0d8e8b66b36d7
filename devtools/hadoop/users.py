"""Folders for users that are not HDFS's superuser."""

from __future__ import annotations

from collections.abc import Sequence

from devtools.hadoop.web import Web


def make_folders(namenode: Web, users: Sequence[str]) -> None:
    """Make `/tmp`, where all users may write and none may remove another's files, and each user's home.

    The superuser makes them. A second call changes nothing. Raises InfrastructureError.
    """
    namenode.put("/tmp", op="MKDIRS")
    namenode.put("/tmp", op="SETPERMISSION", permission="1777")
    for user in users:
        namenode.put(f"/user/{user}", op="MKDIRS")
        namenode.put(f"/user/{user}", op="SETOWNER", owner=user, group=user)
