"""Access to the objects of Spark's JVM that PySpark keeps private: the only file that names those attributes.

`tests/spark/test_jvm_objects.py` holds the contract with the installed PySpark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import DataFrame, SparkSession


def jvm_of(spark: SparkSession) -> Any:
    """Return the JVM of a session: its attributes are Java's packages."""
    return spark._jvm


def start_jvm() -> Any:
    """Return the JVM of this process after starting it where there is none; no session is opened."""
    from pyspark import SparkContext

    SparkContext._ensure_initialized()
    return SparkContext._jvm


def jvm_process() -> Any:
    """Return the gateway to the JVM that this process started, None where there is none; `proc` is its process."""
    from pyspark import SparkContext

    return SparkContext._gateway


def gateway_address(context: SparkContext) -> tuple[int, str]:
    """Return the loopback port of the JVM's gateway, and the secret with which a process of this user may use it."""
    gateway: Any = context._gateway
    return int(gateway.gateway_parameters.port), str(gateway.gateway_parameters.auth_token)


def scala_context(context: SparkContext) -> Any:
    """Return Spark's own SparkContext, which has the listeners, the status store and the status tracker."""
    java_context: Any = context._jsc
    return java_context.sc()


def hadoop_configuration(context: SparkContext) -> Any:
    """Return Hadoop's configuration of a context, with which its file systems are opened."""
    return scala_context(context).hadoopConfiguration()


def query_execution(frame: DataFrame) -> Any:
    """Return the QueryExecution of a frame, which has its plans."""
    java_frame: Any = frame._jdf
    return java_frame.queryExecution()


def estimated_bytes(frame: DataFrame) -> int:
    """Return the optimizer's estimate of a frame in bytes.

    It is exact for a frame that is persisted and computed, and too large after joins; it is never too small.
    """
    return int(str(query_execution(frame).optimizedPlan().stats().sizeInBytes()))


def parse_expression(spark: SparkSession, sql: str) -> Any:
    """Return the expression that Spark's parser makes of a text.

    Raises:
        pyspark.errors.ParseException: The text is no expression.
    """
    session: Any = spark
    return session._jsparkSession.sessionState().sqlParser().parseExpression(sql)


def empty_double_array(context: SparkContext) -> Any:
    """Return an empty array of Java's primitive doubles."""
    gateway: Any = context._gateway
    return gateway.new_array(gateway.jvm.double, 0)
