"""One guarded cluster for all the tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devtools.hadoop.cluster import Cluster

from ..cluster.on_cluster import mlflow_address, mlflow_folder, mlflow_server  # noqa: F401 - fixtures of all the tests here
from .kerberos_project import TOKENS_LIVE, kerberized  # noqa: F401


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    # Each stage outlives several tokens, as a long one does where they live for a day.
    short = {"hdfs-site": {"dfs.namenode.delegation.token.renew-interval": TOKENS_LIVE * 1_000}}
    with Cluster(tmp_path_factory.mktemp("kerberos"), kerberos=True, more=short) as running:
        yield running
