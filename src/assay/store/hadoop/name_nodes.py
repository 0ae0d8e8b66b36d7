"""The NameNodes of an HDFS, one by one: active, standby, or without an answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assay.store.hadoop.delegation_tokens import TokenProvider
from assay.store.hadoop.hdfs_client import open_client, without_log
from assay.store.users import hadoop_user


class NameNodeState(StrEnum):
    """The answer of a NameNode: it serves, it waits for the other's end, it refuses this user, or nothing comes."""

    ACTIVE = "active"
    STANDBY = "standby"
    REFUSES = "refuses this user"
    SILENT = "does not answer"


@dataclass(frozen=True, slots=True)
class NameNode:
    """A NameNode by its web address, with its state a moment ago."""

    address: str
    state: NameNodeState


def name_nodes(web: tuple[str, ...], right: TokenProvider | None = None) -> list[NameNode]:
    """Return the state of each NameNode, by one request to each and without a retry.

    Raises:
        InputError: The keytab is missing or is not the principal's.
        InfrastructureError: There is no Kerberos ticket to get a token with.
    """
    return [NameNode(address, _state(address, right)) for address in web]


def _state(address: str, right: TokenProvider | None) -> NameNodeState:
    from hdfs.util import HdfsError
    from requests.exceptions import RequestException

    client = open_client((address,), hadoop_user() if right is None else None)
    if right is not None:
        client.parameters["delegation"] = right.hdfs()
    try:
        with without_log():
            client.file_status("/")
    except RequestException:
        return NameNodeState.SILENT
    except HdfsError as error:
        return NameNodeState.STANDBY if error.exception == "StandbyException" else NameNodeState.REFUSES
    return NameNodeState.ACTIVE
