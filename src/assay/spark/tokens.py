"""The right to a secured cluster, for what goes over HTTP: delegation tokens that a JVM is given for its ticket.

A driver under `spark-submit` has a JVM beside it, which Spark has logged in. Any other process starts one when it first
needs a token, and keeps it: so neither asks for a native library, and both know the same errors.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from assay.core.hadoop_faults import hadoop_fault
from assay.errors import InfrastructureError, InputError
from assay.spark.java import prepare_java, prepare_kerberos
from assay.spark.session import submitted_by_spark
from assay.spec.environment import Environment

_NO_TICKET = "run 'kinit', or name 'kerberos: {principal, keytab}' in the environment"


class Right:
    """Tokens for the HDFS at `address` and for YARN, as `principal` by its `keytab`, or by the user's own ticket where
    there is no keytab (`kinit`). They are handed to requests alone, never to a log, a setting or a record.

    The methods raise InputError for a keytab that is not there or not the principal's, and where HADOOP_CONF_DIR names
    no secured cluster; InfrastructureError where there is no ticket, or nobody who gives one.
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
            self.hdfs()  # which says at once that there is no ticket: YARN's client tries for a minute
            with _in_words(self._principal, self._keytab):
                self._given["yarn"] = _yarn_token(self._jvm())
        return self._given["yarn"]

    def _jvm(self) -> Any:
        if submitted_by_spark():
            jvm = _of_the_driver()
        else:
            check_keytab(self._keytab)
            jvm = _of_our_own(self._principal, self._keytab)
        user = jvm.org.apache.hadoop.security.UserGroupInformation
        if not user.isSecurityEnabled():
            raise InputError(
                f"the environment names a Kerberos principal, and HADOOP_CONF_DIR "
                f"({os.environ.get('HADOOP_CONF_DIR') or 'not set'}) no cluster that asks for one",
                code="hadoop-conf",
                hint="let HADOOP_CONF_DIR name the cluster's conf folder",
            )
        login = user.getLoginUser()
        if login.isFromKeytab():
            login.checkTGTAndReloginFromKeytab()
        elif login.hasKerberosCredentials():
            login.reloginFromTicketCache()
        return jvm


def right_of(environment: Environment) -> Right | None:
    """The right of this process to the environment's cluster, the same for all who ask; None where it is not secured.
    Nothing is asked yet."""
    if not environment.secured:
        return None
    places = (environment.lake, environment.landing, environment.staging)
    address = next((place for place in places if place.startswith("hdfs://")), "")
    return _right(address, environment.principal, environment.keytab)


def check_keytab(keytab: str) -> None:
    """Raises InputError where there is no such file, or not for us; nothing for no keytab."""
    if keytab and not os.access(keytab, os.R_OK):
        what = "cannot be read" if Path(keytab).exists() else "is not there"
        raise InputError(
            f"the keytab {keytab} {what}", code="no-keytab", hint="'kerberos: {keytab}' of the environment is its path"
        )


def _of_the_driver() -> Any:
    from pyspark import SparkContext

    SparkContext._ensure_initialized()
    return SparkContext._jvm


@lru_cache
def _right(address: str, principal: str, keytab: str) -> Right:
    return Right(address, principal, keytab)


@lru_cache
def _of_our_own(principal: str, keytab: str) -> Any:
    """A JVM with Hadoop's classes that has logged in; it ends with this process."""
    from pyspark.java_gateway import launch_gateway

    prepare_java()
    prepare_kerberos()
    # It says in its log what is said by our error once.
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
    given = hadoop.security.UserGroupInformation.getCurrentUser().getCredentials().getToken(service)
    if given is not None and (text := str(given.encodeToUrlString())) != refused:
        return text
    return str(files.getDelegationToken("").encodeToUrlString())


def _yarn_token(jvm: Any) -> str:
    hadoop = jvm.org.apache.hadoop
    if not hadoop.security.UserGroupInformation.getLoginUser().hasKerberosCredentials():
        raise InfrastructureError("a token alone opens no other door", code="no-ticket", hint=_NO_TICKET)
    client = hadoop.yarn.client.api.YarnClient.createYarnClient()
    client.init(hadoop.yarn.conf.YarnConfiguration())
    client.start()
    try:
        user = hadoop.security.UserGroupInformation.getCurrentUser().getShortUserName()
        told = client.getRMDelegationToken(hadoop.io.Text(user))
        parts = (told.getIdentifier().array(), told.getPassword().array())
        names = (hadoop.io.Text(told.getKind()), hadoop.io.Text(told.getService()))
        return str(hadoop.security.token.Token(*parts, *names).encodeToUrlString())
    finally:
        client.stop()


_REFUSALS = (
    ("Unable to obtain password from user", "the keytab {keytab} holds no key of {principal}", "no-key"),
    (
        r"Pre-?[Aa]uthentication|Checksum failed|Client not found in Kerberos database|Integrity check on decrypted",
        "Kerberos takes the keytab {keytab} no longer or not for {principal} ({found})",
        "refused-keytab",
    ),
)
_UNREACHABLE = r"Cannot contact any KDC[^\n]*|Cannot (?:locate|get) (?:KDC|kdc)[^\n]*|Cannot locate default realm|" + (
    r"Receive timed out|Connection refused|ICMP Port Unreachable"
)


@contextmanager
def _in_words(principal: str, keytab: str) -> Iterator[None]:
    from py4j.protocol import Py4JJavaError

    try:
        yield
    except Py4JJavaError as error:
        raise _explained(_said(error), principal, keytab) from None


def _explained(said: str, principal: str, keytab: str) -> Exception:
    """What Java said of a login or a token, as a mistake in the environment or as a fault of the cluster."""
    for pattern, message, code in _REFUSALS:
        if keytab and (found := re.search(pattern, said)):
            text = message.format(keytab=keytab, principal=principal, found=found[0])
            return InputError(text, code=code, hint="ask whoever runs Kerberos here for a new keytab of that principal")
    if "javax.security.auth.login" in said and (found := re.search(_UNREACHABLE, said)):
        return InfrastructureError(
            f"the centre that gives out Kerberos tickets does not answer ({found[0]})",
            code="no-kdc",
            hint="is it running, and does krb5.conf name it? Run again",
        )
    if fault := hadoop_fault(said):
        return fault
    first = (said.splitlines() or ["no reason given"])[0]
    return InfrastructureError(f"the cluster gives this process no access: {first}", code="no-ticket", hint=_NO_TICKET)


def _said(error: Any) -> str:
    """The names and messages of a Java exception and of what caused it."""
    lines: list[str] = []
    cause = error.java_exception
    while cause is not None and len(lines) < 12:
        lines.append(str(cause.toString()))
        cause = cause.getCause()
    return "\n".join(lines)
