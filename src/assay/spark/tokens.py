"""The right to HDFS that the driver's JVM has, for those requests that go over HTTP."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from assay.errors import InfrastructureError

_KIND = "HDFS_DELEGATION_TOKEN"


@lru_cache
def hdfs_token(address: str) -> str:
    """A delegation token for the HDFS at `address`, as WebHDFS takes it; empty where nothing asks for one.

    A driver in cluster mode was given one by YARN; in client mode the JVM has a ticket, by the keytab or by
    `kinit`, and asks for one. It is handed to requests alone, never to a log, a setting or a record.

    Raises:
        InfrastructureError: The cluster is secured, and the JVM has neither a ticket nor a token.
    """
    from py4j.protocol import Py4JJavaError
    from pyspark import SparkContext

    SparkContext._ensure_initialized()
    jvm: Any = SparkContext._jvm
    security = jvm.org.apache.hadoop.security.UserGroupInformation
    if not security.isSecurityEnabled():
        return ""
    try:
        given = [token for token in security.getCurrentUser().getTokens() if token.getKind().toString() == _KIND]
        if given:
            return str(given[0].encodeToUrlString())
        hadoop = jvm.org.apache.hadoop
        files = hadoop.fs.FileSystem.get(jvm.java.net.URI(address), hadoop.conf.Configuration())
        return str(files.getDelegationToken("").encodeToUrlString())
    except Py4JJavaError as error:
        said = str(error.java_exception.getMessage() or "").splitlines()
        raise InfrastructureError(
            f"HDFS gives no access to this driver: {said[0] if said else 'no reason given'}",
            code="no-ticket",
            hint="run 'kinit', or name 'kerberos: {principal, keytab}' in the environment",
        ) from None
