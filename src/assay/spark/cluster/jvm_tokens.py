"""Delegation tokens from a JVM, which give requests over HTTP access to a secured cluster.

A JVM gets them for its Kerberos ticket. A driver under `spark-submit` has a JVM beside it, which Spark has logged in.
Any other process starts a JVM when it first needs a token, and keeps it. So neither needs a native library, and both
raise the same errors.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from assay.errors import InfrastructureError, InputError
from assay.spark.cluster.auth_errors import NO_TICKET, auth_error
from assay.spark.cluster.spnego_tokens import SpnegoTokenProvider, is_installed
from assay.spark.jvm_objects import start_jvm
from assay.spark.session.java import prepare_java, prepare_kerberos
from assay.spark.session.session import submitted_by_spark
from assay.spec.schema.environment import Environment


class JvmTokenProvider:
    """Tokens for the HDFS at `address` and for YARN, by the `keytab` of `principal` or by the user's own ticket.

    The user's ticket (`kinit`) serves where there is no keytab. Tokens are handed to requests alone, never to a log, a
    setting or a record.

    The methods raise InputError where the keytab is missing or not the principal's, and where HADOOP_CONF_DIR names no
    secured cluster. They raise InfrastructureError where there is no ticket, or no service that gives a token for it.
    """

    def __init__(self, address: str, principal: str, keytab: str) -> None:
        self._address = address
        self._principal = principal
        self._keytab = keytab
        self._given = {"hdfs": "", "yarn": ""}

    def hdfs(self, refused: str = "") -> str:
        """A token for HDFS other than the one that was refused."""
        if self._given["hdfs"] in ("", refused):
            with _in_words(self._principal, self._keytab):
                self._given["hdfs"] = _hdfs_token(self._jvm(), self._address, refused)
        return self._given["hdfs"]

    def yarn(self, refused: str = "") -> str:
        """A token for YARN's ResourceManager other than the one that was refused."""
        if self._given["yarn"] in ("", refused):
            self.hdfs()  # which fails at once where there is no ticket: YARN's client tries for a minute
            with _in_words(self._principal, self._keytab):
                self._given["yarn"] = _yarn_token(self._jvm())
        return self._given["yarn"]

    def _jvm(self) -> Any:
        jvm = start_jvm() if submitted_by_spark() else _of_our_own(self._principal, self._keytab)
        user = jvm.org.apache.hadoop.security.UserGroupInformation
        if not user.isSecurityEnabled():
            raise InputError(
                f"the environment names a Kerberos principal, and HADOOP_CONF_DIR "
                f"({os.environ.get('HADOOP_CONF_DIR') or 'not set'}) no cluster that requires one",
                code="hadoop-conf",
                hint="let HADOOP_CONF_DIR name the cluster's conf folder",
            )
        login = user.getLoginUser()
        if login.isFromKeytab():
            login.checkTGTAndReloginFromKeytab()
        elif login.hasKerberosCredentials():
            login.reloginFromTicketCache()
        return jvm


def right_of(environment: Environment) -> JvmTokenProvider | SpnegoTokenProvider | None:
    """Return this process's access to the environment's cluster; None where the cluster is not secured.

    All callers get the same provider. No token is requested yet.

    Raises:
        InputError: The keytab is missing or cannot be read.
    """
    if not environment.secured:
        return None
    if not submitted_by_spark():
        check_keytab(environment.keytab)  # that of the submitting machine: a driver need not see it
        if is_installed():
            return _negotiated(
                environment.webhdfs, environment.resource_manager, environment.principal, environment.keytab
            )
    places = (environment.lake, environment.landing, environment.staging)
    address = next((place for place in places if place.startswith("hdfs://")), "")
    return _right(address, environment.principal, environment.keytab)


def check_keytab(keytab: str) -> None:
    """Check that the keytab is a file that this process can read; an empty path passes.

    Raises:
        InputError: There is no such file, or this process may not read it.
    """
    if keytab and not os.access(keytab, os.R_OK):
        what = "cannot be read" if Path(keytab).exists() else "is not there"
        raise InputError(
            f"the keytab {keytab} {what}", code="no-keytab", hint="'kerberos: {keytab}' of the environment is its path"
        )


@lru_cache
def _right(address: str, principal: str, keytab: str) -> JvmTokenProvider:
    return JvmTokenProvider(address, principal, keytab)


@lru_cache
def _negotiated(hdfs: tuple[str, ...], yarn: tuple[str, ...], principal: str, keytab: str) -> SpnegoTokenProvider:
    return SpnegoTokenProvider(hdfs, yarn, principal, keytab)


@lru_cache
def _of_our_own(principal: str, keytab: str) -> Any:
    """A JVM with Hadoop's classes that has logged in; it ends with this process."""
    from pyspark.java_gateway import launch_gateway

    prepare_java()
    prepare_kerberos()
    # Its log would repeat what our error reports.
    launch: Any = launch_gateway
    gateway = launch(popen_kwargs={"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL})
    atexit.register(_end, gateway)
    if keytab:
        gateway.jvm.org.apache.hadoop.security.UserGroupInformation.loginUserFromKeytab(principal, keytab)
    return gateway.jvm


def _end(gateway: Any) -> None:
    with contextlib.suppress(Exception):
        gateway.shutdown()
    gateway.proc.stdin.close()  # at which it ends
    gateway.proc.wait()


def _hdfs_token(jvm: Any, address: str, refused: str) -> str:
    hadoop = jvm.org.apache.hadoop
    files = hadoop.fs.FileSystem.get(jvm.java.net.URI(address), hadoop.conf.Configuration())
    # A driver in cluster mode was given one by YARN, and Spark looks after it where it has a keytab.
    service = hadoop.io.Text(files.getCanonicalServiceName())
    held_token = hadoop.security.UserGroupInformation.getCurrentUser().getCredentials().getToken(service)
    if held_token is not None and (text := str(held_token.encodeToUrlString())) != refused:
        return text
    return str(files.getDelegationToken("").encodeToUrlString())


def _yarn_token(jvm: Any) -> str:
    hadoop = jvm.org.apache.hadoop
    if not hadoop.security.UserGroupInformation.getLoginUser().hasKerberosCredentials():
        raise InfrastructureError("a token alone gives access to no other service", code="no-ticket", hint=NO_TICKET)
    client = hadoop.yarn.client.api.YarnClient.createYarnClient()
    client.init(hadoop.yarn.conf.YarnConfiguration())
    client.start()
    try:
        user = hadoop.security.UserGroupInformation.getCurrentUser().getShortUserName()
        rm_token = client.getRMDelegationToken(hadoop.io.Text(user))
        parts = (rm_token.getIdentifier().array(), rm_token.getPassword().array())
        names = (hadoop.io.Text(rm_token.getKind()), hadoop.io.Text(rm_token.getService()))
        return str(hadoop.security.token.Token(*parts, *names).encodeToUrlString())
    finally:
        client.stop()


@contextmanager
def _in_words(principal: str, keytab: str) -> Iterator[None]:
    from py4j.protocol import Py4JJavaError

    try:
        yield
    except Py4JJavaError as error:
        raise auth_error(_said(error), principal, keytab) from None


def _said(error: Any) -> str:
    """The names and messages of a Java exception and of what caused it."""
    lines: list[str] = []
    cause = error.java_exception
    while cause is not None and len(lines) < 12:
        lines.append(str(cause.toString()))
        cause = cause.getCause()
    return "\n".join(lines)
