"""A guarded Hadoop of their own for the tests of Airflow on it: they clean every day, and promote the first version."""

from __future__ import annotations

from ..cluster.on_cluster import mlflow_address, mlflow_folder, mlflow_server  # noqa: F401 - fixtures of all the tests here
from ..kerberos.conftest import cluster  # noqa: F401
from ..kerberos.kerberos_project import kerberized  # noqa: F401
