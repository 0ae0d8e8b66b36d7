"""Where an environment's lake and landing are, reached with whatever right this process has."""

from __future__ import annotations

from assay.spec.project import Environment
from assay.store.place import Place, open_place


def place_of(environment: Environment, text: str) -> Place:
    """The place; on a secured cluster by the token of the driver's JVM where Spark submitted this process, else by the
    user's own ticket. Raises InfrastructureError where there is neither."""
    if not environment.secured:
        return open_place(text, environment.webhdfs)
    from assay.spark.session import submitted_by_spark

    token = ""
    if submitted_by_spark():
        from assay.spark.tokens import hdfs_token

        token = hdfs_token(text)
    return open_place(text, environment.webhdfs, token=token, secured=True)
