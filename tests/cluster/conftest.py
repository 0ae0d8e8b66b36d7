"""A real Hadoop for the whole session, and WebHDFS as its users speak it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from devtools.hadoop.cluster import Cluster

from .on_cluster import environment_archive, mlflow_address, mlflow_folder, mlflow_server, on_cluster, served  # noqa: F401 - fixtures of all the tests here


@dataclass(frozen=True, slots=True)
class WebHdfs:
    """Files of the cluster over HTTP, as the given user."""

    address: str
    user: str

    def ask(self, method: str, operation: str, path: str, data: bytes = b"", **parameters: str) -> requests.Response:
        """The answer, whatever it is."""
        query = {"op": operation, "user.name": self.user, **parameters}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, f"{self.address}/webhdfs/v1{path}", params=query, data=data, timeout=60)

    def write(self, path: str, data: bytes) -> requests.Response:
        """The answer to creating a file: the NameNode says at which DataNode."""
        redirect = self.ask("PUT", "CREATE", path, noredirect="true", overwrite="true")
        if redirect.status_code != 200:
            return redirect
        with requests.Session() as session:
            session.trust_env = False
            return session.put(redirect.json()["Location"], data=data, timeout=60)

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        answer = self.ask("GET", "OPEN", path)
        answer.raise_for_status()
        return answer.content

    def holds(self, path: str, data: bytes) -> bool:
        """Whether a file has these bytes and can be read: a DataNode that just died is named until it is missed."""
        try:
            return self.read(path) == data
        except requests.ConnectionError:
            return False

    def refusal(self, answer: requests.Response) -> dict[str, Any]:
        """What a refusal says: `exception` and `message`."""
        assert answer.status_code >= 400, answer.text
        return dict(answer.json()["RemoteException"])


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("hadoop")) as running:
        yield running


@pytest.fixture(scope="session")
def files(cluster: Cluster) -> WebHdfs:
    return WebHdfs(cluster.webhdfs, getpass.getuser())


@pytest.fixture(autouse=True)
def a_whole_cluster(cluster: Cluster) -> None:
    """What an earlier test left dead is started again."""
    cluster.start()
