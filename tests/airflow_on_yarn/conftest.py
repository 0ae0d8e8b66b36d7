"""A Hadoop of their own for the tests of Airflow on YARN: they clean every day, and promote the first version."""

from __future__ import annotations

from ..cluster.conftest import a_whole_cluster, cluster  # noqa: F401 - fixtures of all the tests here
from ..cluster.on_cluster import environment_archive, mlflow_address, mlflow_folder, mlflow_server, on_cluster  # noqa: F401
