"""Requests of WebHDFS by the PyPI package `hdfs`: the only file that names its private attributes.

Its low-level endpoints are its documented way to what its methods do not offer, such as a renaming without overwriting
or a reading that leaves DataNodes out. `tests/unit/store/test_hdfs_client.py` holds the contract with the package.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

TIMEOUT_SECONDS = (5.0, 60.0)
"""Seconds to connect, and to wait for the next bytes."""


@dataclass(frozen=True, slots=True)
class HdfsClient:
    """One request a method, at the first of the NameNodes that answers.

    Every method raises `hdfs.util.HdfsError` for a refusal and `requests.RequestException` where nothing answers.
    `query` are parameters of one request, such as `excludedatanodes`.
    """

    package_client: Any

    @property
    def addresses(self) -> list[str]:
        """The WebHDFS addresses of the NameNodes."""
        return list(self.package_client.urls)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that go with each request from now on; a change counts at once."""
        parameters: dict[str, Any] = self.package_client._session.params
        return parameters

    def file_status(self, path: str) -> Mapping[str, Any]:
        """Return what the NameNode holds of the path."""
        status: Mapping[str, Any] = self.package_client._get_file_status(path).json()["FileStatus"]
        return status

    def home_directory(self) -> str:
        """Return the home folder of the user that the NameNode has authenticated, such as `/user/eva`."""
        return str(self.package_client._get_home_directory("/").json()["Path"])

    def list_status(self, path: str) -> list[Mapping[str, Any]]:
        """Return the status of each child of a folder; of a file, its own with an empty `pathSuffix`."""
        statuses: list[Mapping[str, Any]] = self.package_client._list_status(path).json()["FileStatuses"]["FileStatus"]
        return statuses

    def open(self, path: str, query: Mapping[str, str]) -> requests.Response:
        """Return the response that has the content of a file."""
        response: requests.Response = self.package_client._open(path, **query)
        return response

    def write(self, path: str, data: bytes | Iterable[bytes], query: Mapping[str, str]) -> None:
        """Create a file with its folders, or replace it."""
        from hdfs.client import _to_error

        place = self.package_client._create(path, overwrite=True, **query).headers["location"]
        # The NameNode has put a token into the address, and a DataNode's log holds what is sent to it.
        response = self.package_client._request("PUT", place, params={"delegation": None}, data=data)
        if not response.ok:
            raise _to_error(response)

    def rename(self, source: str, target: str, option: str) -> None:
        """Rename in one step; `option` is OVERWRITE or NONE."""
        self.package_client._rename(source, destination=target, renameoptions=option)

    def delete(self, path: str, *, recursive: bool) -> bool:
        """Return whether there was something to delete, after deleting it."""
        return bool(self.package_client._delete(path, recursive=recursive).json()["boolean"])


def open_client(web: tuple[str, ...], user: str | None) -> HdfsClient:
    """Return a client of the NameNodes at these addresses, which has sent nothing yet.

    Args:
        web: The WebHDFS addresses.
        user: The user's name, or None for a secured HDFS, where tokens name the user.
    """
    from hdfs import Client, InsecureClient

    addresses = ";".join(web)
    if user is not None:
        return HdfsClient(InsecureClient(addresses, user=user, timeout=TIMEOUT_SECONDS))
    import requests

    session = requests.Session()
    session.params = {}
    return HdfsClient(Client(addresses, session=session, timeout=TIMEOUT_SECONDS))


@contextmanager
def without_log() -> Iterator[None]:
    """Keep the package from logging refusals inside the block, since the error of the caller reports them once."""
    logger = logging.getLogger("hdfs.client")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
