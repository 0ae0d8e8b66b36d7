"""The Spark of one process for another one: two versions of one package, one JVM and one application.

Two versions of a package cannot be in one Python process. Spark's workers have the same limit, and Spark gives each set
of environment variables worker processes of its own. So a process with another version attaches to the JVM, and names
a path that its workers import from first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.spark.executor_files import outbox, ship_code, use_outbox
from assay.spark.jvm_objects import gateway_address, jvm_process, start_jvm
from assay.spark.session.session import silence_query_contexts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PORT, _SECRET = "PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET"


@dataclass(frozen=True, slots=True)
class SharedJvm:
    """The gateway of a JVM in which Spark runs, and the code of the process that attaches to it.

    - `python` is the interpreter of the workers.
    - `workers_path` is the folder that this process's workers import from first: absolute where they share the
      machine's files, else relative to the working directory of an executor.
    - `outbox` is a folder for files that executors fetch: it lives as long as the JVM's own process.
    """

    port: int
    secret: str = field(repr=False)
    python: str
    workers_path: str
    outbox: str

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON types, for a pipe to a process of this user; the secret is among them."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SharedJvm:
        """Return what `to_json` wrote."""
        return cls(**data)


def share_jvm(spark: SparkSession, code: Path, digest: str) -> SharedJvm:
    """Return the JVM of a session, for a process whose package is in the folder `code` with the content `digest`."""
    context = spark.sparkContext
    port, secret = gateway_address(context)
    return SharedJvm(port, secret, context.pythonExec, ship_code(context, code, digest), str(outbox()))


def attach(shared: SharedJvm) -> SparkSession:
    """Return a new session in a Spark that another process has started; that process alone ends it.

    The session has the settings of the application. Its workers are processes of their own.
    """
    from pyspark import SparkConf, SparkContext
    from pyspark.sql import SparkSession

    use_outbox(Path(shared.outbox))
    os.environ["PYSPARK_PYTHON"] = shared.python
    with _environment({_PORT: str(shared.port), _SECRET: shared.secret}):
        jvm = start_jvm()
    scala = jvm.org.apache.spark.SparkContext.getOrCreate()
    context = SparkContext(
        gateway=jvm_process(),
        jsc=jvm.org.apache.spark.api.java.JavaSparkContext(scala),
        conf=SparkConf(_jconf=scala.conf().clone()),
        # No current directory and no script's folder before the path, and no compiled files beside the code.
        environment={"PYTHONPATH": shared.workers_path, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    silence_query_contexts()
    return SparkSession(context).newSession()


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the body alone: with these, later code would take `spark-submit` for the parent."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
