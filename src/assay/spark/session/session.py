"""Open the one Spark session of a process, the same on a laptop and under `spark-submit`."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from assay.spark.jvm_objects import start_jvm
from assay.spark.session.class_data_sharing import archived_classes
from assay.spark.session.errors import explain
from assay.spark.session.jars import installed_jars
from assay.spark.session.java import prepare_java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["LOGGING", "SECOND_COMPILER_BYTES", "SparkEnvironment", "explain", "jvm_settings", "open_session"]

_SECRET = "(?i)secret|password|passwd|token|credential|access[.]?key|api[._-]?key"
LOGGING = Path(__file__).parent / "log4j2.properties"


class SparkEnvironment(Protocol):
    """The part of `assay.spec.project.Environment` that a session needs: where Spark runs, and its settings."""

    @property
    def master(self) -> str:
        """The master of the session, such as `local[2]` or `yarn`."""

    @property
    def spark(self) -> Mapping[str, str]:
        """The environment's own settings of Spark, by their names."""


SECOND_COMPILER_BYTES = 100_000_000
"""Bytes of landed text from which on the JVM's second compiler pays.

It takes half a minute of CPU time, and then halves the time per row."""


def open_session(
    environment: SparkEnvironment,
    app_name: str,
    *,
    extra: Mapping[str, str] | None = None,
    java_options: str = "",
    landed: int = 0,
) -> SparkSession:
    """Return the Spark session of this process, ready for Delta: UTC, ANSI, quiet, and fit for a small machine.

    A session that already runs is returned as it is. Settings have this order, the weakest first:

    1. Assay's own.
    2. The environment's.
    3. Those that `spark-submit` was given (`--master`, `--conf`).
    4. `extra`.

    `java_options` are the JVM's, beside Assay's own. `landed` is the number of bytes of text that the session will
    read, as far as that is known.

    Raises:
        InputError: No Java, a wrong Java, or no Delta jars: each with what to do about it.
    """
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    named = {**(extra or {}), "spark.app.name": app_name}
    if submitted_by_spark():
        caller_settings = _given_by_caller()
        return _start({**_settings(caller_settings["spark.master"]), **environment.spark, **caller_settings, **named})
    prepare_java()
    settings = {**_settings(environment.master), "spark.master": environment.master}
    if java_options:
        return _start({**settings, **jvm_settings(java_options), **environment.spark, **named})
    with archived_classes() as options:
        return _start({**settings, **jvm_settings(options, landed), **environment.spark, **named})


def _start(settings: Mapping[str, str]) -> SparkSession:
    from pyspark.sql import SparkSession

    if settings["spark.master"].startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        with _own_interrupt():
            session = builder.getOrCreate()
    except Exception as error:
        raise explain(error) from error
    session.sparkContext.setLogLevel("ERROR")
    silence_query_contexts()
    return session


@contextmanager
def _own_interrupt() -> Iterator[None]:
    """Keep the signal handler for Ctrl-C that this process has.

    pyspark sets its own, which first waits for a busy JVM to cancel its jobs. Python's default is replaced by
    pyspark's, as in a notebook.
    """
    before = signal.getsignal(signal.SIGINT)
    yield
    if before is not signal.default_int_handler and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, before)


def silence_query_contexts() -> None:
    """Keep pyspark from printing what it raises, with the Java stack: Assay alone reports a user's mistake in SQL."""
    from pyspark.logger import PySparkLogger

    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL + 1)


def submitted_by_spark() -> bool:
    """Return whether `spark-submit` started this process, so that a JVM runs beside it already."""
    # spark-submit starts the JVM first, and gives the Python driver its port.
    return "PYSPARK_GATEWAY_PORT" in os.environ


def _given_by_caller() -> dict[str, str]:
    """The settings that `spark-submit` was given, by its arguments and by the files in its conf folder."""
    from pyspark import SparkConf

    start_jvm()
    return dict(SparkConf().getAll())


def _settings(master: str) -> dict[str, str]:
    """Assay's own settings, as far as they can be given to a JVM that already runs."""
    settings = {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.executorEnv.TZ": "UTC",
        "spark.python.worker.faulthandler.enabled": "true",
        "spark.sql.execution.pyspark.udf.faulthandler.enabled": "true",
        "spark.ui.showConsoleProgress": "false",
        # A month of stages compiles more classes than the 100 that Spark keeps: each would be compiled every month.
        "spark.sql.codegen.cache.maxEntries": "4000",
        # By itself Delta forgets versions after 30 days and refuses to read them after 7, those that a champion was
        # trained on too: what is kept how long is the business of maintain.
        "spark.databricks.delta.properties.defaults.enableExpiredLogCleanup": "false",
        "spark.databricks.delta.vacuum.enforceTimeTravelWithinDeletedFileRetentionDuration": "false",
        "spark.redaction.regex": _SECRET,
        "spark.sql.redaction.options.regex": _SECRET,
    }
    if master.startswith("local"):
        cores = str(_cores(master))
        settings |= {
            "spark.ui.enabled": "false",
            # On a cluster's edge node HADOOP_CONF_DIR would make HDFS of every path without a scheme.
            "spark.hadoop.fs.defaultFS": "file:///",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.warehouse.dir": _scratch().joinpath("warehouse").as_uri(),
            "spark.sql.shuffle.partitions": cores,
            "spark.databricks.delta.snapshotPartitions": cores,
            "spark.sql.sources.parallelPartitionDiscovery.parallelism": cores,
        }
    return settings


def jvm_settings(more: str, landed: int = 0) -> dict[str, str]:
    """The settings that only a JVM which has yet to start can take, for a driver on this machine.

    `more` are further options for Java. `landed` is the number of bytes of text that the driver will work on.
    `install_spark_conf` writes such settings for `spark-submit`.
    """
    # On a small machine the second compiler costs more than a small stage gains by it: half of all CPU time.
    level = 4 if landed >= SECOND_COMPILER_BYTES else 1
    compiler = f"-XX:TieredStopAtLevel={level} -XX:ReservedCodeCacheSize=256m -XX:+UseParallelGC"
    # Spark's code for a hundred checks is one method of more than 8,000 bytes, which Java would interpret for ever.
    compiler += " -XX:-DontCompileHugeMethods"
    places = f"-Dlog4j2.configurationFile={LOGGING.as_uri()} -Dderby.system.home={_scratch()}"
    options = f"{compiler} {places} -Duser.timezone=UTC {more}".rstrip()
    settings = {"spark.driver.memory": "2g", "spark.driver.extraJavaOptions": options}
    jars = installed_jars()
    return {**settings, "spark.jars": ",".join(map(str, jars))} if jars else settings


def _scratch() -> Path:
    return Path(tempfile.gettempdir()) / f"assay-spark-{os.getuid()}"


def _cores(master: str) -> int:
    """The number of tasks that `local[N]` runs at once; for `local[*]` the number of cores this process may use."""
    count = master.removeprefix("local[").removesuffix("]").split(",")[0]
    return int(count) if count.isdecimal() else len(os.sched_getaffinity(0))
